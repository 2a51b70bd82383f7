// metrics.ts — metrics from the app's `add` and `record` to encoded OTLP requests.
//
//   instrument ──▶ store: numbers per attribute set ──▶ reader: collect ──▶ export: POST, at the receiver's pace
//
// Instruments exist before telemetry starts and after it stopped; only while it runs do they have stores.

import { KeyTable } from "@telemetry/otlp/encode";
import { isSpanContextValid } from "@opentelemetry/api";
import type { Context, SpanContext } from "@opentelemetry/api";

import { activeContext, spanOf } from "../context/context.ts";
import { destinationsOf } from "../export/export.ts";
import { openRuntimeMetrics } from "../runtime/runtime.ts";
import { shared } from "../state/state.ts";
import type { SignalPipeline, Wiring } from "../wiring.ts";
import { appMeter } from "./app-metrics.ts";
import { resolveMetricsOptions } from "./metric-options.ts";
import { PeriodicExport } from "./periodic-export.ts";
import { MeterProvider } from "./provider.ts";
import { MetricReader } from "./reader.ts";

export {
  createCounter,
  createGauge,
  createHistogram,
  createUpDownCounter,
  recordMetric,
} from "./app-metrics.ts";
export type {
  Counter,
  Gauge,
  Histogram,
  Observed,
  ObservedOptions,
  ObserveFunction,
  UpDownCounter,
} from "./app-metrics.ts";
export type { ExemplarFilter } from "./exemplars.ts";
export { SECONDS_BOUNDARIES } from "./histogram-store.ts";
export type { BoundCounter, BoundRecorder } from "./instruments.ts";
export type { InstrumentOptions } from "./describe-instrument.ts";
export type { Meter } from "./meter.ts";
export type { MetricsOptions } from "./metric-options.ts";
export { MeterProvider } from "./provider.ts";
export { MetricReader } from "./reader.ts";
export type { HistogramPreference, ScopeStreams, Stream, TemporalityPreference } from "./reader.ts";
export type { ExponentialData, HistogramData } from "./store.ts";
export type { Aggregation, MetricView } from "./views.ts";

/** The metrics of a started SDK. */
export interface MetricsPipeline extends SignalPipeline {
  readonly provider: MeterProvider;
}

/** Opens the pipeline of a process. Throws when an option cannot be used. */
export function openMetrics(wiring: Wiring): MetricsPipeline {
  const { options, diagnostics, clock, encodedResource } = wiring;
  const resolved = resolveMetricsOptions(options.given.metrics ?? {}, options.environment);
  // Redaction is for values of spans and logs: a series that loses a value merges with others.
  const keys = new KeyTable();
  const now = (): number => clock.epochMs();
  const { temporality, histogram } = resolved;
  const reader = new MetricReader({ now, temporality, histogram });
  const destinations = destinationsOf("metrics", wiring.destinations);
  const isExported = destinations.length > 0;
  // Without a reader nothing is kept: every instrument is as cheap as before the start.
  const readers = [...(isExported ? [reader] : []), ...shared.metricReaders];
  const provider = new MeterProvider({
    readers,
    views: resolved.views,
    cardinalityLimit: resolved.cardinalityLimit,
    exemplars: { filter: resolved.exemplarFilter, now, spanContext },
    diagnostics,
  });
  shared.meterProvider = provider;
  provider.adopt(appMeter());
  const isWatched = options.given.runtimeMetrics !== false && readers.length > 0;
  const runtime = isWatched ? openRuntimeMetrics(provider) : undefined;
  const exporter = isExported
    ? new PeriodicExport({
        reader,
        keys,
        destinations,
        encodedResource,
        diagnostics,
        intervalMs: resolved.intervalMs,
        timeoutMs: resolved.exportTimeoutMs,
        isCumulative: temporality === "cumulative",
      })
    : undefined;
  return {
    provider,
    flush: (timeoutMs) => exporter?.flush(timeoutMs) ?? Promise.resolve(true),
    shutdown: async (timeoutMs) => {
      const isDelivered = await (exporter?.close(timeoutMs) ?? true);
      runtime?.close();
      provider.shutdown();
      if (shared.meterProvider === provider) shared.meterProvider = undefined;
      return isDelivered;
    },
    status: () => exporter?.status() ?? { waiting: 0, waitingMax: 0 },
    destinationStatus: () => exporter?.destinationStatus() ?? {},
  };
}

/** The span that a measurement was made in, if it has valid ids. */
function spanContext(context: Context | undefined): SpanContext | undefined {
  const found = spanOf(context ?? activeContext())?.spanContext();
  return found !== undefined && isSpanContextValid(found) ? found : undefined;
}
