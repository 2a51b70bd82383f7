// otlp-json.ts — a trace as the API gives it, back into OTLP/JSON requests.

import type {
  Attributes,
  AttributeValue,
  LogRecord,
  Span,
  TraceDetail,
} from "../../packages/dashboard/src/contract/contract.ts";

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUS_CODES = ["unset", "ok", "error"];

/** An ExportTraceServiceRequest with the trace's spans. */
export function toOtlpTraces(trace: TraceDetail): unknown {
  return {
    resourceSpans: trace.spans.map((span) => ({
      resource: { attributes: keyValues(span.resource) },
      scopeSpans: [{ scope: scopeOf(span), spans: [spanOf(trace.traceId, span)] }],
    })),
  };
}

/** An ExportLogsServiceRequest with the trace's logs. */
export function toOtlpLogs(trace: TraceDetail): unknown {
  return {
    resourceLogs: trace.logs.map((record) => ({
      resource: { attributes: keyValues(record.resource) },
      scopeLogs: [{ scope: scopeOf(record), logRecords: [logOf(record)] }],
    })),
  };
}

function spanOf(traceId: string, span: Span): unknown {
  const { code, message } = span.status;
  return {
    traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: KINDS.indexOf(span.kind),
    startTimeUnixNano: span.startTimeUnixNano,
    endTimeUnixNano: span.endTimeUnixNano,
    attributes: keyValues(span.attributes),
    events: span.events.map((event) => ({ ...event, attributes: keyValues(event.attributes) })),
    links: span.links.map((link) => ({ ...link, attributes: keyValues(link.attributes) })),
    status: { code: STATUS_CODES.indexOf(code), message },
    flags: span.flags,
  };
}

function logOf(record: LogRecord): unknown {
  return {
    timeUnixNano: record.timeUnixNano,
    observedTimeUnixNano: record.observedTimeUnixNano,
    severityNumber: record.severityNumber,
    severityText: record.severityText,
    body: anyValue(record.body),
    attributes: keyValues(record.attributes),
    traceId: record.traceId,
    spanId: record.spanId,
    flags: record.flags,
  };
}

function scopeOf({ scope }: Pick<Span, "scope">): unknown {
  return { name: scope.name, version: scope.version, attributes: keyValues(scope.attributes) };
}

function keyValues(attributes: Attributes): { key: string; value: unknown }[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (value === null) return {};
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value as Attributes) } };
}
