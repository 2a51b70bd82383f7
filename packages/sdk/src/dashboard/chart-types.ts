// chart-types.ts — how a registered view may show its metric. The list is the dashboard's (its contract.ts);
// a test keeps the two equal, because an app must not need the dashboard's package.

export const CHART_TYPES = [
  "line_chart",
  "bar_chart",
  "stat",
  "gauge",
  "table",
  "heatmap",
  "histogram",
  "log",
] as const;

export type ChartType = (typeof CHART_TYPES)[number];

/** How the points of a step become one value. `rate` is per second; the percentiles need a histogram. */
export type ViewAggregate =
  | "sum"
  | "rate"
  | "avg"
  | "min"
  | "max"
  | "count"
  | "last"
  | "p50"
  | "p90"
  | "p95"
  | "p99";
