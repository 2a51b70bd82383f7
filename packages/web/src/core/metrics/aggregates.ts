// aggregates.ts — which questions make sense for which kind of metric.

import type { MetricAggregate, MetricInfo } from "@telemetry/dashboard/contract";

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
      return ["avg", "last", "min", "max", "sum", "count"];
    case "sum":
      return metric.monotonic === true
        ? ["rate", "sum", "last"]
        : ["last", "sum", "avg", "min", "max"];
    case "histogram":
    case "exponential_histogram":
      return ["p95", "p50", "p90", "p99", "avg", "min", "max", "rate", "count", "sum"];
    case "summary":
      return ["avg", "rate", "count", "sum"];
  }
}

/** A counter is shown as a rate, a histogram as p95, a gauge as its average. */
export function defaultAggregate(metric: Kind): MetricAggregate {
  return aggregatesOf(metric)[0]!;
}

export function aggregateLabel(aggregate: MetricAggregate): string {
  return LABELS[aggregate];
}
