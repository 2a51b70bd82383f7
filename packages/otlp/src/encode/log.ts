// log.ts — a log record as OTLP protobuf.
//
//   LogRecord   1 time   2 severity_number   3 severity_text   5 body   6 attributes   7 dropped
//               8 flags (fixed32)   9 trace_id   10 span_id   11 observed_time   12 event_name

import { encodeAnyValue } from "./any-value.ts";
import type { AnyValue } from "./any-value.ts";
import { encodeAttributes } from "./attributes.ts";
import type { FlatAttributes } from "./attributes.ts";
import { encodeInstant } from "./instant.ts";
import type { TimeAnchor } from "./instant.ts";
import type { KeyTable } from "./key-table.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

/** The span that a record belongs to; ids are signed words, most significant first. */
export interface LogSpan {
  readonly traceId0: number;
  readonly traceId1: number;
  readonly traceId2: number;
  readonly traceId3: number;
  readonly spanId0: number;
  readonly spanId1: number;
  readonly traceFlags: number;
}

export interface EncodableLog {
  readonly anchor: TimeAnchor;
  /** Milliseconds after the anchor. */
  readonly ms: number;
  readonly observedAnchor: TimeAnchor;
  readonly observedMs: number;
  /** 1 to 24; 0 is unspecified. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AnyValue | undefined;
  readonly eventName: string;
  readonly flatAttributes: Readonly<FlatAttributes> | null;
  readonly droppedAttributesCount: number;
  readonly span: LogSpan | undefined;
}

/** Writes the record as field 2 of ScopeLogs. */
export function encodeLog(writer: ProtobufWriter, log: EncodableLog, keys: KeyTable): void {
  const mark = writer.beginMessage(2);
  encodeInstant(writer, 1, log.anchor, log.ms);
  writer.uint(2, log.severityNumber);
  writer.string(3, log.severityText);
  if (log.body !== undefined) encodeAnyValue(writer, 5, log.body, keys);
  if (log.flatAttributes !== null) encodeAttributes(writer, 6, log.flatAttributes, keys);
  writer.uint(7, log.droppedAttributesCount);
  const { span } = log;
  if (span !== undefined) {
    writer.fixed32(8, span.traceFlags);
    writer.traceId(9, span.traceId0, span.traceId1, span.traceId2, span.traceId3);
    writer.spanId(10, span.spanId0, span.spanId1);
  }
  encodeInstant(writer, 11, log.observedAnchor, log.observedMs);
  writer.string(12, log.eventName);
  writer.endMessage(mark);
}
