// http-answer.ts — what an HTTP answer means for the bytes that were sent.
//
//   2xx                        delivered; partial_success may say that some records were rejected
//   429, 502, 503, 504         later, with the same bytes; Retry-After says when
//   413                        too large in one piece
//   anything else              never; a redirect too, because it would take the records and their headers to where
//                              nobody configured them to go
//
// https://opentelemetry.io/docs/specs/otlp/#otlphttp-response

import type { Answer } from "../answer.ts";
import { MESSAGE_LENGTH_MAX } from "../answer.ts";
import { readPartialSuccess, readStatusMessage } from "../export-response.ts";
import type { PartialSuccess } from "../export-response.ts";
import type { PostResponse } from "./post.ts";
import { parseRetryAfter } from "./retry-after.ts";

const RETRYABLE = new Set([429, 502, 503, 504]);
const TOO_LARGE = 413;

export function readHttpAnswer(response: PostResponse, nowMs: number): Answer {
  const { status, headers, body } = response;
  if (status >= 200 && status < 300) {
    const partial = isJson(response) ? partialFromJson(body) : readPartialSuccess(body);
    return { kind: "delivered", ...partial };
  }
  const message = status < 400 ? redirectOf(response) : messageOf(response);
  const reason = message === "" ? `HTTP ${status}` : `HTTP ${status}, ${message}`;
  if (status === TOO_LARGE) return { kind: "tooLarge", reason };
  if (!RETRYABLE.has(status)) return { kind: "never", reason };
  const retryAfterMs = parseRetryAfter(headers["retry-after"], nowMs);
  return { kind: "later", reason, retryAfterMs, isAnswered: true };
}

function redirectOf({ headers }: PostResponse): string {
  const location = headers["location"]?.slice(0, MESSAGE_LENGTH_MAX);
  return location === undefined ? "" : `a redirect to ${location}, which is not followed`;
}

function partialFromJson(body: Uint8Array): PartialSuccess {
  const partial = objectOf(parseObject(body)["partialSuccess"]);
  const rejected =
    partial["rejectedSpans"] ?? partial["rejectedDataPoints"] ?? partial["rejectedLogRecords"] ?? 0;
  return {
    rejectedCount: Number(rejected) || 0,
    message: textOf(partial["errorMessage"]).slice(0, MESSAGE_LENGTH_MAX),
  };
}

/** Of a google.rpc.Status, of the `{error: {message}}` of other servers, or a plain text. */
function messageOf(response: PostResponse): string {
  const { headers, body } = response;
  if (isJson(response)) {
    const answer = parseObject(body);
    const message = textOf(answer["message"]) || textOf(objectOf(answer["error"])["message"]);
    return message.slice(0, MESSAGE_LENGTH_MAX);
  }
  const type = headers["content-type"] ?? "";
  if (!type.startsWith("text/")) return readStatusMessage(body);
  return type.startsWith("text/plain")
    ? Buffer.from(body).toString("utf8").trim().slice(0, MESSAGE_LENGTH_MAX)
    : "";
}

function isJson({ headers }: PostResponse): boolean {
  return headers["content-type"]?.includes("json") ?? false;
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
