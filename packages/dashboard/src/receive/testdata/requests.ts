// requests.ts — small OTLP requests for tests, encoded by the official definitions and not by our own code.

import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";
import type { Signal } from "@telemetry/otlp";

interface MessageType {
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  fromObject(value: object): object;
  toObject(message: object, options: object): Record<string, unknown>;
}

const { collector } = (root as unknown as { opentelemetry: { proto: { collector: Collector } } })
  .opentelemetry.proto;

/** The part of the official definitions that has the export requests and their answers. */
interface Collector {
  readonly trace: { readonly v1: Readonly<Record<string, MessageType>> };
  readonly metrics: { readonly v1: Readonly<Record<string, MessageType>> };
  readonly logs: { readonly v1: Readonly<Record<string, MessageType>> };
}

const REQUESTS: Readonly<Record<Signal, MessageType>> = {
  traces: collector.trace.v1.ExportTraceServiceRequest!,
  metrics: collector.metrics.v1.ExportMetricsServiceRequest!,
  logs: collector.logs.v1.ExportLogsServiceRequest!,
};
const RESPONSES: Readonly<Record<Signal, MessageType>> = {
  traces: collector.trace.v1.ExportTraceServiceResponse!,
  metrics: collector.metrics.v1.ExportMetricsServiceResponse!,
  logs: collector.logs.v1.ExportLogsServiceResponse!,
};

const START = "1700000000000000000";
const resource = { attributes: [{ key: "service.name", value: { stringValue: "checkout" } }] };

export interface TestSpan {
  traceId: string;
  spanId: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}

export function testSpan(name: string, spanId = "00f067aa0ba902b7"): TestSpan {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  return { traceId, spanId, name, startTimeUnixNano: START, endTimeUnixNano: "1700000000001000000" };
}

/** An ExportTraceServiceRequest in its JSON form. */
export function traceRequest(spans: readonly object[]): object {
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}

export function logRequest(text: string): object {
  const logRecords = [{ timeUnixNano: START, severityNumber: 9, body: { stringValue: text } }];
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
}

export function metricRequest(value: number): object {
  const gauge = { dataPoints: [{ timeUnixNano: START, asDouble: value }] };
  return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: "queue", gauge }] }] }] };
}

export function encodeJson(request: object): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(JSON.stringify(request)));
}

/** The protobuf form of a request in JSON form. */
export function encodeProtobuf(signal: Signal, request: object): Uint8Array<ArrayBuffer> {
  const type = REQUESTS[signal];
  return Uint8Array.from(type.encode(type.fromObject(withBinaryIds(request))).finish());
}

/** An Export*ServiceResponse as plain data; absent fields are absent. */
export function decodeResponse(signal: Signal, body: Uint8Array): Record<string, unknown> {
  const type = RESPONSES[signal];
  return type.toObject(type.decode(body), { longs: String });
}

/** OTLP's JSON writes ids as hex; protobuf has their bytes. */
function withBinaryIds(value: unknown): object {
  const json = JSON.stringify(value);
  return JSON.parse(json, (key, each: unknown) =>
    /(^s|S)panId$|^traceId$/.test(key) ? Buffer.from(String(each), "hex").toString("base64") : each,
  ) as object;
}
