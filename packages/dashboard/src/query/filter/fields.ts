// fields.ts — the names that are not attributes: what OTLP itself calls a span's duration or a log's severity.
//
// A field is named once, with its aliases, and says in which column ClickHouse has it. How a Batch has
// it stands in batch-fields.ts. A name that is no field of a signal is an attribute there.

import type { Signal } from "@telemetry/otlp";

/** Decides which values a field can be compared with. */
export type FieldType = "string" | "id" | "kind" | "status" | "severity" | "duration" | "number";

export type FieldName =
  | "name"
  | "service"
  | "kind"
  | "status"
  | "status.message"
  | "duration"
  | "trace"
  | "span"
  | "parent"
  | "scope.name"
  | "scope.version"
  | "severity"
  | "severity.text"
  | "body"
  | "event"
  | "unit"
  | "description";

export interface Field {
  readonly name: FieldName;
  readonly type: FieldType;
  /** The column, or an expression over columns, in ClickHouse. */
  readonly sql: string;
}

/** Where free text is looked for, per signal. */
export const TEXT_FIELDS: Record<Signal, readonly FieldName[]> = {
  traces: ["name", "service", "status.message"],
  logs: ["body"],
  metrics: ["name", "description"],
};

/** The JSON column of a row's own attributes; `…Keys` beside it has its paths. */
export const ATTRIBUTES_COLUMN: Record<Signal, string> = {
  traces: "SpanAttributes",
  logs: "LogAttributes",
  metrics: "Attributes",
};
export const RESOURCE_COLUMN = "ResourceAttributes";

const origin: readonly Field[] = [
  { name: "service", type: "string", sql: "ServiceName" },
  { name: "scope.name", type: "string", sql: "ScopeName" },
  { name: "scope.version", type: "string", sql: "ScopeVersion" },
];

const FIELDS: Record<Signal, readonly Field[]> = {
  traces: [
    ...origin,
    { name: "name", type: "string", sql: "SpanName" },
    { name: "kind", type: "kind", sql: "SpanKind" },
    { name: "status", type: "status", sql: "StatusCode" },
    { name: "status.message", type: "string", sql: "StatusMessage" },
    { name: "duration", type: "duration", sql: "Duration" },
    { name: "trace", type: "id", sql: "TraceId" },
    { name: "span", type: "id", sql: "SpanId" },
    { name: "parent", type: "id", sql: "ParentSpanId" },
  ],
  logs: [
    ...origin,
    { name: "severity", type: "severity", sql: "SeverityNumber" },
    { name: "severity.text", type: "string", sql: "SeverityText" },
    { name: "body", type: "string", sql: "Body" },
    { name: "event", type: "string", sql: "EventName" },
    { name: "trace", type: "id", sql: "TraceId" },
    { name: "span", type: "id", sql: "SpanId" },
  ],
  metrics: [
    ...origin,
    { name: "name", type: "string", sql: "MetricName" },
    { name: "unit", type: "string", sql: "MetricUnit" },
    { name: "description", type: "string", sql: "MetricDescription" },
  ],
};

const ALIASES: Record<string, FieldName> = {
  "service.name": "service",
  "span.name": "name",
  "span.kind": "kind",
  "metric.name": "name",
  "status.code": "status",
  "trace.id": "trace",
  trace_id: "trace",
  traceId: "trace",
  "span.id": "span",
  span_id: "span",
  spanId: "span",
  "parent.id": "parent",
  parent_span_id: "parent",
  parentSpanId: "parent",
  scope: "scope.name",
  "otel.scope.name": "scope.name",
  "otel.scope.version": "scope.version",
  level: "severity",
  severity_number: "severity",
  severity_text: "severity.text",
  message: "body",
  event_name: "event",
  "event.name": "event",
};

const byName = new Map<string, Field>();
for (const [signal, fields] of Object.entries(FIELDS)) {
  for (const field of fields) byName.set(`${signal} ${field.name}`, field);
}

/** The field of that name or alias, if the signal has one. */
export function findField(signal: Signal, name: string): Field | undefined {
  const canonical = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  return byName.get(`${signal} ${canonical}`);
}
