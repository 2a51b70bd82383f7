// @telemetry/sdk — traces, metrics and logs of an app, behind the official OpenTelemetry api.

export { startTelemetry } from "./start.ts";
export type { SignalStatus, Telemetry, TelemetryStatus } from "./wiring.ts";
export type { BatchLimits, SpanLimits, TelemetryOptions } from "./options/options.ts";
export type { RedactOptions } from "./redact/redact.ts";
export type { LogLevel } from "./diagnostics/diagnostics.ts";
export type {
  IdGenerator,
  Instrumentation,
  ReadableSpan,
  Sampler,
  SpanExporter,
  SpanProcessor,
} from "./foreign/foreign.ts";

// traces and context
export {
  addEvent,
  bind,
  contextEnvironment,
  doctor,
  extractContext,
  flush,
  getCurrentSpan,
  injectContext,
  linkSpan,
  recordError,
  runWithContext,
  setAttributes,
  shutdown,
  startSpan,
  traced,
  withSpan,
} from "./surface/surface.ts";
export type {
  DoctorReport,
  ParentInput,
  StartSpanOptions,
  TelemetrySpan,
  TracedDecorator,
  TracedOptions,
  WithSpanOptions,
} from "./surface/surface.ts";

// metrics
export {
  createCounter,
  createGauge,
  createHistogram,
  createUpDownCounter,
  recordMetric,
} from "./metrics/metrics.ts";

// logs
export { log } from "./logs/logs.ts";

// the same functions, grouped
export { Metrics, TraceContext } from "./groups.ts";
