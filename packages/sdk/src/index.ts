// @telemetry/sdk — traces, metrics and logs of an app, behind the official OpenTelemetry api.

export { startTelemetry } from "./start.ts";
export type { DestinationStatus, SignalStatus, Telemetry, TelemetryStatus } from "./wiring.ts";
export type { DestinationQueueStatus } from "./export/export.ts";
export type {
  BatchLimits,
  Compression,
  DestinationOptions,
  ExportOptions,
  ExportProtocol,
  SpanLimits,
  TelemetryOptions,
  TlsOptions,
} from "./options/options.ts";
export type { RedactOptions } from "./redact/redact.ts";
export type { LogLevel } from "./diagnostics/diagnostics.ts";
export type {
  IdGenerator,
  Instrumentation,
  ReadableSpan,
  ResourceDetector,
  Sampler,
  SpanExporter,
  SpanProcessor,
} from "./foreign/foreign.ts";

// traces and context
export { rateLimitingSampler } from "./trace/trace.ts";
export type { IgnorePattern, SampleRules } from "./trace/trace.ts";
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
  recordHttp,
  runWithContext,
  setAttributes,
  shutdown,
  startSpan,
  traced,
  withSpan,
} from "./surface/surface.ts";
export type {
  DoctorReport,
  HttpFacts,
  ParentInput,
  ReceiverReport,
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
  SECONDS_BOUNDARIES,
} from "./metrics/metrics.ts";
export type {
  Aggregation,
  BoundCounter,
  BoundRecorder,
  Counter,
  ExemplarFilter,
  Gauge,
  Histogram,
  HistogramPreference,
  InstrumentOptions,
  MetricsOptions,
  MetricView,
  Observed,
  ObservedOptions,
  ObserveFunction,
  TemporalityPreference,
  UpDownCounter,
} from "./metrics/metrics.ts";

// logs
export { log } from "./logs/logs.ts";
export type { Log, LogMessage, LogsOptions, SeverityName } from "./logs/logs.ts";

// the dashboard
export {
  CHART_TYPES,
  registerView,
  startDashboardServer,
  updateDisplay,
} from "./dashboard/dashboard.ts";
export type {
  ChartType,
  DashboardHandle,
  DashboardServerOptions,
  DashboardView,
  DisplayUpdate,
  ViewAggregate,
  ViewOptions,
} from "./dashboard/dashboard.ts";

// the same functions, grouped
export { Dashboard, Metrics, TraceContext } from "./groups.ts";
