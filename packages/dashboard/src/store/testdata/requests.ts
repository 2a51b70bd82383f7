// requests.ts — OTLP requests for tests, encoded by the official definitions instead of our own encoder.
// Fields are given in the JSON form of the messages; ids as hex, 64-bit numbers as decimal strings.

import { createRequire } from "node:module";
import type { Signal } from "@telemetry/otlp";

export type Fields = Readonly<Record<string, unknown>>;

interface MessageType {
  encode(message: object): { finish(): Uint8Array };
  fromObject(value: object): object;
}

/** The messages of opentelemetry/proto, by package. */
export const definitions = createRequire(import.meta.url)(
  "@opentelemetry/otlp-transformer/build/src/generated/root.js",
).opentelemetry.proto;

const { collector } = definitions;
const REQUESTS: Readonly<Record<Signal, MessageType>> = {
  traces: collector.trace.v1.ExportTraceServiceRequest,
  logs: collector.logs.v1.ExportLogsServiceRequest,
  metrics: collector.metrics.v1.ExportMetricsServiceRequest,
};

export function encodeRequest(signal: Signal, request: Fields): Uint8Array {
  const type = REQUESTS[signal];
  return new Uint8Array(type.encode(type.fromObject(request)).finish());
}

export function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export const stringValue = (value: string) => ({ stringValue: value });
export const intValue = (value: number | string) => ({ intValue: value });
export const doubleValue = (value: number) => ({ doubleValue: value });

/** KeyValues of plain values: text, booleans, and AnyValues as they are. Numbers must say which kind they are. */
export function attributesOf(values: Record<string, string | boolean | Fields>): Fields[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValueOf(value) }));
}

function anyValueOf(value: string | boolean | Fields): Fields {
  if (typeof value === "string") return { stringValue: value };
  return typeof value === "boolean" ? { boolValue: value } : value;
}

/** Epoch nanoseconds of `offsetMs` from now, as the messages take them. */
export function nanosecondsAt(ms: number, ns = 0): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n + BigInt(ns));
}

/** A request of one resource and one scope. */
export function traceRequest(spans: readonly Fields[], resource: Fields = checkoutResource): Fields {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "test" }, spans }] }] };
}

export function logRequest(logRecords: readonly Fields[], resource: Fields = checkoutResource): Fields {
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "test" }, logRecords }] }] };
}

export function metricRequest(metrics: readonly Fields[], resource: Fields = checkoutResource): Fields {
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: "test" }, metrics }] }] };
}

export const checkoutResource: Fields = {
  attributes: attributesOf({ "service.name": "checkout", "host.name": "h1" }),
};

/** A span that started now; `index` decides its id. */
export function spanOf(index: number, fields: Fields = {}): Fields {
  const nowMs = Date.now();
  return {
    traceId: bytesOfHex(index.toString(16).padStart(32, "a")),
    spanId: bytesOfHex(index.toString(16).padStart(16, "b")),
    name: `span ${index}`,
    kind: 2,
    startTimeUnixNano: nanosecondsAt(nowMs),
    endTimeUnixNano: nanosecondsAt(nowMs + 5),
    attributes: attributesOf({ "http.route": "/pay", "http.response.status_code": intValue(200) }),
    ...fields,
  };
}
