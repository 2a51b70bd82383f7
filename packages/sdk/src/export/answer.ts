// answer.ts — what a receiver's HTTP answer means for the bytes that were sent.
//
//   2xx                        delivered; partial_success may say that some records were rejected
//   429, 502, 503, 504         later, with the same bytes; Retry-After says when
//   413                        too large; smaller requests may pass
//   anything else              never: the bytes are wrong or not allowed, sending them again is no use
//
// https://opentelemetry.io/docs/specs/otlp/#otlphttp-response

import type { PostResponse } from "./post.ts";

export type Answer =
  | { readonly kind: "delivered"; readonly rejectedCount: number; readonly message: string }
  | {
      readonly kind: "later";
      readonly reason: string;
      readonly retryAfterMs: number | undefined;
      /** False where there was no connection. */
      readonly isAnswered: boolean;
    }
  | { readonly kind: "tooLarge"; readonly reason: string; readonly isAnswered: true }
  | { readonly kind: "never"; readonly reason: string; readonly isAnswered: true };

const TOO_LARGE = 413;
const RETRYABLE = new Set([429, 502, 503, 504]);
const MESSAGE_LENGTH_MAX = 300;

export function readAnswer(response: PostResponse, nowMs: number): Answer {
  const { status, headers, body } = response;
  const isJson = headers["content-type"]?.includes("json") ?? false;
  if (status >= 200 && status < 300) {
    return { kind: "delivered", ...(isJson ? partialFromJson(body) : partialFromProtobuf(body)) };
  }
  const message = (isJson ? messageFromJson(body) : stringField(body, 2)).slice(
    0,
    MESSAGE_LENGTH_MAX,
  );
  const reason = message === "" ? `HTTP ${status}` : `HTTP ${status}, ${message}`;
  if (status === TOO_LARGE) return { kind: "tooLarge", reason, isAnswered: true };
  if (!RETRYABLE.has(status)) return { kind: "never", reason, isAnswered: true };
  const retryAfterMs = parseRetryAfter(headers["retry-after"], nowMs);
  return { kind: "later", reason, retryAfterMs, isAnswered: true };
}

/** Seconds, or an HTTP date. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

interface Partial {
  rejectedCount: number;
  message: string;
}

const ALL_ACCEPTED: Partial = { rejectedCount: 0, message: "" };

/** `{ partial_success = 1: { rejected = 1, error_message = 2 } }`, the same for each signal. */
function partialFromProtobuf(body: Uint8Array): Partial {
  const partial = fieldsOf(body).find(({ field }) => field === 1)?.bytes;
  if (partial === undefined) return ALL_ACCEPTED;
  const rejected = fieldsOf(partial).find(({ field }) => field === 1)?.varint ?? 0;
  return { rejectedCount: rejected, message: stringField(partial, 2).slice(0, MESSAGE_LENGTH_MAX) };
}

function partialFromJson(body: Uint8Array): Partial {
  const answer = parseObject(body);
  const partial = objectOf(answer["partialSuccess"]);
  const rejected =
    partial["rejectedSpans"] ?? partial["rejectedDataPoints"] ?? partial["rejectedLogRecords"] ?? 0;
  return {
    rejectedCount: Number(rejected) || 0,
    message: textOf(partial["errorMessage"]).slice(0, MESSAGE_LENGTH_MAX),
  };
}

/** google.rpc.Status in JSON, or the `{error: {message}}` of other servers. */
function messageFromJson(body: Uint8Array): string {
  const answer = parseObject(body);
  return textOf(answer["message"]) || textOf(objectOf(answer["error"])["message"]);
}

function parseObject(body: Uint8Array): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(Buffer.from(body).toString("utf8")));
  } catch {
    return {}; // an answer nobody can read is an answer without details
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

interface Field {
  field: number;
  varint?: number;
  bytes?: Uint8Array;
}

function stringField(body: Uint8Array, field: number): string {
  const found = fieldsOf(body).find((candidate) => candidate.field === field)?.bytes;
  return found === undefined ? "" : Buffer.from(found).toString("utf8");
}

/** The fields of a protobuf message as far as they can be read; a foreign body yields what looks like fields. */
function fieldsOf(body: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; at < body.length; shift *= 128) {
      const byte = body[at++]!;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < body.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    if (tag % 8 === 0) {
      fields.push({ field, varint: varint() });
    } else if (tag % 8 === 2) {
      const length = varint();
      fields.push({ field, bytes: body.subarray(at, at + length) });
      at += length;
    } else {
      return fields;
    }
  }
  return fields;
}
