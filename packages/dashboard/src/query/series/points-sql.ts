// points-sql.ts — the points of a metric, and what each of them adds to the one before it.
//
// INCREASE. A delta point is its own increase. A cumulative point counts from its start time, so its
// increase is the difference to the point before it in its series; except
//
//   after a restart (a later start time, or a smaller value): all of it is new
//   first point that is read of a series: all of it is new if it was counted from a start time that is in
//     what is read, or if its process has reported this metric before (then the series was not there);
//     else nothing is known of it, and its increase is 0
//
// So more is read than was asked for: LOOKBACK before the range, to have a point before the first one.
//
// A series is one attribute set of one scope of one process; a process is one resource.

import type { MetricKind } from "../../contract/contract.ts";
import { metricTable } from "../metric-tables.ts";
import type { Params } from "../runner.ts";
import { timeSql } from "../time.ts";
import type { SeriesPlan } from "./plan.ts";

/** Longer than the interval of any usual exporter (a minute), with room for one that fails for a while. */
const LOOKBACK_NS = 600_000_000_000n;

/** Points of the range and before it, one row each: time, start, bucket, groups, series, process, temporality and the kind's values. */
export function pointsSql(plan: SeriesPlan): string {
  const { shape, groups, filter } = plan;
  const groupTexts = groups.map(({ sql }) => sql).join(", ");
  return `SELECT TimeUnix AS time, StartTimeUnix AS start,
  {origin:Int64} + intDiv(toUnixTimestamp64Nano(TimeUnix) - {origin:Int64}, {step:Int64}) * {step:Int64} AS bucket,
  ${groups.length === 0 ? "emptyArrayString()" : `[${groupTexts}]`} AS groups,
  cityHash64(ServiceName, toString(ResourceAttributes), ResourceAttributesExact) AS process,
  cityHash64(process, ScopeName, ScopeVersion, toString(Attributes), AttributesExact${shape.kind === "histogram" ? ", ExplicitBounds" : ""}) AS series,
  ${VALUES[shape.kind]}
FROM ${metricTable(shape.kind)}
WHERE MetricName = {name:String} AND TimeUnix >= ${timeSql("readFrom")} AND TimeUnix < ${timeSql("to")}
  AND bitAnd(Flags, 1) = 0 AND ${filter.sql}`;
}

const EXTENT = `toFloat64(Count) AS value, toFloat64(Count) AS count, Sum AS sum,
  if(HasMin, Min, NULL) AS low, if(HasMax, Max, NULL) AS high`;

/** `value` is what restarts are recognised by. */
const VALUES: Record<MetricKind, string> = {
  gauge: "Value AS value, 0 AS temporality",
  sum: "Value AS value, AggregationTemporality AS temporality",
  histogram: `${EXTENT}, AggregationTemporality AS temporality, BucketCounts AS counts, ExplicitBounds AS bounds`,
  exponential_histogram: `${EXTENT}, AggregationTemporality AS temporality, Scale AS scale, ZeroCount AS zeroCount,
  PositiveOffset AS positiveOffset, PositiveBucketCounts AS positiveCounts,
  NegativeOffset AS negativeOffset, NegativeBucketCounts AS negativeCounts`,
  summary: `toFloat64(Count) AS value, toFloat64(Count) AS count, Sum AS sum, 2 AS temporality,
  ValueAtQuantiles.Quantile AS quantiles, ValueAtQuantiles.Value AS quantileValues,
  if(has(quantiles, 0.), quantileValues[indexOf(quantiles, 0.)], NULL) AS low,
  if(has(quantiles, 1.), quantileValues[indexOf(quantiles, 1.)], NULL) AS high`,
};

/** Rows of {@link pointsSql} with the point before them, and `isNew`: all of the value is new. `previous` are columns to have of the point before. */
export function steppedSql(plan: SeriesPlan, previous: readonly string[]): string {
  const lags = ["time", "start", "value", ...previous].map(
    (column) => `lagInFrame(${column}) OVER oneSeries AS previous_${column}`,
  );
  return `SELECT *, ${lags.join(", ")},
  row_number() OVER oneSeries AS number, min(time) OVER (PARTITION BY process) AS processSeen,
  temporality = 1
    OR (number = 1 AND (start >= ${timeSql("readFrom")} OR processSeen < time))
    OR (number > 1 AND ((start > previous_start AND toUnixTimestamp64Nano(previous_start) > 0) OR value < previous_value)) AS isNew,
  if(processSeen < time, greatest(start, processSeen), start) AS newSince,
  multiIf(NOT isNew AND number = 1, 0.,
    isNew AND toUnixTimestamp64Nano(newSince) > 0 AND newSince < time, toUnixTimestamp64Nano(time) - toUnixTimestamp64Nano(newSince),
    number > 1, toUnixTimestamp64Nano(time) - toUnixTimestamp64Nano(previous_time),
    0.) / 1e9 AS elapsedSeconds
FROM (${pointsSql(plan)})
WINDOW oneSeries AS (PARTITION BY series ORDER BY time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`;
}

/** How much a column of {@link steppedSql} has grown; it must be among `previous` there, or be `value`. */
export function increaseSql(column: string): string {
  return `multiIf(isNew, ${column}, number = 1, 0, ${column} - previous_${column})`;
}

/** Only what was asked for, not what was read before it. */
export const IN_RANGE_SQL = `time >= ${timeSql("from")}`;

export function pointParams({ name, range, buckets, groups, filter }: SeriesPlan): Params {
  const readFrom = range.fromNs - max(LOOKBACK_NS, buckets.stepNs);
  return {
    ...filter.params,
    ...Object.assign({}, ...groups.map(({ params }) => params)),
    name,
    from: String(range.fromNs),
    to: String(range.toNs),
    readFrom: String(max(readFrom, 0n)),
    origin: String(buckets.originNs),
    step: String(buckets.stepNs),
  };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
