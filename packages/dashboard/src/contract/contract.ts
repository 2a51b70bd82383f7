// contract.ts — the shapes that cross the border between the dashboard and whoever asks it: the page,
// the SDK, a script. Types only; documented for people in docs/guide/api.md. Version 1 is stable:
// fields may be added, none is renamed or removed.
//
// Times are epoch nanoseconds, durations nanoseconds, both as decimal strings; ids are lower-case hex;
// integers that do not fit a JavaScript number are decimal strings.

/** Epoch nanoseconds as a decimal string. */
export type UnixNano = string;
/** Nanoseconds as a decimal string. */
export type DurationNano = string;

/**
 * A JSON view of an OTLP AnyValue. Integers beyond 2^53 are decimal strings; a double always has a point
 * or an exponent in the JSON text; bytes are `{ "bytesValue": base64 }` and what JSON has no number for is
 * `{ "doubleValue": "NaN" }`.
 */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface Scope {
  name: string;
  version?: string;
  attributes: Attributes;
  droppedAttributesCount?: number;
}

/** Said when the sender gave no time: `observed` is a log's observed time, `received` that of arrival. */
export type TimeSource = "observed" | "received";

// ---- traces

export interface TraceSummary {
  traceId: string;
  rootName: string;
  rootService: string;
  services: string[];
  spanCount: number;
  errorCount: number;
  startTimeUnixNano: UnixNano;
  durationNano: DurationNano;
}

export interface TraceList {
  traces: TraceSummary[];
  nextCursor?: string;
}

export type SpanKind = "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";
export type StatusCode = "unset" | "ok" | "error";

export interface SpanEvent {
  name: string;
  timeUnixNano: UnixNano;
  attributes: Attributes;
  droppedAttributesCount?: number;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  traceState?: string;
  flags?: number;
  attributes: Attributes;
  droppedAttributesCount?: number;
}

export interface Span {
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: SpanKind;
  service: string;
  startTimeUnixNano: UnixNano;
  /** Absent while the span is open. */
  endTimeUnixNano?: UnixNano;
  attributes: Attributes;
  resource: Attributes;
  scope: Scope;
  events: SpanEvent[];
  links: SpanLink[];
  status: { code: StatusCode; message?: string };
  flags: number;
  traceState?: string;
  droppedAttributesCount?: number;
  droppedEventsCount?: number;
  droppedLinksCount?: number;
  resourceDroppedAttributesCount?: number;
  resourceSchemaUrl?: string;
  scopeSchemaUrl?: string;
  timeSource?: TimeSource;
}

export interface TraceDetail {
  traceId: string;
  spans: Span[];
  logs: LogRecord[];
  /** Exemplars of metrics that point into this trace. */
  exemplars: TraceExemplar[];
}

export interface TraceExemplar extends Exemplar {
  metricName: string;
  service: string;
}

// ---- logs

export interface LogRecord {
  timeUnixNano: UnixNano;
  observedTimeUnixNano?: UnixNano;
  severityNumber: number;
  severityText: string;
  body: AttributeValue;
  eventName?: string;
  service: string;
  attributes: Attributes;
  resource: Attributes;
  scope: Scope;
  traceId?: string;
  spanId?: string;
  flags?: number;
  droppedAttributesCount?: number;
  resourceDroppedAttributesCount?: number;
  resourceSchemaUrl?: string;
  scopeSchemaUrl?: string;
  timeSource?: TimeSource;
}

export interface LogList {
  logs: LogRecord[];
  nextCursor?: string;
}

// ---- metrics

export type MetricKind = "gauge" | "sum" | "histogram" | "exponential_histogram" | "summary";

export interface MetricInfo {
  name: string;
  type: MetricKind;
  unit: string;
  description: string;
  /** True for a monotonic sum: a counter, shown as a rate. */
  monotonic?: boolean;
  services: string[];
  attributeKeys: string[];
}

export interface MetricCatalogue {
  metrics: MetricInfo[];
}

/** `rate` is per second and knows counter resets; `pXX` need a histogram. */
export type MetricAggregate =
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

export interface Exemplar {
  timeUnixNano: UnixNano;
  value: number;
  traceId: string;
  spanId: string;
}

export interface MetricSeries {
  attributes: Attributes;
  points: [timeUnixNano: UnixNano, value: number | null][];
  exemplars?: Exemplar[];
}

export interface MetricQueryAnswer {
  series: MetricSeries[];
  /** Seconds between points. */
  stepSeconds: number;
  /** The kind and unit of the metric; absent when nothing of that name is in the time range. */
  type?: MetricKind;
  unit?: string;
  /** Series left out because there were more than the limit; those with the largest values are kept. */
  droppedSeriesCount?: number;
}

// ---- facets

/** Answer of `GET /api/v1/facets` without `key`; most frequent first. */
export interface FacetKeys {
  /** As filters take them; those of resources begin with `resource.`. */
  keys: { key: string; count: number }[];
  /** Rows that were looked at: the newest that pass the filter. */
  sampledRows: number;
}

/** Answer of `GET /api/v1/facets` with `key`; most frequent first. */
export interface FacetValues {
  /** `type` says how the value is written in a filter: text in quotes, numbers and booleans without. */
  values: { value: string; type: "string" | "number" | "boolean"; count: number }[];
  sampledRows: number;
}

// ---- SQL

/** Answer of `POST /api/v1/query/sql` with `{ "query": "SELECT …" }`. */
export interface SqlAnswer {
  /** `type` is ClickHouse's. */
  columns: { name: string; type: string }[];
  /** Values in the order of the columns. */
  rows: unknown[][];
  /** Whether the limit of rows cut the answer. */
  isTruncated: boolean;
}

