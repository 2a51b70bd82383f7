// requests.ts — OTLP requests to publish, as large and as varied as a test needs them. Made as OTLP/JSON, which says
// more about itself than bytes would, and decoded like every other request.

import { decodeRequest, type Batch, type Signal } from "@telemetry/otlp";

/** The protobuf bytes of a request given as OTLP/JSON. */
export function bodyOf(signal: Signal, json: object): Uint8Array {
  return batchOf(signal, json).arena;
}

/** The batch of a request given as OTLP/JSON. */
export function batchOf<S extends Signal>(
  signal: S,
  json: object,
): Extract<Batch, { signal: S }> {
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  return decodeRequest(signal, "json", bytes) as unknown as Extract<Batch, { signal: S }>;
}

/** Attributes in OTLP/JSON. Numbers are ints when they are integers. */
export function attributesOf(values: Record<string, string | number | boolean>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValueOf(value) }));
}

function anyValueOf(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

export interface SpanParts {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly isError?: boolean;
  readonly attributes?: Record<string, string | number | boolean>;
}

/** A trace request of one service with these spans. */
export function spansOf(service: string, spans: readonly SpanParts[]): Batch & { signal: "traces" } {
  const resource = { attributes: attributesOf({ "service.name": service }) };
  return batchOf("traces", {
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "test" }, spans: spans.map(spanOf) }] }],
  });
}

function spanOf(parts: SpanParts, at: number): object {
  const { startMs = Date.now(), durationMs = 10, attributes = {}, isError = false } = parts;
  const start = BigInt(Math.round(startMs * 1_000)) * 1_000n;
  return {
    traceId: parts.traceId ?? idOf(1, 16),
    spanId: parts.spanId ?? idOf(at + 1, 8),
    ...(parts.parentSpanId !== undefined && { parentSpanId: parts.parentSpanId }),
    name: parts.name ?? "work",
    kind: parts.kind ?? 1,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(Math.round(durationMs * 1e6))),
    attributes: attributesOf(attributes),
    ...(isError && { status: { code: 2, message: "failed" } }),
  };
}

/** A log request of one service with records of these bodies. */
export function logsOf(
  service: string,
  bodies: readonly string[],
  more: object = {},
): Batch & { signal: "logs" } {
  const resource = { attributes: attributesOf({ "service.name": service }) };
  const logRecords = bodies.map((body) => ({
    timeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    severityNumber: 9,
    severityText: "INFO",
    body: { stringValue: body },
    ...more,
  }));
  return batchOf("logs", { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

/** A metrics request of one service. */
export function metricsOf(
  service: string,
  metrics: readonly object[],
  resource: Record<string, string | number> = {},
): Batch & { signal: "metrics" } {
  const attributes = attributesOf({ "service.name": service, ...resource });
  return batchOf("metrics", {
    resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }],
  });
}

/** A number in hex, as an id of so many bytes. */
export function idOf(value: number, sizeBytes: 8 | 16): string {
  return value.toString(16).padStart(sizeBytes * 2, "0");
}

// ---- large requests, for the bench

export function tracesRequest(size: {
  spans: number;
  spansPerTrace: number;
  attributes: number;
}): Uint8Array {
  const spans = Array.from({ length: size.spans }, (_, row) =>
    spanOf(
      {
        traceId: idOf(1 + Math.floor(row / size.spansPerTrace), 16),
        ...(row % size.spansPerTrace > 0 && { parentSpanId: idOf(row, 8) }),
        name: `GET /api/users/${row % 7}`,
        kind: row % 2 === 0 ? 2 : 3,
        isError: row % 50 === 0,
        attributes: manyAttributes(size.attributes, row),
      },
      row,
    ),
  );
  const resource = { attributes: attributesOf({ "service.name": "shop" }) };
  return bodyOf("traces", { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

export function logsRequest(size: { records: number; attributes: number }): Uint8Array {
  const logRecords = Array.from({ length: size.records }, (_, row) => ({
    timeUnixNano: "1",
    severityNumber: 9,
    body: { stringValue: `request ${row} was answered from the cache` },
    attributes: attributesOf(manyAttributes(size.attributes, row)),
    traceId: idOf(row + 1, 16),
    spanId: idOf(row + 1, 8),
  }));
  const resource = { attributes: attributesOf({ "service.name": "shop" }) };
  return bodyOf("logs", { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

export function metricsRequest(size: { points: number; attributes: number }): Uint8Array {
  const dataPoints = Array.from({ length: size.points }, (_, row) => ({
    timeUnixNano: "1",
    asDouble: row / 3,
    attributes: attributesOf({ row: row % 100, ...manyAttributes(size.attributes - 1, 0) }),
  }));
  const resource = { attributes: attributesOf({ "service.name": "shop" }) };
  const metrics = [{ name: "http.server.requests", sum: { dataPoints, isMonotonic: true } }];
  return bodyOf("metrics", { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

function manyAttributes(count: number, row: number): Record<string, string | number | boolean> {
  const values = ["GET", row * 1_000, row / 3, row % 2 === 0, `value of row ${row}`];
  const entries = Array.from({ length: count }, (_, at) => [
    at === 0 ? "http.request.method" : `http.attribute.${at}`,
    values[at % values.length]!,
  ]);
  return Object.fromEntries(entries) as Record<string, string | number | boolean>;
}
