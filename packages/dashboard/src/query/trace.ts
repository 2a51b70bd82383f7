// trace.ts — one trace, whole: its spans, its logs, and the exemplars of metrics that point into it.
//
// A trace id says nothing about time, and the tables are ordered by time. So the small table
// otel_traces_trace_id_ts is asked first, and then only that range is read. Spans are handed on as they
// come: a trace of 100 000 spans never stands in memory as a whole.

import type { LogRecord, Span, TraceExemplar } from "../contract/contract.ts";
import { LOG_SQL, readLogRecord, type LogRow } from "./log-records.ts";
import { EXEMPLAR_TABLES } from "./metric-tables.ts";
import type { Runner } from "./runner.ts";
import { readSpan, SPAN_SQL, type SpanRow } from "./spans.ts";
import { timeSql, type TimeRange } from "./time.ts";

/** What one answer holds at most; beyond it the spans are cut at the end of the trace. */
const SPANS_MAX = 100_000;
const LOGS_MAX = 20_000;
const EXEMPLARS_MAX = 1_000;

/** How far from the spans a log or a metric point of the trace can lie: late flushes, skewed clocks. */
const MARGIN_NS = 3_600_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** The parts are read one after the other or at the same time, each at most once. */
export interface StoredTrace {
  readonly spans: AsyncIterable<Span>;
  readonly logs: AsyncIterable<LogRecord>;
  readonly exemplars: AsyncIterable<TraceExemplar>;
}

interface RangeRow {
  readonly spanRows: string;
  /** Seconds since 1970 of the first and the last start of a span. */
  readonly first: number;
  readonly last: number;
}

/** `traceId` is 32 lower-case hex digits. Undefined when no span and no log of the trace is stored. */
export async function findTrace(
  runner: Runner,
  traceId: string,
  signal?: AbortSignal,
): Promise<StoredTrace | undefined> {
  const range = await findRange(runner, traceId, signal);
  if (range === undefined) return findLogsOnly(runner, traceId, signal);

  const params = {
    traceId,
    from: String(range.fromNs),
    to: String(range.toNs),
    fromAround: String(max(range.fromNs - MARGIN_NS, 0n)),
    toAround: String(range.toNs + MARGIN_NS),
  };
  return {
    spans: map(runner.stream<SpanRow>({ sql: SPANS_SQL, params, signal }), readSpan),
    logs: map(runner.stream<LogRow>({ sql: LOGS_SQL, params, signal }), readLogRecord),
    exemplars: map(runner.stream<TraceExemplar>({ sql: EXEMPLARS_SQL, params, signal }), (e) => e),
  };
}

/** In which time the spans of a trace start, or undefined without spans. */
async function findRange(
  runner: Runner,
  traceId: string,
  signal?: AbortSignal,
): Promise<TimeRange | undefined> {
  for (const sql of [RANGE_SQL, SLOW_RANGE_SQL]) {
    const [row] = await runner.rows<RangeRow>({ sql, params: { traceId }, signal });
    if (row === undefined || row.spanRows === "0") continue;
    return { fromNs: BigInt(row.first) * SECOND_NS, toNs: BigInt(row.last + 1) * SECOND_NS };
  }
  return undefined;
}

/** Logs can come before the first span, and without any. */
async function findLogsOnly(
  runner: Runner,
  traceId: string,
  signal?: AbortSignal,
): Promise<StoredTrace | undefined> {
  const params = { traceId };
  const rows = await runner.rows<LogRow>({ sql: LOGS_ONLY_SQL, params, signal });
  if (rows.length === 0) return undefined;
  return { spans: toAsync([]), logs: toAsync(rows.map(readLogRecord)), exemplars: toAsync([]) };
}

const RANGE_SQL = `SELECT count() AS spanRows, toUnixTimestamp(min(Start)) AS first, toUnixTimestamp(max(End)) AS last
FROM otel_traces_trace_id_ts WHERE TraceId = {traceId:String}`;

/** For spans that another writer stored before the side tables were there: by the bloom filter. */
const SLOW_RANGE_SQL = `SELECT count() AS spanRows, toUnixTimestamp(min(Timestamp)) AS first, toUnixTimestamp(max(Timestamp)) AS last
FROM otel_traces WHERE TraceId = {traceId:String}`;

const SPANS_SQL = `SELECT ${SPAN_SQL} FROM otel_traces
WHERE TraceId = {traceId:String} AND Timestamp >= ${timeSql("from")} AND Timestamp < ${timeSql("to")}
ORDER BY Timestamp, spanId LIMIT ${SPANS_MAX}`;

const LOGS_SQL = `SELECT ${LOG_SQL} FROM otel_logs
WHERE TraceId = {traceId:String} AND Timestamp >= ${timeSql("fromAround")} AND Timestamp < ${timeSql("toAround")}
ORDER BY Timestamp, spanId LIMIT ${LOGS_MAX}`;

const LOGS_ONLY_SQL = `SELECT ${LOG_SQL} FROM otel_logs WHERE TraceId = {traceId:String}
ORDER BY Timestamp, spanId LIMIT ${LOGS_MAX}`;

const EXEMPLARS_SQL = `SELECT metricName, service, timeUnixNano, value, traceId, spanId FROM (
${EXEMPLAR_TABLES.map(
  (
    table,
  ) => `SELECT MetricName AS metricName, ServiceName AS service, reinterpretAsUInt64(toUnixTimestamp64Nano(time)) AS timeUnixNano,
  value, traceId, spanId FROM ${table}
ARRAY JOIN Exemplars.TimeUnix AS time, Exemplars.Value AS value, Exemplars.TraceId AS traceId, Exemplars.SpanId AS spanId
WHERE has(Exemplars.TraceId, {traceId:String}) AND traceId = {traceId:String}
  AND TimeUnix >= ${timeSql("fromAround")} AND TimeUnix < ${timeSql("toAround")}`,
).join("\nUNION ALL ")}
) ORDER BY timeUnixNano LIMIT ${EXEMPLARS_MAX}`;

async function* map<Row, Value>(
  blocks: AsyncIterable<Row[]>,
  read: (row: Row) => Value,
): AsyncGenerator<Value> {
  for await (const block of blocks) for (const row of block) yield read(row);
}

async function* toAsync<Value>(values: readonly Value[]): AsyncGenerator<Value> {
  yield* values;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
