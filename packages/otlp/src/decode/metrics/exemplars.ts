// exemplars.ts — Exemplar (opentelemetry/proto/metrics/v1/metrics.proto) into columns.
//
// One table for the exemplars of all kinds of points: first those of number points, then of histograms, then of
// exponential histograms. Each kind fills its own part, so each has a count and a fill of its own.

import type { AttributeColumns, ExemplarColumns } from "../../batch.ts";
import { wordsOf } from "../column-allocator.ts";
import type { ColumnAllocator } from "../column-allocator.ts";
import type { Findings } from "../findings.ts";
import { checkPointer, readId, SPAN_ID_BYTES, TRACE_ID_BYTES } from "../ids.ts";
import { readKeyValues } from "../values.ts";
import type { WireReader } from "../../wire/wire.ts";

/** Of `valueType` of number points and exemplars. */
export const NUMBER_DOUBLE = 1;
export const NUMBER_INT = 2;

/** span_id, trace_id, filtered_attributes */
const MEASURED = (1 << 4) | (1 << 5) | (1 << 7);

export class ExemplarMeasure {
  readonly #findings: Findings;
  exemplars = 0;
  attributes = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  measure(reader: WireReader, end: number): void {
    this.exemplars++;
    for (let tag; (tag = reader.readTagOf(MEASURED, end)) !== 0;) {
      if (tag === 0x22) checkPointer(reader, end, SPAN_ID_BYTES, this.#findings);
      else if (tag === 0x2a) checkPointer(reader, end, TRACE_ID_BYTES, this.#findings);
      else if (tag === 0x3a) this.attributes += reader.skipRun(tag, end);
      else reader.skip(tag, end);
    }
  }
}

export class ExemplarFill {
  readonly #exemplars: ExemplarColumns;
  readonly #attributes: AttributeColumns;
  readonly #times: Uint32Array;
  readonly #doubles: Uint32Array;
  readonly #ints: Uint32Array;
  readonly #traceIds: Uint32Array;
  readonly #spanIds: Uint32Array;
  #attribute: number;
  /** The row that comes next: where the exemplars of the point being read end so far. */
  next: number;

  constructor(
    exemplars: ExemplarColumns,
    attributes: AttributeColumns,
    first: { exemplar: number; attribute: number },
  ) {
    this.#exemplars = exemplars;
    this.#attributes = attributes;
    this.#times = wordsOf(exemplars.timeUnixNano);
    this.#doubles = wordsOf(exemplars.double);
    this.#ints = wordsOf(exemplars.int);
    this.#traceIds = wordsOf(exemplars.traceId);
    this.#spanIds = wordsOf(exemplars.spanId);
    this.#attribute = first.attribute;
    this.next = first.exemplar;
    exemplars.attributes[this.next] = this.#attribute;
  }

  fill(reader: WireReader, end: number): void {
    const row = this.next++;
    while (reader.position < end) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x11: // time_unix_nano = 2
          reader.readFixed64Into(this.#times, row);
          break;
        case 0x19: // as_double = 3
          reader.readFixed64Into(this.#doubles, row);
          this.#exemplars.valueType[row] = NUMBER_DOUBLE;
          break;
        case 0x22: // span_id = 4
          readId(reader, end, this.#spanIds, row, SPAN_ID_BYTES);
          break;
        case 0x2a: // trace_id = 5
          readId(reader, end, this.#traceIds, row, TRACE_ID_BYTES);
          break;
        case 0x31: // as_int = 6
          reader.readFixed64Into(this.#ints, row);
          this.#exemplars.valueType[row] = NUMBER_INT;
          break;
        case 0x3a: // filtered_attributes = 7
          this.#attribute = readKeyValues(reader, end, tag, this.#attributes, this.#attribute);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    this.#exemplars.attributes[row + 1] = this.#attribute;
  }
}

export function exemplarColumns(allocator: ColumnAllocator, count: number): ExemplarColumns {
  return {
    count,
    attributes: allocator.ranges(count),
    timeUnixNano: allocator.uint64(count),
    valueType: allocator.uint8(count),
    double: allocator.double(count),
    int: allocator.int64(count),
    traceId: allocator.traceIds(count),
    spanId: allocator.spanIds(count),
  };
}
