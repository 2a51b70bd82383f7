// metric-tables.ts — which table has the points of which kind of metric.

import type { MetricKind } from "../contract/contract.ts";

export const METRIC_KINDS: readonly MetricKind[] = [
  "gauge",
  "sum",
  "histogram",
  "exponential_histogram",
  "summary",
];

export function metricTable(kind: MetricKind): string {
  return `otel_metrics_${kind}`;
}

/** Summaries have no exemplars. */
export const EXEMPLAR_TABLES = METRIC_KINDS.filter((kind) => kind !== "summary").map(metricTable);
