// numbers.ts — NumberDataPoint: the points of gauges and sums.

import type { AttributeColumns, ExemplarColumns, NumberPointColumns } from "../../batch.ts";
import { wordsOf } from "../column-allocator.ts";
import type { ColumnAllocator } from "../column-allocator.ts";
import type { Findings } from "../findings.ts";
import type { WireReader } from "../../wire/wire.ts";
import { ExemplarFill, ExemplarMeasure, NUMBER_DOUBLE, NUMBER_INT } from "./exemplars.ts";
import { pointColumns, PointFill } from "./points.ts";
import type { FirstRows, PointKindFill, PointKindMeasure } from "./point-kind.ts";

/** exemplars, attributes */
const MEASURED = (1 << 5) | (1 << 7);

export class NumberMeasure implements PointKindMeasure {
  points = 0;
  attributes = 0;
  readonly exemplars: ExemplarMeasure;

  constructor(findings: Findings) {
    this.exemplars = new ExemplarMeasure(findings);
  }

  measure(reader: WireReader, end: number): void {
    this.points++;
    for (let tag; (tag = reader.readTagOf(MEASURED, end)) !== 0;) {
      if (tag === 0x3a) this.attributes += reader.skipRun(tag, end);
      else if (tag === 0x2a) this.exemplars.measure(reader, reader.readEnd(end));
      else reader.skip(tag, end);
    }
  }

  columns(allocator: ColumnAllocator): NumberPointColumns {
    const { points } = this;
    return {
      ...pointColumns(allocator, points),
      valueType: allocator.uint8(points),
      double: allocator.double(points),
      int: allocator.int64(points),
      exemplars: allocator.ranges(points),
    };
  }
}

export class NumberFill implements PointKindFill {
  readonly #numbers: NumberPointColumns;
  readonly #points: PointFill;
  readonly #exemplars: ExemplarFill;
  readonly #doubles: Uint32Array;
  readonly #ints: Uint32Array;

  constructor(
    numbers: NumberPointColumns,
    attributes: AttributeColumns,
    exemplars: ExemplarColumns,
    first: FirstRows,
  ) {
    this.#numbers = numbers;
    this.#points = new PointFill(numbers, attributes, first.attribute);
    this.#exemplars = new ExemplarFill(exemplars, attributes, first.exemplars);
    this.#doubles = wordsOf(numbers.double);
    this.#ints = wordsOf(numbers.int);
    numbers.exemplars[0] = this.#exemplars.next;
  }

  fill(reader: WireReader, end: number, metric: number): void {
    const points = this.#points;
    const row = points.startRow(metric);
    while (reader.position < end) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x11: // start_time_unix_nano = 2
          points.readStartTime(reader);
          break;
        case 0x19: // time_unix_nano = 3
          points.readTime(reader);
          break;
        case 0x21: // as_double = 4
          reader.readFixed64Into(this.#doubles, row);
          this.#numbers.valueType[row] = NUMBER_DOUBLE;
          break;
        case 0x2a: // exemplars = 5
          this.#exemplars.fill(reader, reader.readEnd(end));
          break;
        case 0x31: // as_int = 6
          reader.readFixed64Into(this.#ints, row);
          this.#numbers.valueType[row] = NUMBER_INT;
          break;
        case 0x3a: // attributes = 7
          points.readAttributes(reader, end, tag);
          break;
        case 0x40: // flags = 8
          points.readFlags(reader);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    points.endRow();
    this.#numbers.exemplars[row + 1] = this.#exemplars.next;
  }
}
