// log-list.ts — log records that pass a filter, newest first.
//
// Reading is in two steps, so that the wide columns are read for the answer's rows only: first the time of
// the last row of the page, from the narrow columns; then the rows of that range. The first step walks
// backwards through the table's order (five minutes by five minutes) and stops when the page is full.

import type { LogList } from "../contract/contract.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { compileSql, type Filter } from "./filter/filter.ts";
import { LOG_SQL, readLogRecord, type LogRow } from "./log-records.ts";
import type { Params, Runner } from "./runner.ts";
import { timeSql, type TimeRange } from "./time.ts";

export interface LogQuestion {
  readonly filter: Filter;
  readonly range: TimeRange;
  /** Only records of this trace. */
  readonly traceId?: string | undefined;
  /** Rows of a page. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Throws FilterSyntaxError, QuestionError. */
export async function listLogs(
  runner: Runner,
  { filter, range, traceId, limit, cursor }: LogQuestion,
  signal?: AbortSignal,
): Promise<LogList> {
  const start = cursor === undefined ? undefined : readCursor(cursor);
  const skipped = start?.skipped ?? 0;
  const params: Params = { from: String(range.fromNs), to: start?.endNs ?? String(range.toNs) };
  const conditions = conditionsOf(filter, traceId);
  const take = skipped + limit + 1;

  const last = await findLastTime(runner, conditions, { ...params, take }, signal);
  if (last === undefined) return { logs: [] };
  const rows = await runner.rows<LogRow>({
    sql: pageSql(conditions.sql),
    params: { ...conditions.params, ...params, from: last, limit: limit + 1, skipped },
    signal,
  });
  const page = rows.slice(0, limit);
  return {
    logs: page.map(readLogRecord),
    ...(rows.length > limit ? { nextCursor: cursorAfter(page, start) } : {}),
  };
}

/** Epoch ns of the row number `take`, or of the last row if there are fewer. */
async function findLastTime(
  runner: Runner,
  conditions: { sql: string; params: Params },
  params: Params,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const [row] = await runner.rows<{ last: string; found: string }>({
    sql: `SELECT toUnixTimestamp64Nano(min(Timestamp)) AS last, count() AS found FROM (
SELECT Timestamp FROM otel_logs WHERE ${RANGE_SQL} AND ${conditions.sql} ORDER BY ${ORDER_SQL} LIMIT {take:UInt32})`,
    params: { ...conditions.params, ...params },
    signal,
  });
  return row === undefined || row.found === "0" ? undefined : row.last;
}

const RANGE_SQL = `Timestamp >= ${timeSql("from")} AND Timestamp < ${timeSql("to")}`;
/** The first part is the table's order, so that ClickHouse reads no further than it must. */
const ORDER_SQL = "toStartOfFiveMinutes(Timestamp) DESC, Timestamp DESC";

/** Rows of the same nanosecond need an order too; rows that are equal in all of this are interchangeable. */
const TIE_SQL = "cityHash64(ServiceName, TraceId, SpanId, SeverityNumber, Body)";

function pageSql(conditions: string): string {
  return `SELECT ${LOG_SQL} FROM otel_logs WHERE ${RANGE_SQL} AND ${conditions}
ORDER BY Timestamp DESC, ${TIE_SQL} LIMIT {limit:UInt32} OFFSET {skipped:UInt32}`;
}

function conditionsOf(filter: Filter, traceId: string | undefined) {
  const { sql, params } = compileSql(filter, "logs");
  if (traceId === undefined) return { sql, params };
  return { sql: `TraceId = {traceId:String} AND ${sql}`, params: { ...params, traceId } };
}

// ---- cursor: the end of the next page's range, and how many rows at its start were answered already

interface LogCursor {
  readonly endNs: string;
  readonly skipped: number;
}

function readCursor(cursor: string): LogCursor {
  const [endNs, skipped] = decodeCursor(cursor, "logs", [/^\d{1,19}$/, /^\d{1,6}$/]);
  return { endNs: endNs as string, skipped: Number(skipped) };
}

/** After the page's last row: all rows of its nanosecond that were answered are skipped. */
function cursorAfter(page: readonly LogRow[], start: LogCursor | undefined): string {
  const lastNs = page.at(-1)?.timeUnixNano as string;
  const endNs = String(BigInt(lastNs) + 1n);
  const answered = page.filter((row) => row.timeUnixNano === lastNs).length;
  const before = start?.endNs === endNs ? start.skipped : 0;
  return encodeCursor("logs", endNs, before + answered);
}
