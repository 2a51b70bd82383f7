// theirs.ts — OpenTelemetry JS as its documentation sets it up: batch processor, official protobuf
// serializer, AsyncLocalStorage. Only the request itself is left out.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import type * as Api from "@opentelemetry/api";
import type { Attributes, Span } from "@opentelemetry/api";
import { Encoded, type Side } from "./side.ts";

/** The parts of both generations that are used here. */
interface Sdk {
  /** Generation 2 takes the exporter itself, generation 3 takes it as an option. */
  BatchSpanProcessor: new (exporterOrOptions: unknown, options?: object) => unknown;
  BasicTracerProvider?: ProviderClass;
  TracerProvider?: ProviderClass;
}
type ProviderClass = new (options: object) => Api.TracerProvider & { forceFlush(): Promise<void> };
interface Transformer {
  ProtobufTraceSerializer: { serializeRequest(spans: readonly unknown[]): Uint8Array | undefined };
}
interface Exporters {
  OTLPTraceExporter: new (options: { url: string }) => unknown;
}
interface Resources {
  resourceFromAttributes(attributes: Attributes): unknown;
}
interface Propagators {
  CompositePropagator: new (options: object) => Api.TextMapPropagator;
  W3CTraceContextPropagator: new () => Api.TextMapPropagator;
  W3CBaggagePropagator: new () => Api.TextMapPropagator;
}
interface ContextManagers {
  AsyncLocalStorageContextManager: new () => Api.ContextManager & { enable(): Api.ContextManager };
}

/**
 * `isExporting: false` is a provider without processors: spans are made and forgotten. With a `url`, the official
 * exporter posts there; without one, what it would post is kept.
 */
export function openTheirs(
  generation: "otel-2" | "otel-3",
  isExporting: boolean,
  options: { url?: string; queueSize?: number } = {},
): Side {
  const load = createRequire(resolve(import.meta.dirname, "../theirs", generation, "package.json"));
  const api = load("@opentelemetry/api") as typeof Api;
  const sdk = load(
    generation === "otel-2" ? "@opentelemetry/sdk-trace-base" : "@opentelemetry/sdk-trace",
  ) as Sdk;
  const { ProtobufTraceSerializer } = load("@opentelemetry/otlp-transformer") as Transformer;
  const { resourceFromAttributes } = load("@opentelemetry/resources") as Resources;
  const { AsyncLocalStorageContextManager } = load(
    "@opentelemetry/context-async-hooks",
  ) as ContextManagers;

  const encoded = new Encoded();
  const exporter = {
    export(spans: readonly unknown[], done: (result: { code: number }) => void): void {
      const bytes = ProtobufTraceSerializer.serializeRequest(spans);
      encoded.add(bytes ?? new Uint8Array(0), spans.length);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
    forceFlush: () => Promise.resolve(),
  };
  const Provider = (sdk.BasicTracerProvider ?? sdk.TracerProvider) as ProviderClass;
  const used = options.url === undefined ? exporter : openExporter(load, options.url);
  const limits = options.queueSize === undefined ? {} : { maxQueueSize: options.queueSize };
  const batching =
    generation === "otel-2"
      ? new sdk.BatchSpanProcessor(used, limits)
      : new sdk.BatchSpanProcessor({ exporter: used, ...limits });
  const provider = new Provider({
    resource: resourceFromAttributes({ "service.name": "bench" }),
    spanProcessors: isExporting ? [batching] : [],
  });
  api.trace.setGlobalTracerProvider(provider);
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const { CompositePropagator, W3CTraceContextPropagator, W3CBaggagePropagator } = load(
    "@opentelemetry/core",
  ) as Propagators;
  api.propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  );

  const tracer = api.trace.getTracer("bench", "1.0.0");
  return {
    api,
    tracer,
    encoded,
    inSpan: (name, attributes, body) =>
      tracer.startActiveSpan(name, attributes === undefined ? {} : { attributes }, (span: Span) => {
        body(span);
        span.end();
      }),
    flush: () => provider.forceFlush(),
  };
}

function openExporter(load: NodeJS.Require, base: string): unknown {
  const { OTLPTraceExporter } = load("@opentelemetry/exporter-trace-otlp-proto") as Exporters;
  return new OTLPTraceExporter({ url: `${base}/v1/traces` });
}
