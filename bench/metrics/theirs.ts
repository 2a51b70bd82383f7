// theirs.ts — OpenTelemetry JS as its documentation sets it up: periodic reader, official protobuf serializer.
// It has no bound instruments; the nearest is the same attributes object each time.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import type * as Api from "@opentelemetry/api";
import { COLLECT_INTERVAL_MS, type Side } from "./side.ts";

interface MetricsSdk {
  MeterProvider: new (options: object) => Api.MeterProvider & { forceFlush(): Promise<void> };
  PeriodicExportingMetricReader: new (options: object) => unknown;
  AggregationTemporality: { CUMULATIVE: number };
}
interface TraceSdk {
  BasicTracerProvider?: new (options: object) => Api.TracerProvider;
  TracerProvider?: new (options: object) => Api.TracerProvider;
}
interface Transformer {
  ProtobufMetricsSerializer: { serializeRequest(metrics: unknown): Uint8Array | undefined };
}
interface ContextManagers {
  AsyncLocalStorageContextManager: new () => Api.ContextManager & { enable(): Api.ContextManager };
}

export function openTheirs(generation: "otel-2" | "otel-3"): Side {
  const load = createRequire(resolve(import.meta.dirname, "../theirs", generation, "package.json"));
  const api = load("@opentelemetry/api") as typeof Api;
  const sdk = load("@opentelemetry/sdk-metrics") as MetricsSdk;
  const traceSdk = load(
    generation === "otel-2" ? "@opentelemetry/sdk-trace-base" : "@opentelemetry/sdk-trace",
  ) as TraceSdk;
  const { ProtobufMetricsSerializer } = load("@opentelemetry/otlp-transformer") as Transformer;
  const { AsyncLocalStorageContextManager } = load(
    "@opentelemetry/context-async-hooks",
  ) as ContextManagers;

  let last: Uint8Array = new Uint8Array(0);
  const exporter = {
    export(metrics: unknown, done: (result: { code: number }) => void): void {
      last = ProtobufMetricsSerializer.serializeRequest(metrics) ?? last;
      done({ code: 0 });
    },
    selectAggregationTemporality: () => sdk.AggregationTemporality.CUMULATIVE,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const provider = new sdk.MeterProvider({
    readers: [
      new sdk.PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: COLLECT_INTERVAL_MS,
        exportTimeoutMillis: COLLECT_INTERVAL_MS,
      }),
    ],
  });
  const TracerProvider = (traceSdk.BasicTracerProvider ?? traceSdk.TracerProvider)!;
  api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [] }));
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

  const meter = provider.getMeter("bench");
  const counter = meter.createCounter("requests");
  const gauge = meter.createGauge("queue.length");
  const histogram = meter.createHistogram("duration");
  return {
    counter,
    histogram,
    bindCounter: (attributes) => ({ add: (value) => counter.add(value, attributes) }),
    bindHistogram: (attributes) => ({ record: (value) => histogram.record(value, attributes) }),
    recordMetric: (value, attributes) => gauge.record(value, attributes),
    inSpan: (body) =>
      api.trace.getTracer("bench").startActiveSpan("burst", (span) => {
        body();
        span.end();
      }),
    flush: () => provider.forceFlush(),
    lastRequest: () => last,
  };
}
