// split-request.ts — a request that a receiver finds too large, as two smaller ones.
//
//   ExportTraceServiceRequest   1 ResourceSpans     2 ScopeSpans     2 Span
//   ExportLogsServiceRequest    1 ResourceLogs      2 ScopeLogs      2 LogRecord
//   ExportMetricsServiceRequest 1 ResourceMetrics   2 ScopeMetrics   2 Metric   5 7 9 10 11 data   1 point
//
// Nothing remembers where a record begins: the tags say it, and this is rare. Each half repeats what stands around
// its records (resource, scope, the description of a metric). The same request always has the same halves, so a
// receiver recognises a half that it was sent before.

import { ProtobufWriter } from "@telemetry/otlp/encode";
import type { SignalName } from "../options/options.ts";

export interface SplitRequest {
  readonly chunks: readonly Uint8Array[];
  readonly itemCount: number;
}

/** At each level, the fields that lead down to the records. */
type Levels = readonly (readonly number[])[];

const RECORDS: Levels = [[1], [2], [2]];
const METRIC_DATA = [5, 7, 9, 10, 11];
const LEVELS: Readonly<Record<SignalName, Levels>> = {
  traces: RECORDS,
  logs: RECORDS,
  metrics: [...RECORDS, METRIC_DATA, [1]],
};

/** Two requests with half of the records each, in order; undefined where there are not two records. */
export function splitRequest(
  signal: SignalName,
  chunks: readonly Uint8Array[],
): readonly [SplitRequest, SplitRequest] | undefined {
  const request = Buffer.concat(chunks);
  const levels = LEVELS[signal];
  const itemCount = countItems(request, levels);
  if (itemCount < 2) return undefined;
  const middle = itemCount >> 1;
  return [
    { chunks: [sliceItems(request, levels, 0, middle)], itemCount: middle },
    { chunks: [sliceItems(request, levels, middle, itemCount)], itemCount: itemCount - middle },
  ];
}

function countItems(message: Uint8Array, levels: Levels): number {
  const [fields, ...below] = levels;
  if (fields === undefined) return 1;
  let count = 0;
  for (const { field, content } of fieldsOf(message)) {
    if (fields.includes(field)) count += countItems(content, below);
  }
  return count;
}

/** The message with only the records from `from` up to `to`, counted from its first one. */
function sliceItems(message: Uint8Array, levels: Levels, from: number, to: number): Uint8Array {
  const [fields, ...below] = levels;
  if (fields === undefined) return message;
  const writer = new ProtobufWriter({ chunkSizeBytes: message.length + 16 });
  let index = 0;
  for (const { field, content, whole } of fieldsOf(message)) {
    if (!fields.includes(field)) {
      writer.raw(whole);
      continue;
    }
    const count = countItems(content, below);
    const isInside = index < to && index + count > from;
    if (isInside) writer.bytes(field, sliceItems(content, below, from - index, to - index));
    index += count;
  }
  return writer.finish();
}

interface Field {
  readonly field: number;
  /** Of a length-delimited field; of another one nothing. */
  readonly content: Uint8Array;
  /** With its tag. */
  readonly whole: Uint8Array;
}

const NOTHING = new Uint8Array();
const FIXED_SIZE_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The fields of a message that we encoded ourselves. Throws a RangeError where it is none. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("Cannot split request: it ends inside a field");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const tag = varint();
    const wireType = tag & 7;
    let contentStart = at;
    if (wireType === 0) varint();
    else if (wireType === 2) {
      const sizeBytes = varint();
      contentStart = at;
      at += sizeBytes;
    } else at += FIXED_SIZE_BYTES[wireType] ?? Infinity;
    if (at > message.length) throw new RangeError("Cannot split request: it ends inside a field");
    const content = wireType === 2 ? message.subarray(contentStart, at) : NOTHING;
    yield { field: tag >>> 3, content, whole: message.subarray(start, at) };
  }
}
