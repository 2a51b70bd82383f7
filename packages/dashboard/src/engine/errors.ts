// errors.ts — what can be wrong with ClickHouse, and what a caller does about it.

/** The platform, or this installation, has no embedded ClickHouse. */
export class EngineUnsupportedError extends Error {
  override readonly name = "EngineUnsupportedError";

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `Cannot start the embedded ClickHouse: ${reason}; reinstall on Linux (glibc) or macOS with optional dependencies, or use a ClickHouse of yours with --clickhouse URL`,
      options,
    );
  }
}

/** Another process works in the engine's folder. */
export class EngineLockedError extends Error {
  override readonly name = "EngineLockedError";

  constructor(directory: string, options?: ErrorOptions) {
    super(
      `Cannot open data folder "${directory}": it is in use by another process; stop that one, or choose another folder with --data`,
      options,
    );
  }
}

/** ClickHouse did not come up, or is too old. The message says what to do. */
export class EngineStartError extends Error {
  override readonly name = "EngineStartError";
}

/**
 * Codes after which the same bytes will never be accepted: the data, the statement or the schema is wrong.
 * Everything else, known or not, is *later*: to keep data and try again can cost time, to give it up costs the data.
 *
 * | code | | code | |
 * | ---: | --- | ---: | --- |
 * | 6, 26, 27, 38, 41, 72 | cannot parse a value | 53, 43, 70 | type mismatch, cannot convert |
 * | 117, 130, 131, 33 | incorrect data, data too short | 16, 44, 47, 60, 81 | column, table or database is not there |
 * | 62, 36, 42, 46, 48 | statement is wrong | 69, 190, 321, 349, 469 | bounds, array sizes, null, a constraint |
 */
const NEVER_CODES = new Set([
  6, 16, 26, 27, 33, 36, 38, 41, 42, 43, 44, 46, 47, 48, 53, 60, 62, 69, 70, 72, 81, 117, 130, 131,
  190, 321, 349, 386, 467, 469, 636,
]); // prettier-ignore

/** 252 means two things: too many parts, until merges catch up; or too many partitions, in this very insert. */
const TOO_MANY_PARTS = 252;

/** Whether a failed write may succeed with the same bytes at another time. */
export function classifyError(error: unknown): "later" | "never" {
  const code = Number((error as { code?: unknown } | undefined)?.code);
  if (code === TOO_MANY_PARTS) {
    return /too many partitions/i.test((error as Error).message) ? "never" : "later";
  }
  return NEVER_CODES.has(code) ? "never" : "later";
}

const CONNECTION_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);

/** Whether the statement failed because no ClickHouse answered: an API says 503 and Retry-After then. */
export function isEngineUnavailable(error: unknown): boolean {
  const { code, message = "" } = (error ?? {}) as { code?: unknown; message?: string };
  if (CONNECTION_CODES.has(String(code))) return true;
  return /socket hang up|Timeout error/i.test(message);
}
