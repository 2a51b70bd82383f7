// sender.mjs — tells the story with OpenTelemetry JS 3.x, over the protocol that OTEL_EXPORTER_OTLP_PROTOCOL names.

import * as api from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { EXPONENTIAL_NAME, RESOURCE, SCOPE, tellStory } from "../story/story.mjs";

const PACKAGES = { "http/protobuf": "proto", "http/json": "http", grpc: "grpc" };
const encoding = PACKAGES[process.env.OTEL_EXPORTER_OTLP_PROTOCOL];
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${encoding}`);
const { OTLPMetricExporter } = await import(`@opentelemetry/exporter-metrics-otlp-${encoding}`);
const { OTLPLogExporter } = await import(`@opentelemetry/exporter-logs-otlp-${encoding}`);

const resource = defaultResource().merge(resourceFromAttributes(RESOURCE));
const traces = new TracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
});
const metrics = new MeterProvider({
  resource,
  readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
  views: [
    {
      instrumentName: EXPONENTIAL_NAME,
      aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
    },
  ],
});
const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
});

tellStory({
  api,
  propagator: new W3CTraceContextPropagator(),
  tracer: traces.getTracer(...SCOPE),
  meter: metrics.getMeter(...SCOPE),
  logger: logs.getLogger(...SCOPE),
});
await Promise.all([traces.shutdown(), metrics.shutdown(), logs.shutdown()]);
