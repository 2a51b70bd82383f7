// grpc-answer.ts — what a gRPC status means for the bytes that were sent
// (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-response).
//
//   OK                         delivered; partial_success may say that some records were rejected
//   CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS
//                              later, with the same bytes; a RetryInfo in the details says when
//   RESOURCE_EXHAUSTED         later with a RetryInfo; else too large where its text is about size, else never
//   anything else              never

import type { ServiceError } from "@grpc/grpc-js";
import { MESSAGE_LENGTH_MAX } from "../answer.ts";
import type { Answer } from "../answer.ts";
import { connectionReason } from "../connection-reason.ts";
import { readRetryDelayMs } from "../export-response.ts";

const NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];
const RETRYABLE = new Set([
  "CANCELLED",
  "DEADLINE_EXCEEDED",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNAVAILABLE",
  "DATA_LOSS",
]);
/** How the servers of Go, Java, C++, .NET, Rust and Node say that a message is too large. Quotas are said otherwise. */
const ABOUT_SIZE =
  /larger than|too large|message size|more than \d+ bytes|exceeds? (?:the )?(?:max|size|limit)/iu;

/** `isAnswered`: whether anything came from a server, so that the status may be its own. */
export function readGrpcError(error: ServiceError, isAnswered: boolean): Answer {
  const name = NAMES[error.code] ?? `status ${error.code}`;
  if (!isAnswered && RETRYABLE.has(name)) {
    return {
      kind: "later",
      reason: connectionReason(new Error(error.details)),
      retryAfterMs: undefined,
      isAnswered,
    };
  }
  const details = error.details.slice(0, MESSAGE_LENGTH_MAX);
  const reason = details === "" ? `gRPC ${name}` : `gRPC ${name}, ${details}`;
  const retryAfterMs = retryDelayOf(error);
  const isExhausted = name === "RESOURCE_EXHAUSTED";
  if (RETRYABLE.has(name) || (isExhausted && retryAfterMs !== undefined)) {
    return { kind: "later", reason, retryAfterMs, isAnswered };
  }
  // The library gives the same code to an answer that is too large; a smaller request would not help there.
  const isOfServer = isExhausted && hasEntries(error);
  return { kind: isOfServer && ABOUT_SIZE.test(details) ? "tooLarge" : "never", reason };
}

/** Whether the status came with trailers. What the library makes up itself has none. */
export function hasEntries({ metadata }: Pick<ServiceError, "metadata">): boolean {
  return Object.keys(metadata.getMap()).length > 0;
}

function retryDelayOf({ metadata }: ServiceError): number | undefined {
  const [details] = metadata.get("grpc-status-details-bin");
  return details instanceof Uint8Array ? readRetryDelayMs(details) : undefined;
}
