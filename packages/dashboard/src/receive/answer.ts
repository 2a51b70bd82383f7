// answer.ts — what a sender hears when its request is not taken: google.rpc.Status, in the encoding it speaks.
//
// All messages are small and fixed, so they are written by hand:
//
//   google.rpc.Status      { 1: code int32, 2: message string, 3: details google.protobuf.Any }
//   google.protobuf.Any    { 1: type_url string, 2: value bytes }
//   google.rpc.RetryInfo   { 1: retry_delay google.protobuf.Duration { 1: seconds int64 } }
//   google.rpc.BadRequest  { 1: field_violations { 1: field string, 2: description string } }
//
// A RetryInfo says "come again", a BadRequest which field is wrong, as OTLP asks.

import type { Encoding } from "@telemetry/otlp";
import type { Outcome } from "./outcome.ts";

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";

/** A google.rpc.Status. */
export function encodeStatus(encoding: Encoding, outcome: Outcome): Uint8Array {
  const { code, message, retryAfterSeconds, field } = outcome;
  if (encoding === "json") return Buffer.from(JSON.stringify(statusJson(outcome)));
  const bytes = [...varintField(1, code), ...textField(2, message)];
  if (retryAfterSeconds !== undefined) {
    const delay = bytesField(1, varintField(1, retryAfterSeconds));
    bytes.push(...detailField(RETRY_INFO, delay));
  }
  if (field !== undefined) {
    const violation = [...textField(1, field), ...textField(2, message)];
    bytes.push(...detailField(BAD_REQUEST, bytesField(1, violation)));
  }
  return Uint8Array.from(bytes);
}

function statusJson({ code, message, retryAfterSeconds, field }: Outcome): object {
  const details: object[] = [];
  if (retryAfterSeconds !== undefined) {
    details.push({ "@type": RETRY_INFO, retryDelay: `${retryAfterSeconds}s` });
  }
  if (field !== undefined) {
    details.push({ "@type": BAD_REQUEST, fieldViolations: [{ field, description: message }] });
  }
  return { code, message, ...(details.length > 0 && { details }) };
}

function detailField(typeUrl: string, value: readonly number[]): number[] {
  return bytesField(3, [...textField(1, typeUrl), ...bytesField(2, value)]);
}

function varintField(field: number, value: number): number[] {
  return [field << 3, ...varint(value)];
}

function textField(field: number, text: string): number[] {
  return bytesField(field, Buffer.from(text));
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
