// logs.ts — ExportLogsServiceRequest (opentelemetry/proto/logs/v1/logs.proto) into a LogBatch.
//
// Attribute table: resources, scopes, then all records. No record is rejected: its ids may be absent.

import type { AttributeColumns, LogBatch, LogColumns } from "../batch.ts";
import { allocateColumns, wordsOf } from "./column-allocator.ts";
import type { ColumnAllocator } from "./column-allocator.ts";
import { EnvelopeFill, envelopeTables, measureEnvelope } from "./envelope.ts";
import type { RowFill, RowMeasure } from "./envelope.ts";
import type { Findings } from "./findings.ts";
import { checkPointer, readId, SPAN_ID_BYTES, TRACE_ID_BYTES } from "./ids.ts";
import { attributeColumns, readAnyValue, readArena, readKeyValues } from "./values.ts";
import { WireReader } from "../wire/wire.ts";

/** All of a LogBatch except what was found wrong, which the caller puts into words. */
export function decodeLogs(bytes: Uint8Array, findings: Findings): Omit<LogBatch, "rejected"> {
  const measure = new LogMeasure(findings);
  const envelope = measureEnvelope(new WireReader(bytes), measure);
  const firstAttribute = envelope.resourceAttributes + envelope.scopeAttributes;

  const tables = allocateColumns((allocator) => ({
    ...envelopeTables(allocator, envelope),
    logs: logColumns(allocator, measure.records),
    attributes: attributeColumns(allocator, firstAttribute + measure.attributes),
  }));

  const logs = new LogFill(tables.logs, tables.attributes, firstAttribute);
  new EnvelopeFill(envelope, tables, tables.attributes, logs).fillFrom(new WireReader(bytes));
  return { signal: "logs", rowCount: measure.records, arena: bytes, ...tables };
}

/** attributes, trace_id, span_id */
const MEASURED = (1 << 6) | (1 << 9) | (1 << 10);

class LogMeasure implements RowMeasure {
  readonly #findings: Findings;
  records = 0;
  attributes = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  measureRow(reader: WireReader, end: number): void {
    this.records++;
    for (let tag; (tag = reader.readTagOf(MEASURED, end)) !== 0;) {
      if (tag === 0x32) this.attributes += reader.skipRun(tag, end);
      else if (tag === 0x4a) checkPointer(reader, end, TRACE_ID_BYTES, this.#findings);
      else if (tag === 0x52) checkPointer(reader, end, SPAN_ID_BYTES, this.#findings);
      else reader.skip(tag, end);
    }
  }
}

class LogFill implements RowFill {
  readonly #logs: LogColumns;
  readonly #attributes: AttributeColumns;
  readonly #times: Uint32Array;
  readonly #observedTimes: Uint32Array;
  readonly #traceIds: Uint32Array;
  readonly #spanIds: Uint32Array;
  #record = 0;
  #attribute: number;

  constructor(logs: LogColumns, attributes: AttributeColumns, firstAttribute: number) {
    this.#logs = logs;
    this.#attributes = attributes;
    this.#times = wordsOf(logs.timeUnixNano);
    this.#observedTimes = wordsOf(logs.observedTimeUnixNano);
    this.#traceIds = wordsOf(logs.traceId);
    this.#spanIds = wordsOf(logs.spanId);
    this.#attribute = firstAttribute;
    logs.attributes[0] = firstAttribute;
  }

  fillRow(reader: WireReader, end: number, scope: number): void {
    const logs = this.#logs;
    const row = this.#record++;
    logs.scope[row] = scope;
    while (reader.position < end) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x09: // time_unix_nano = 1
          reader.readFixed64Into(this.#times, row);
          break;
        case 0x10: // severity_number = 2
          logs.severityNumber[row] = reader.readEnum();
          break;
        case 0x1a: // severity_text = 3
          readArena(reader, end, logs.severityText, row);
          break;
        case 0x2a: // body = 5
          readAnyValue(reader, end, logs.body, row);
          break;
        case 0x32: // attributes = 6
          this.#attribute = readKeyValues(reader, end, tag, this.#attributes, this.#attribute);
          break;
        case 0x38: // dropped_attributes_count = 7
          logs.droppedAttributesCount[row] = reader.readVarint32();
          break;
        case 0x45: // flags = 8
          logs.flags[row] = reader.readFixed32();
          break;
        case 0x4a: // trace_id = 9
          readId(reader, end, this.#traceIds, row, TRACE_ID_BYTES);
          break;
        case 0x52: // span_id = 10
          readId(reader, end, this.#spanIds, row, SPAN_ID_BYTES);
          break;
        case 0x59: // observed_time_unix_nano = 11
          reader.readFixed64Into(this.#observedTimes, row);
          break;
        case 0x62: // event_name = 12
          readArena(reader, end, logs.eventName, row);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    logs.attributes[row + 1] = this.#attribute;
  }
}

function logColumns(allocator: ColumnAllocator, count: number): LogColumns {
  return {
    count,
    scope: allocator.uint32(count),
    timeUnixNano: allocator.uint64(count),
    observedTimeUnixNano: allocator.uint64(count),
    severityNumber: allocator.uint8(count),
    severityText: allocator.arena(count),
    eventName: allocator.arena(count),
    body: allocator.values(count),
    attributes: allocator.ranges(count),
    droppedAttributesCount: allocator.uint32(count),
    flags: allocator.uint32(count),
    traceId: allocator.traceIds(count),
    spanId: allocator.spanIds(count),
  };
}
