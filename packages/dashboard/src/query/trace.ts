// trace.ts — one trace, whole: its spans, its logs, and the exemplars of metrics that point into it.
//
// A trace id says nothing about time, and the tables are ordered by time. So every statement asks the small
// table otel_traces_trace_id_ts first, and reads only that range. The three parts are read at the same
// time and handed on as they come: a trace of 100 000 spans never stands in memory as a whole.

import type { LogRecord, Span, TraceExemplar } from "../contract/contract.ts";
import { LOG_SQL, readLogRecord, type LogRow } from "./log-records.ts";
import { EXEMPLAR_TABLES } from "./metric-tables.ts";
import { readAhead } from "./read-ahead.ts";
import type { Params, Runner } from "./runner.ts";
import { readSpan, SPAN_SQL, type SpanRow } from "./spans.ts";
import { timeSql } from "./time.ts";

/** What one answer holds at most; beyond it the spans are cut at the end of the trace. */
const SPANS_MAX = 100_000;
const LOGS_MAX = 20_000;
const EXEMPLARS_MAX = 1_000;

/** Each part can be read once. Leaving one early ends them all. */
export interface StoredTrace {
  readonly spans: AsyncIterable<Span>;
  readonly logs: AsyncIterable<LogRecord>;
  readonly exemplars: AsyncIterable<TraceExemplar>;
}

/** `traceId` is 32 lower-case hex digits. Undefined when no span and no log of the trace is stored. */
export async function findTrace(
  runner: Runner,
  traceId: string,
  signal?: AbortSignal,
): Promise<StoredTrace | undefined> {
  const trace = startReading(runner, INDEXED_RANGE, { traceId }, signal);
  if (!(await trace.spans.isEmpty())) return trace;
  trace.leave();

  const range = await findRange(runner, traceId, signal);
  if (range !== undefined) return startReading(runner, GIVEN_RANGE, { traceId, ...range }, signal);
  return findLogsOnly(runner, traceId, signal);
}

function startReading(runner: Runner, range: RangeSql, params: Params, signal?: AbortSignal) {
  const left = new AbortController();
  const stop = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
  const leave = () => left.abort();
  const ask = (sql: string) => ({ sql, params, signal: stop });
  return {
    spans: readAhead(runner.stream<SpanRow>(ask(spansSql(range))), readSpan, leave),
    logs: readAhead(runner.stream<LogRow>(ask(logsSql(range))), readLogRecord, leave),
    exemplars: readAhead(
      runner.stream<TraceExemplar>(ask(exemplarsSql(range))),
      (exemplar) => exemplar,
      leave,
    ),
    leave,
  };
}

/** For spans that another writer stored before the side tables were there: by the bloom filter. */
async function findRange(
  runner: Runner,
  traceId: string,
  signal?: AbortSignal,
): Promise<{ from: string; to: string } | undefined> {
  const [row] = await runner.rows<{ found: string; from: string; to: string }>({
    sql: SLOW_RANGE_SQL,
    params: { traceId },
    signal,
  });
  return row === undefined || row.found === "0" ? undefined : row;
}

/** Logs can come before the first span, and without any. */
async function findLogsOnly(
  runner: Runner,
  traceId: string,
  signal?: AbortSignal,
): Promise<StoredTrace | undefined> {
  const rows = await runner.rows<LogRow>({ sql: LOGS_ONLY_SQL, params: { traceId }, signal });
  if (rows.length === 0) return undefined;
  return { spans: toAsync([]), logs: toAsync(rows.map(readLogRecord)), exemplars: toAsync([]) };
}

/** Expressions for the time in which the spans of a trace start, `[from, to)`. */
interface RangeSql {
  readonly from: string;
  readonly to: string;
}

const INDEXED_RANGE: RangeSql = {
  from: "(SELECT toDateTime64(min(Start), 9, 'UTC') FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String})",
  to: "(SELECT toDateTime64(max(End), 9, 'UTC') + INTERVAL 1 SECOND FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String})",
};
const GIVEN_RANGE: RangeSql = { from: timeSql("from"), to: timeSql("to") };

const SLOW_RANGE_SQL = `SELECT count() AS found, toString(toUnixTimestamp64Nano(min(Timestamp))) AS from, toString(toUnixTimestamp64Nano(max(Timestamp)) + 1) AS to
FROM otel_traces WHERE TraceId = {traceId:String}`;

const LOGS_ONLY_SQL = `SELECT ${LOG_SQL} FROM otel_logs WHERE TraceId = {traceId:String}
ORDER BY Timestamp, spanId LIMIT ${LOGS_MAX}`;

function spansSql({ from, to }: RangeSql): string {
  return `SELECT ${SPAN_SQL} FROM otel_traces
WHERE TraceId = {traceId:String} AND Timestamp >= ${from} AND Timestamp < ${to}
ORDER BY Timestamp, spanId LIMIT ${SPANS_MAX}`;
}

/** Logs and points of a trace can lie this far from its spans: late flushes, skewed clocks. */
function aroundSql(column: string, { from, to }: RangeSql): string {
  return `${column} >= ${from} - INTERVAL 1 HOUR AND ${column} < ${to} + INTERVAL 1 HOUR`;
}

function logsSql(range: RangeSql): string {
  return `SELECT ${LOG_SQL} FROM otel_logs
WHERE TraceId = {traceId:String} AND ${aroundSql("Timestamp", range)}
ORDER BY Timestamp, spanId LIMIT ${LOGS_MAX}`;
}

function exemplarsSql(range: RangeSql): string {
  const tables = EXEMPLAR_TABLES.map(
    (table) => `SELECT MetricName AS metricName, ServiceName AS service,
  reinterpretAsUInt64(toUnixTimestamp64Nano(time)) AS timeUnixNano, value, traceId, spanId FROM ${table}
ARRAY JOIN Exemplars.TimeUnix AS time, Exemplars.Value AS value, Exemplars.TraceId AS traceId, Exemplars.SpanId AS spanId
WHERE has(Exemplars.TraceId, {traceId:String}) AND traceId = {traceId:String} AND ${aroundSql("TimeUnix", range)}`,
  );
  return `SELECT metricName, service, timeUnixNano, value, traceId, spanId FROM (
${tables.join("\nUNION ALL ")}) ORDER BY timeUnixNano LIMIT ${EXEMPLARS_MAX}`;
}

async function* toAsync<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  yield* values;
}
