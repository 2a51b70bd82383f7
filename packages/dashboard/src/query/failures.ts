// failures.ts — the few ways in which a question can fail that its asker treats differently.

import { ClickHouseError } from "@clickhouse/client";
import { isEngineUnavailable } from "../engine/engine.ts";

/** A parameter of a question cannot be used. The message names it and says what is expected. */
export class QuestionError extends RangeError {
  override readonly name = "QuestionError";
}

/** ClickHouse does not answer now: it starts, restarts, or is busy. Asking again helps. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/** The question needs more time or memory than one question may have. A narrower one helps. */
export class TooHeavyError extends Error {
  override readonly name = "TooHeavyError";
}

/** ClickHouse refuses a statement that a person wrote. The message is ClickHouse's. */
export class SqlError extends Error {
  override readonly name = "SqlError";
  /** ClickHouse's number of the error. */
  readonly clickhouseCode: string;

  constructor(cause: ClickHouseError) {
    super(`Cannot run the statement: ${cause.message}`, { cause });
    this.clickhouseCode = cause.code;
  }
}

/** TIMEOUT_EXCEEDED, MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES. */
const TOO_HEAVY = new Set(["159", "241", "158", "307", "396"]);

/** UNKNOWN_TABLE and UNKNOWN_DATABASE: the store has not made its tables yet. */
const NO_SCHEMA = new Set(["60", "81"]);

/** TOO_MANY_SIMULTANEOUS_QUERIES. */
const NO_PLACE = "202";

/** The error to throw in place of what the client threw. */
export function describeFailure(error: unknown): unknown {
  if (error instanceof ClickHouseError) {
    if (TOO_HEAVY.has(error.code)) {
      return new TooHeavyError(
        "Cannot answer the query: it needs more time or memory than one query may have; narrow the time range or the filter",
        { cause: error },
      );
    }
    if (NO_SCHEMA.has(error.code)) {
      return new UnavailableError("Cannot answer the query: the tables are being made", {
        cause: error,
      });
    }
    if (error.code === NO_PLACE) {
      return new UnavailableError("Cannot answer the query: too many others wait already", {
        cause: error,
      });
    }
    return error;
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return new TooHeavyError("Cannot answer the query: it took too long or was read too slowly", {
      cause: error,
    });
  }
  if (isEngineUnavailable(error)) {
    return new UnavailableError("Cannot answer the query: ClickHouse does not answer", {
      cause: error,
    });
  }
  return error;
}
