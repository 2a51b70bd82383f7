// services.ts — rate, errors and latency of every service in a time range, over its entry spans: those of
// kind server or consumer, and roots. A span that was sampled counts as often as its tracestate says.

import type { ServiceSummary } from "../contract/contract.ts";
import type { Runner } from "./runner.ts";
import { schema } from "../store/store.ts";
import { timeSql, type TimeRange } from "./time.ts";

/** Up to here the spans themselves are read; beyond it the roll-up by minute, with ranges rounded to it. */
const EXACT_RANGE_NS = 15n * 60_000_000_000n;
const MINUTE_NS = 60_000_000_000n;
const SERVICES_MAX = 1_000;

interface ServiceRow {
  readonly name: string;
  readonly entries: number;
  readonly errors: number;
  readonly quantiles: readonly (number | null)[];
}

/** Services in the order of their rate, busiest first. */
export async function listServices(
  runner: Runner,
  range: TimeRange,
  signal?: AbortSignal,
): Promise<ServiceSummary[]> {
  const isExact = range.toNs - range.fromNs <= EXACT_RANGE_NS;
  const fromNs = isExact ? range.fromNs : range.fromNs - (range.fromNs % MINUTE_NS);
  const rows = await runner.rows<ServiceRow>({
    sql: isExact ? EXACT_SQL : ROLL_UP_SQL,
    params: { from: String(fromNs), to: String(range.toNs), last: String(range.toNs - 1n) },
    signal,
  });
  const seconds = Number(range.toNs - fromNs) / 1e9;
  return rows.map((row) => summaryOf(row, seconds));
}

function summaryOf(
  { name, entries, errors, quantiles }: ServiceRow,
  seconds: number,
): ServiceSummary {
  const [p50Nano, p95Nano, p99Nano] = quantiles.map((ns) => String(Math.round(ns ?? 0)));
  return {
    name,
    rate: entries / seconds,
    errorRate: entries === 0 ? 0 : errors / entries,
    p50Nano: p50Nano ?? "0",
    p95Nano: p95Nano ?? "0",
    p99Nano: p99Nano ?? "0",
  };
}

const IS_ENTRY = "(SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')";

const EXACT_SQL = `SELECT ServiceName AS name, sumIf(${schema.WEIGHT}, ${IS_ENTRY}) AS entries,
  sumIf(${schema.WEIGHT}, StatusCode = 'Error' AND ${IS_ENTRY}) AS errors,
  quantilesTDigestWeightedIf(0.5, 0.95, 0.99)(Duration, ${schema.WHOLE_WEIGHT}, ${IS_ENTRY}) AS quantiles
FROM otel_traces WHERE Timestamp >= ${timeSql("from")} AND Timestamp < ${timeSql("to")}
GROUP BY ServiceName ORDER BY entries DESC, name LIMIT ${SERVICES_MAX}`;

const ROLL_UP_SQL = `SELECT ServiceName AS name, sum(EntryCount) AS entries, sum(EntryErrorCount) AS errors,
  quantilesTDigestWeightedIfMerge(0.5, 0.95, 0.99)(EntryDuration) AS quantiles
FROM telemetry_service_minute WHERE Minute >= toStartOfMinute(${timeSql("from")}) AND Minute <= toStartOfMinute(${timeSql("last")})
GROUP BY ServiceName ORDER BY entries DESC, name LIMIT ${SERVICES_MAX}`;
