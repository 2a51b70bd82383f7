// metric-options.ts — what can be configured about metrics, with the variables and defaults of the specification.

import type { Environment } from "../options/options.ts";
import type { ExemplarFilter } from "./exemplars.ts";
import type { HistogramPreference, TemporalityPreference } from "./reader.ts";
import { checkView } from "./views.ts";
import type { MetricView } from "./views.ts";

export interface MetricsOptions {
  /**
   * Time between exports, at least 100 ms. Default: OTEL_METRIC_EXPORT_INTERVAL, else the pace that the
   * receiver announces, else 60 000.
   */
  intervalMs?: number;
  /** For one export. Default: OTEL_METRIC_EXPORT_TIMEOUT, else 30 000 ms. */
  exportTimeoutMs?: number;
  /** Change what becomes of instruments. */
  views?: readonly MetricView[];
  /** Whether sums and histograms are totals (default) or differences. Default: OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE. */
  temporality?: TemporalityPreference;
  /** What a histogram is unless it or a view says otherwise. Default: OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION. */
  histogram?: HistogramPreference;
  /** Attribute sets per instrument; further ones share `otel.metric.overflow`. Default 2 000. */
  cardinalityLimit?: number;
  /** Which measurements may become exemplars. Default: OTEL_METRICS_EXEMPLAR_FILTER, else "trace_based". */
  exemplarFilter?: ExemplarFilter;
}

export interface ResolvedMetricsOptions {
  /** Undefined follows the receiver's pace. */
  readonly intervalMs: number | undefined;
  readonly exportTimeoutMs: number;
  readonly views: readonly MetricView[];
  readonly temporality: TemporalityPreference;
  readonly histogram: HistogramPreference;
  readonly cardinalityLimit: number | undefined;
  readonly exemplarFilter: ExemplarFilter;
}

const INTERVAL_MS_MIN = 100;
const EXPORT_TIMEOUT_MS = 30_000;
const TEMPORALITIES = ["cumulative", "delta", "lowmemory"] as const;
const HISTOGRAMS = ["explicit_bucket_histogram", "base2_exponential_bucket_histogram"] as const;
const FILTERS = ["trace_based", "always_on", "always_off"] as const;

/** Throws a TypeError or RangeError that names the option which cannot be used. */
export function resolveMetricsOptions(
  given: MetricsOptions,
  environment: Environment,
): ResolvedMetricsOptions {
  for (const view of given.views ?? []) checkView(view);
  const interval = environment.count("OTEL_METRIC_EXPORT_INTERVAL");
  return {
    intervalMs:
      atLeast(INTERVAL_MS_MIN, "metrics.intervalMs", given.intervalMs) ??
      (interval === undefined ? undefined : Math.max(interval, INTERVAL_MS_MIN)),
    exportTimeoutMs:
      atLeast(1, "metrics.exportTimeoutMs", given.exportTimeoutMs) ??
      environment.count("OTEL_METRIC_EXPORT_TIMEOUT") ??
      EXPORT_TIMEOUT_MS,
    views: given.views ?? [],
    temporality:
      oneOf(TEMPORALITIES, "metrics.temporality", given.temporality) ??
      environment.choice("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", TEMPORALITIES) ??
      "cumulative",
    histogram:
      oneOf(HISTOGRAMS, "metrics.histogram", given.histogram) ??
      environment.choice("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", HISTOGRAMS) ??
      "explicit_bucket_histogram",
    cardinalityLimit: atLeast(1, "metrics.cardinalityLimit", given.cardinalityLimit),
    exemplarFilter:
      oneOf(FILTERS, "metrics.exemplarFilter", given.exemplarFilter) ??
      environment.choice("OTEL_METRICS_EXEMPLAR_FILTER", FILTERS) ??
      "trace_based",
  };
}

function atLeast(least: number, name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value >= least)) return value;
  throw new RangeError(
    `Cannot use option ${name}: it must be ${least} or more, current value is ${value}`,
  );
}

function oneOf<T extends string>(
  values: readonly T[],
  name: string,
  value: T | undefined,
): T | undefined {
  if (value === undefined || values.includes(value)) return value;
  throw new TypeError(`Cannot use option ${name}: "${value}" is not one of ${values.join(", ")}`);
}
