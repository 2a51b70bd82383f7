// errors.ts — the only place where an error becomes an HTTP answer of the API.
//
// What is wrong with the question is a 4xx that says so; "later" is a 503 with Retry-After. An error that
// nobody foresaw is a 503 too: asking again is harmless, and its text may name things that are nobody's
// business, so it goes to the log.

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ErrorAnswer } from "../contract/contract.ts";
import { SubscriptionError } from "../live/live.ts";
import { FilterSyntaxError } from "../query/filter/filter.ts";
import { QuestionError, SqlError, TooHeavyError, UnavailableError } from "../query/query.ts";
import { TooManyViewsError } from "../views/views.ts";

const RETRY_AFTER_SECONDS = "1";

/** An answer that is decided where it is thrown: a refusal, something unknown. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** `tell` is given what nobody foresaw. */
export function answerError(
  context: Context,
  error: unknown,
  tell: (error: unknown) => void,
): Response {
  const { status, ...body } = describe(error, tell);
  if (status === 503) context.header("Retry-After", RETRY_AFTER_SECONDS);
  if (status === 401) context.header("WWW-Authenticate", 'Bearer realm="telemetry"');
  return context.json<ErrorAnswer>({ error: body }, status);
}

function describe(
  error: unknown,
  tell: (error: unknown) => void,
): ErrorAnswer["error"] & { status: ContentfulStatusCode } {
  if (error instanceof AnswerError) {
    return { status: error.status, code: error.code, message: error.message };
  }
  if (error instanceof FilterSyntaxError) {
    const { message, position } = error;
    return { status: 400, code: "filter_syntax", message, position };
  }
  if (error instanceof QuestionError) {
    return { status: 400, code: "invalid_parameter", message: error.message };
  }
  if (error instanceof SqlError) {
    return { status: 400, code: "sql_refused", message: error.message };
  }
  if (error instanceof TooManyViewsError) {
    return { status: 409, code: "too_many_views", message: error.message };
  }
  if (error instanceof TooHeavyError) {
    return { status: 422, code: "too_heavy", message: error.message };
  }
  if (error instanceof UnavailableError) {
    return { status: 503, code: "unavailable", message: error.message };
  }
  if (error instanceof SubscriptionError) {
    const status = error.reason === "too_many" ? 503 : 400;
    return { status, code: error.reason, message: error.message };
  }
  if (error instanceof DOMException && error.name === "AbortError") {
    return { status: 503, code: "cancelled", message: "Cannot answer: nobody waits any more" };
  }
  tell(error);
  return {
    status: 503,
    code: "unexpected",
    message: "Cannot answer: something unexpected happened; the dashboard's log says what",
  };
}
