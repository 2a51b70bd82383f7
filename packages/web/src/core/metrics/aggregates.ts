// aggregates.ts — which questions make sense for which kind of metric.

import type { MetricAggregate, MetricInfo } from "@telemetry/dashboard/contract";
import type { ResolvedRange } from "../time/time.ts";

/** What a value of an aggregate is measured in: a rate is per second, a count of points has no unit. */
export function unitOfAggregate(
  metric: Pick<MetricInfo, "type" | "unit"> | undefined,
  aggregate: MetricAggregate,
): string {
  if (metric === undefined || aggregate === "count") return "";
  if (aggregate !== "rate") return metric.unit;
  // A histogram's rate counts values, whatever they are measured in.
  const isCounted = metric.type !== "sum" || metric.unit === "1" || metric.unit.startsWith("{");
  return isCounted ? "/s" : `${metric.unit}/s`;
}

/**
 * The range without its unfinished last bucket, where half a bucket would look like half the traffic. Levels and
 * quantiles need no whole bucket.
 */
export function completeBuckets(
  range: ResolvedRange,
  stepMs: number,
  aggregate: MetricAggregate,
): ResolvedRange {
  if (aggregate !== "rate" && aggregate !== "count") return range;
  return {
    ...range,
    toMs: Math.max(range.fromMs + stepMs, Math.floor(range.toMs / stepMs) * stepMs),
  };
}

type Kind = Pick<MetricInfo, "type" | "monotonic">;

const LABELS: Readonly<Record<MetricAggregate, string>> = {
  rate: "Rate per second",
  sum: "Sum",
  avg: "Average",
  min: "Minimum",
  max: "Maximum",
  count: "Count",
  last: "Last value",
  p50: "p50",
  p90: "p90",
  p95: "p95",
  p99: "p99",
};

/** The aggregates that a metric can answer, the best first. */
export function aggregatesOf(metric: Kind): readonly MetricAggregate[] {
  switch (metric.type) {
    case "gauge":
      return ["avg", "sum", "last", "min", "max", "count"];
    case "sum":
      return metric.monotonic === true
        ? ["rate", "sum", "last"]
        : ["sum", "avg", "min", "max", "count"];
    case "histogram":
    case "exponential_histogram":
      return ["p95", "p50", "p90", "p99", "avg", "min", "max", "rate", "count", "sum"];
    case "summary":
      return ["avg", "rate", "count", "sum"];
  }
}

/** A counter is shown as a rate, a histogram as p95, a gauge as its average, a level as the sum of its series. */
export function defaultAggregate(metric: Kind): MetricAggregate {
  return aggregatesOf(metric)[0]!;
}

export function aggregateLabel(aggregate: MetricAggregate): string {
  return LABELS[aggregate];
}
