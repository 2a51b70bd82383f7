// door-error.ts — errors as ClickHouse's HTTP interface shows them: a status, a code in a header, and the text
// `Code: 60. DB::Exception: … (UNKNOWN_TABLE)`, which clients take apart.

/** A refusal of the door itself, in ClickHouse's numbering. */
export class DoorError extends Error {
  override readonly name = "DoorError";
  readonly code: number;
  readonly type: string;

  constructor(code: number, type: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.type = type;
  }
}

export interface ExceptionText {
  readonly code: number;
  readonly text: string;
}

/** Any error as ClickHouse's text. What has no code of ClickHouse's gets 1002, UNKNOWN_EXCEPTION. */
export function exceptionText(error: unknown): ExceptionText {
  if (error instanceof DoorError) {
    return {
      code: error.code,
      text: `Code: ${error.code}. DB::Exception: ${error.message}. (${error.type})`,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = /Code: (\d+)\. /.exec(message)?.[1];
  if (code !== undefined) return { code: Number(code), text: message };
  return { code: 1002, text: `Code: 1002. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)` };
}

/** Statuses of codes that ClickHouse does not answer with 500. */
const STATUS_OF_CODE: Readonly<Record<number, number>> = {
  // what was sent is wrong
  6: 400, 26: 400, 27: 400, 36: 400, 38: 400, 41: 400, 42: 400, 43: 400, 53: 400, 62: 400, 69: 400, 72: 400,
  115: 400, 117: 400, 130: 400, 321: 400, 386: 400, 456: 400, 457: 400,
  // what is asked for is not there
  16: 404, 46: 404, 47: 404, 60: 404, 73: 404, 81: 404,
  // not allowed
  164: 403, 192: 403, 193: 403, 194: 403, 497: 403, 516: 403,
  48: 501, // NOT_IMPLEMENTED
  159: 408, // TIMEOUT_EXCEEDED
  222: 413, // QUERY_IS_TOO_LARGE
  202: 503, // TOO_MANY_SIMULTANEOUS_QUERIES
  236: 503, // ABORTED, while closing
}; // prettier-ignore

export function statusOf(code: number): number {
  return STATUS_OF_CODE[code] ?? 500;
}
