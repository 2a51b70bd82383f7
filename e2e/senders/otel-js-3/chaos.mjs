// chaos.mjs — the sender of e2e/chaos with OpenTelemetry JS 3.x as its documentation sets it up. It lives here because its
// packages do.

import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { sendRecords } from "../../chaos/send-records.ts";

const name = process.env.CHAOS_NAME;
const resource = resourceFromAttributes({ "service.name": `chaos-${name}` });
const maxQueueSize = 20_000;
const traces = new TracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), maxQueueSize })],
});
const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(), maxQueueSize })],
});
const metrics = new MeterProvider({
  resource,
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter(),
      exportIntervalMillis: 500,
      exportTimeoutMillis: 450,
    }),
  ],
});
const tracer = traces.getTracer("chaos");
const logger = logs.getLogger("chaos");
const gauge = metrics.getMeter("chaos").createGauge(`chaos.${name}.number`);

sendRecords({
  makeSpan: (number) =>
    tracer.startSpan(`work ${number % 20}`, { attributes: { "chaos.number": number } }).end(),
  makeLog: (number) =>
    logger.emit({ body: `chaos ${name} ${number}`, attributes: { "chaos.number": number } }),
  measure: (number) => gauge.record(number, { "chaos.series": String(number % 20) }),
  flush: async () => {
    await Promise.all([traces.forceFlush(), logs.forceFlush(), metrics.forceFlush()]);
  },
});
