// answer.ts — what a sender hears back: Export*ServiceResponse or google.rpc.Status, in the encoding it speaks.
//
// Both messages are small and fixed, so they are written by hand:
//
//   ExportTraceServiceResponse { 1: partial_success { 1: rejected_spans int64, 2: error_message string } }
//   google.rpc.Status          { 1: code int32, 2: message string, 3: details google.protobuf.Any }
//   google.protobuf.Any        { 1: type_url string, 2: value bytes }
//   google.rpc.RetryInfo       { 1: retry_delay google.protobuf.Duration { 1: seconds int64 } }
//
// The responses for logs and metrics have the same field numbers; in JSON the first one is named for its rows.

import type { Encoding, RejectedRows, Signal } from "@telemetry/otlp";

/** The codes of google.rpc.Code that we answer with; gRPC's status codes are the same numbers. */
export const RpcCode = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;
export type RpcCode = (typeof RpcCode)[keyof typeof RpcCode];

const REJECTED_FIELD: Readonly<Record<Signal, string>> = {
  traces: "rejectedSpans",
  metrics: "rejectedDataPoints",
  logs: "rejectedLogRecords",
};

/** A full success has no `partial_success` at all, as OTLP asks. */
export function encodeExportResponse(
  signal: Signal,
  encoding: Encoding,
  rejected: RejectedRows,
): Uint8Array {
  const { count, message } = rejected;
  if (encoding === "json") {
    const partialSuccess = { [REJECTED_FIELD[signal]]: String(count), errorMessage: message };
    return Buffer.from(JSON.stringify(count === 0 ? {} : { partialSuccess }));
  }
  if (count === 0) return new Uint8Array(0);
  const partialSuccess = [...varintField(1, count), ...bytesField(2, Buffer.from(message))];
  return Uint8Array.from(bytesField(1, partialSuccess));
}

export function encodeStatus(encoding: Encoding, code: RpcCode, message: string): Uint8Array {
  if (encoding === "json") return Buffer.from(JSON.stringify({ code, message }));
  return Uint8Array.from([...varintField(1, code), ...bytesField(2, Buffer.from(message))]);
}

/** The Status that gRPC carries beside its code, with a RetryInfo: only then do senders try again. */
export function encodeRetryStatus(
  code: RpcCode,
  message: string,
  retryAfterSeconds: number,
): Uint8Array {
  const retryInfo = bytesField(1, varintField(1, retryAfterSeconds));
  const typeUrl = Buffer.from("type.googleapis.com/google.rpc.RetryInfo");
  const detail = [...bytesField(1, typeUrl), ...bytesField(2, retryInfo)];
  return Uint8Array.from([...encodeStatus("protobuf", code, message), ...bytesField(3, detail)]);
}

function varintField(field: number, value: number): number[] {
  return [field << 3, ...varint(value)];
}

function bytesField(field: number, bytes: Iterable<number> & { length: number }): number[] {
  return [(field << 3) | 2, ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
