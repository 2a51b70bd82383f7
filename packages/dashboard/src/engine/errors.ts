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

/** What a failed write may come to with the same bytes at another time. */
export type Prospect =
  /** It will work: ClickHouse is busy, full, away, or does not let us in. */
  | "later"
  /** It will always fail: the data, the statement or the schema is wrong. */
  | "never"
  /** It sounds like ClickHouse's own trouble, and the data are known to cause it, too. */
  | "unclear"
  /** A failure that is in no list here. */
  | "unknown";

/**
 * | code | | code | |
 * | ---: | --- | ---: | --- |
 * | 6, 26, 27, 38, 41, 72, 376, 467, 675, 676 | cannot parse a value | 53, 43, 70, 691 | type mismatch, cannot convert |
 * | 117, 130, 131, 33 | incorrect data, data too short | 16, 44, 47, 60, 81 | column, table or database is not there |
 * | 62, 36, 42, 46, 48 | statement is wrong | 69, 190, 321, 349, 469 | bounds, array sizes, null, a constraint |
 * | 153, 395, 407, 490, 503 | a materialized view cannot compute with a value: division, overflow, dates |
 */
const NEVER_CODES = new Set([
  6, 16, 26, 27, 33, 36, 38, 41, 42, 43, 44, 46, 47, 48, 53, 60, 62, 69, 70, 72, 81, 117, 130, 131,
  153, 190, 321, 349, 376, 386, 395, 407, 467, 469, 490, 503, 636, 675, 676, 691,
]); // prettier-ignore

/**
 * | code | | code | |
 * | ---: | --- | ---: | --- |
 * | 23, 24, 86, 95 to 102, 198, 209, 210, 279, 297, 410 | connections | 74 to 77, 172, 204, 214, 243, 272 to 275, 294, 458, 479, 499, 500, 566, 586, 662, 693, 707, 737, 900 to 903, 1000, 1009 | disks and object stores |
 * | 159, 160, 201 to 203, 216, 252, 364, 384, 439, 473, 574, 587, 692, 700, 718, 738, 745, 749, 762, 763, 776 to 778 | busy, limits of others | 164, 192 to 195, 242, 291, 495, 497, 516, 720, 774 | no leave to write |
 * | 218, 236, 298, 299, 301, 341, 394, 411, 425, 677, 710, 733 to 735 | going down, or cancelled | 224, 225, 230 to 234, 244, 251, 254, 255, 265, 285, 286, 289, 319, 369, 415, 416, 519, 529, 568, 571, 701, 904, 999 | replicas and their coordination |
 */
const LATER_CODES = new Set([
  23, 24, 74, 75, 76, 77, 86, 95, 96, 99, 100, 101, 102, 159, 160, 164, 172, 192, 193, 194, 195,
  198, 201, 202, 203, 204, 209, 210, 214, 216, 218, 224, 225, 230, 231, 232, 233, 234, 236, 242, 243,
  244, 251, 254, 255, 265, 272, 273, 274, 275, 279, 285, 286, 289, 291, 294, 297, 298, 299, 301, 319,
  341, 364, 369, 384, 394, 410, 411, 415, 416, 425, 439, 458, 473, 479, 495, 497, 499, 500, 516, 519,
  529, 566, 568, 571, 574, 586, 587, 662, 677, 692, 693, 700, 701, 707, 710, 718, 720, 733, 734, 735,
  737, 738, 745, 749, 762, 763, 774, 776, 777, 778, 900, 901, 902, 903, 904, 999, 1000, 1009,
]); // prettier-ignore

/**
 * Memory (241, 173), logic (49, 1001), recursion (306), sizes (128), an end that comes too early (32). Also a
 * connection that breaks in the middle: the engine may have crashed at the data.
 */
const UNCLEAR_CODES = new Set([
  "32",
  "49",
  "128",
  "173",
  "241",
  "306",
  "1001",
  "ECONNRESET",
  "EPIPE",
]);

/** 252 means two things: too many parts, until merges catch up; or too many partitions, in this very insert. */
const TOO_MANY_PARTS = 252;

/** Whether a failed write may succeed with the same bytes at another time. Not from ClickHouse at all: later. */
export function prospectOf(error: unknown): Prospect {
  const { code = "", message = "" } = (error ?? {}) as { code?: unknown; message?: string };
  if (UNCLEAR_CODES.has(String(code)) || /socket hang up/i.test(message)) return "unclear";
  if (!/^\d+$/.test(String(code))) return "later";
  const number = Number(code);
  if (number === TOO_MANY_PARTS) return /too many partitions/i.test(message) ? "never" : "later";
  if (NEVER_CODES.has(number)) return "never";
  return LATER_CODES.has(number) ? "later" : "unknown";
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
