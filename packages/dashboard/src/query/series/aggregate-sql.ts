// aggregate-sql.ts — a plan as the statement that answers it: one row per bucket and group.

import type { MetricAggregate } from "../../contract/contract.ts";
import { timeSql } from "../time.ts";
import { isDistribution, isLevel, quantileOf, type SeriesPlan } from "./plan.ts";
import { IN_RANGE_SQL, increaseSql, pointsSql, steppedSql } from "./points-sql.ts";

/** A row of {@link aggregateSql}: `bucket` is epoch ns, `groups` the texts of the keys. */
export interface ValueRow {
  readonly bucket: string;
  readonly groups: readonly string[];
  readonly value: number | null;
}

/** For every aggregate but the percentiles of histograms, which are made from buckets.ts. */
export function aggregateSql(plan: SeriesPlan): string {
  const { aggregate, shape } = plan;
  const quantile = quantileOf(aggregate);
  if (quantile !== undefined) return summaryQuantileSql(plan, quantile);
  if (aggregate === "rate") return rateSql(plan);
  if (isDistribution(shape)) return distributionSql(plan);
  if (aggregate === "sum" && !isLevel(shape)) {
    return groupedSql(`sum(${increaseSql("value")})`, steppedSql(plan, []));
  }
  const isTotal = aggregate === "sum" || (aggregate === "last" && shape.kind === "sum");
  return isTotal ? totalSql(plan) : groupedSql(POINT_AGGREGATES[aggregate], pointsSql(plan));
}

/** Over the points as they were reported. */
const POINT_AGGREGATES: Partial<Record<MetricAggregate, string>> = {
  avg: "avg(value)",
  min: "min(value)",
  max: "max(value)",
  count: "toFloat64(count())",
  last: "argMax(value, time)",
};

function groupedSql(expression: string | undefined, from: string): string {
  return `SELECT bucket, groups, ${expression} AS value FROM (${from})
WHERE ${IN_RANGE_SQL} GROUP BY bucket, groups`;
}

/** The last value of every series, added up. */
function totalSql(plan: SeriesPlan): string {
  return `SELECT bucket, groups, sum(last) AS value FROM (
SELECT bucket, groups, series, argMax(value, time) AS last FROM (${pointsSql(plan)}) WHERE ${IN_RANGE_SQL} GROUP BY bucket, groups, series)
GROUP BY bucket, groups`;
}

/**
 * The rates of the series, added up. The rate of a series is its increase by the time in which it grew, so it does
 * not depend on how the step and the sender's interval lie to each other. Delta senders leave out what
 * did not grow, so for them that time is at least the bucket's.
 */
function rateSql(plan: SeriesPlan): string {
  const bucketSeconds = `least({step:Int64}, {to:Int64} - bucket) / 1e9`;
  return `SELECT bucket, groups, sum(seriesRate) AS value FROM (
SELECT bucket, groups, series,
  sum(${increaseSql("value")}) / nullIf(greatest(sum(elapsedSeconds), if(any(temporality) = 1, ${bucketSeconds}, 0)), 0) AS seriesRate
FROM (${steppedSql(plan, [])}) WHERE ${IN_RANGE_SQL} GROUP BY bucket, groups, series)
GROUP BY bucket, groups`;
}

/** Over the values that were recorded. The extremes of a cumulative histogram are those since its start. */
const VALUE_AGGREGATES: Partial<Record<MetricAggregate, string>> = {
  count: `sum(${increaseSql("count")})`,
  sum: `sum(${increaseSql("sum")})`,
  avg: `sum(${increaseSql("sum")}) / nullIf(sum(${increaseSql("count")}), 0)`,
  min: "min(low)",
  max: "max(high)",
};

function distributionSql(plan: SeriesPlan): string {
  return groupedSql(VALUE_AGGREGATES[plan.aggregate], steppedSql(plan, ["count", "sum"]));
}

/** A summary has its quantiles ready made: the newest one of every series, and the mean over the series. */
function summaryQuantileSql(plan: SeriesPlan, quantile: number): string {
  const index = `arrayFirstIndex(q -> abs(q - ${quantile}) < 1e-6, quantiles)`;
  return `SELECT bucket, groups, avg(newest) AS value FROM (
SELECT bucket, groups, series, argMax(quantileValues[${index}], time) AS newest FROM (${pointsSql(plan)})
WHERE ${IN_RANGE_SQL} AND ${index} > 0 GROUP BY bucket, groups, series)
GROUP BY bucket, groups`;
}

/** The newest exemplars of each group. */
export function exemplarsSql(plan: SeriesPlan, perGroupMax: number): string {
  const { groups, filter, shape } = plan;
  const groupTexts = groups.map(({ sql }) => sql).join(", ");
  return `SELECT ${groups.length === 0 ? "emptyArrayString()" : `[${groupTexts}]`} AS groups,
  CAST((toString(toUnixTimestamp64Nano(exemplarTime)), exemplarValue, exemplarTrace, exemplarSpan),
    'Tuple(timeUnixNano String, value Float64, traceId String, spanId String)') AS exemplar
FROM otel_metrics_${shape.kind}
ARRAY JOIN Exemplars.TimeUnix AS exemplarTime, Exemplars.Value AS exemplarValue, Exemplars.TraceId AS exemplarTrace, Exemplars.SpanId AS exemplarSpan
WHERE MetricName = {name:String} AND TimeUnix >= ${timeSql("from")} AND TimeUnix < ${timeSql("to")}
  AND exemplarTrace != '' AND exemplarTime >= ${timeSql("from")} AND ${filter.sql}
ORDER BY exemplarTime DESC LIMIT ${perGroupMax} BY groups`;
}
