// outcome.ts — the only place where an error becomes an answer: the status of OTLP/HTTP beside the code of OTLP/gRPC.
//
// Follows https://opentelemetry.io/docs/specs/otlp/#failures. The status tells a sender what to do. 400, 413 and 415
// mean "throw it away"; 429 and 503, and the codes UNAVAILABLE and RESOURCE_EXHAUSTED with a RetryInfo, mean "keep it
// and come again". An error that nobody foresaw is the latter: a 500 or INTERNAL would lose the data.

import { MalformedPayloadError } from "@telemetry/otlp";
import {
  AccessDeniedError,
  PayloadTooLargeError,
  RateLimitedError,
  UnavailableError,
  WrongRequestError,
} from "./errors.ts";

/** The codes of google.rpc.Code that we answer with; gRPC's status codes are the same numbers. */
export const RpcCode = {
  ok: 0,
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;
export type RpcCode = (typeof RpcCode)[keyof typeof RpcCode];

export interface Outcome {
  /** Of HTTP. */
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 503;
  readonly code: RpcCode;
  readonly message: string;
  /** There exactly when the sender should come again. */
  readonly retryAfterSeconds?: number;
  /** Path of the field that is wrong; absent where the request is wrong as a whole. */
  readonly field?: string;
  /** Headers of the answer over HTTP. */
  readonly headers?: Readonly<Record<string, string>>;
  /** False for an error that is ours. */
  readonly isForeseen: boolean;
}

/** Names of fields and values of senders stand in messages; an answer, and a gRPC header, stay small. */
const MESSAGE_CHARACTERS_MAX = 500;

export function outcomeOf(error: unknown): Outcome {
  const outcome = describe(error) ?? UNFORESEEN;
  const { message } = outcome;
  const isShort = message.length <= MESSAGE_CHARACTERS_MAX;
  return {
    ...outcome,
    message: isShort ? message : `${message.slice(0, MESSAGE_CHARACTERS_MAX)}…`,
    isForeseen: outcome !== UNFORESEEN,
  };
}

type Described = Omit<Outcome, "isForeseen">;

const UNFORESEEN: Described = {
  status: 503,
  code: RpcCode.unavailable,
  message: "Cannot accept request: an unexpected error",
  retryAfterSeconds: 1,
};

function describe(error: unknown): Described | undefined {
  if (error instanceof MalformedPayloadError) {
    const { message, field } = error;
    return {
      status: 400,
      code: RpcCode.invalidArgument,
      message,
      ...(field !== "" && { field: field.slice(0, MESSAGE_CHARACTERS_MAX) }),
    };
  }
  if (error instanceof PayloadTooLargeError) {
    return { status: 413, code: RpcCode.resourceExhausted, message: error.message };
  }
  if (error instanceof AccessDeniedError) {
    const { status, message } = error;
    const code = status === 401 ? RpcCode.unauthenticated : RpcCode.permissionDenied;
    const headers = { "www-authenticate": 'Bearer realm="telemetry"' };
    return { status, code, message, ...(status === 401 && { headers }) };
  }
  if (error instanceof WrongRequestError) {
    const { status, message, headers } = error;
    return { status, code: RpcCode.unimplemented, message, headers };
  }
  if (error instanceof RateLimitedError) {
    return { status: 429, code: RpcCode.resourceExhausted, ...later(error) };
  }
  if (error instanceof UnavailableError) {
    return { status: 503, code: RpcCode.unavailable, ...later(error) };
  }
  return undefined;
}

function later({ message, retryAfterSeconds }: UnavailableError) {
  return { message, retryAfterSeconds };
}