// ---- services

export interface ServiceSummary {
  name: string;
  /** Spans of kind server or consumer, and roots, per second in the window. */
  rate: number;
  /** 0 to 1. */
  errorRate: number;
  p50Nano: DurationNano;
  p95Nano: DurationNano;
  p99Nano: DurationNano;
}

export interface ServiceList {
  services: ServiceSummary[];
}

// ---- views registered from code

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

export interface ViewDefinition {
  metricName: string;
  chartType: ChartType;
  title?: string;
  aggregate?: MetricAggregate;
  groupBy?: string[];
  unit?: string;
}

/** A view is one per (metricName, chartType, title); `id` is derived from them. */
export interface View extends ViewDefinition {
  id: string;
  title: string;
}

export interface ViewList {
  views: View[];
}

/** Answer of `POST /api/v1/display`. */
export interface DisplayPush {
  /** Pages that were written to. */
  clients: number;
  timeUnixNano: UnixNano;
  traces: number;
  metrics: number;
  logs: number;
}

// ---- pipeline

/** One station's counters since the dashboard started. Names of counters are snake_case and only grow. */
export interface StationStatus {
  station: "receive" | "spool" | "store" | "engine" | "live" | "query" | "api";
  state: "ok" | "degraded" | "down";
  counters: Record<string, number>;
  limits: Record<string, number>;
  /** A sentence a person can act on, when `state` is not "ok". */
  message?: string;
}

export interface QuarantinedRow {
  signal: "traces" | "metrics" | "logs";
  timeUnixNano: UnixNano;
  reason: string;
  /** A short text form of the row: its name and ids. */
  summary: string;
  count: number;
}

export interface PipelineStatus {
  version: string;
  startTimeUnixNano: UnixNano;
  stations: StationStatus[];
  /** Newest first, at most 100. */
  quarantine: QuarantinedRow[];
}

export interface HealthAnswer {
  status: "ok" | "degraded";
  product: "telemetry";
  engine: "ready" | "starting" | "down";
}

export interface ErrorAnswer {
  /** `position` is where in the filter the first character is that could not be understood. */
  error: { message: string; code: string; position?: number };
}

// ---- live: `GET /api/v1/live?topics=overview,traces&filter=…`
//
// A `text/event-stream`. Every event has `id` (resume with the header `Last-Event-ID` or `?after=`),
// `event` (one of LiveEvent's types) and `data` (its JSON). The first event is always `hello`.

/**
 * `overview` · `traces` (rows of the list) · `logs` (tail) · `metrics` (catalogue and newest points of
 * the metrics of registered views) · `trace:<traceId>` (spans and logs of one trace as they come) ·
 * `metric:<name>` (newest points of one metric) · `views` · `pipeline`.
 */
export type LiveTopic = string;

export interface LiveHello {
  version: string;
  /** Frames are at least this far apart. */
  frameMs: number;
  resumed: boolean;
}

/** Sent when the page's position is older than the ring, or the page was too slow: throw away and start from the snapshots that follow. */
export interface LiveReset {
  reason: "expired" | "slow";
  skippedFrames: number;
}

/** One second of one service. */
export interface ServiceSecond {
  /** Epoch seconds. */
  second: number;
  spans: number;
  errors: number;
  /** Durations in milliseconds over the entry spans of that second; null when there were none. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}

export interface LiveOverview {
  services: {
    name: string;
    /** Newest seconds that changed since the last frame; a snapshot has the last 300. */
    seconds: ServiceSecond[];
  }[];
  /** Totals since the dashboard started. */
  totals: { spans: number; logs: number; points: number; errors: number };
  snapshot: boolean;
  /** Runtime health by service: newest value of each runtime metric by its semantic-convention name. */
  health: { service: string; instance: string; values: Record<string, number> }[];
}

export interface LiveTraces {
  /** New or changed summaries; replace by `traceId`. */
  traces: TraceSummary[];
  /** Rows that matched and were not sent because the frame was full. */
  skipped: number;
  snapshot: boolean;
}

export interface LiveLogs {
  logs: LogRecord[];
  skipped: number;
  snapshot: boolean;
}

export interface LiveTrace {
  traceId: string;
  spans: Span[];
  logs: LogRecord[];
  /** Has what arrived in the last seconds; what is older is in the answer of the trace's route. */
  snapshot: boolean;
  /** Spans and logs that were not sent because the frame was full; the trace's route has them. */
  skipped?: number;
}

export interface LiveMetric {
  name: string;
  /** The value of a gauge or sum; of a histogram or summary, the mean since the point before. */
  series: { service: string; attributes: Attributes; point: [UnixNano, number] }[];
}

export interface LiveMetrics {
  metrics: LiveMetric[];
  /** Metrics seen for the first time since the last frame. */
  added: MetricInfo[];
  snapshot: boolean;
}

/** Answer to `updateDisplay()` and `POST /api/v1/display`: pages ask their queries again. */
export interface LiveDisplay {
  timeUnixNano: UnixNano;
}

export type LiveEvent =
  | { type: "hello"; data: LiveHello }
  | { type: "reset"; data: LiveReset }
  | { type: "overview"; data: LiveOverview }
  | { type: "traces"; data: LiveTraces }
  | { type: "logs"; data: LiveLogs }
  | { type: "trace"; data: LiveTrace }
  | { type: "metrics"; data: LiveMetrics }
  | { type: "views"; data: ViewList }
  | { type: "pipeline"; data: PipelineStatus }
  | { type: "display"; data: LiveDisplay };
