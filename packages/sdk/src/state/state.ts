// state.ts — what exists once per process, however often this package was loaded: as ESM and as CJS, or in
// two versions. It hangs on globalThis under one registered symbol.
//
// Everything here is undefined until `startTelemetry`: that is what makes each call a no-op before.

import type { Context } from "@opentelemetry/api";
import type { TelemetryContextManager } from "../context/context.ts";
import type { DashboardLink } from "../dashboard/dashboard.ts";
import type { Logger } from "../logs/logs.ts";
import type { Meter, MeterProvider, MetricReader } from "../metrics/metrics.ts";
import type { TelemetryTracerProvider } from "../trace/trace.ts";
import type { RunningTelemetry } from "../wiring.ts";

export interface SharedState {
  contextManager: TelemetryContextManager | undefined;
  /** Our manager while it is the one that the api has registered. */
  directContext: TelemetryContextManager | undefined;
  /** The context outside of every scope: what the parent process passed on, else empty. */
  rootContext: Context | undefined;
  /** Lives as long as the process: tracers taken from it come alive at each start. */
  tracerProvider: TelemetryTracerProvider | undefined;
  running: RunningTelemetry | undefined;
  /** Instruments that the app made; they record nothing while nothing runs. */
  appMeter: Meter | undefined;
  /** Of the running SDK. */
  meterProvider: MeterProvider | undefined;
  /** Destinations of metrics beside the OTLP export; they outlive a start. */
  readonly metricReaders: Set<MetricReader>;
  /** Where the app's log records go. */
  appLogger: Logger | undefined;
  /** The dashboard that the app talks to. */
  dashboardLink: DashboardLink | undefined;
}

/** The number goes up when a member changes its meaning. */
const KEY = Symbol.for("telemetry.sdk.state.1");

const holder = globalThis as { [KEY]?: SharedState };

export const shared: SharedState = (holder[KEY] ??= {
  contextManager: undefined,
  directContext: undefined,
  rootContext: undefined,
  tracerProvider: undefined,
  running: undefined,
  appMeter: undefined,
  meterProvider: undefined,
  metricReaders: new Set(),
  appLogger: undefined,
  dashboardLink: undefined,
});
