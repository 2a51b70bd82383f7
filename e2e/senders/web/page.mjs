// page.mjs — what a shop's page does with OpenTelemetry's web SDK: how it loaded, its requests, a click, an error, two
// measurements. It never flushes: a page is left, and what waits must leave with it.
//
//   ?exporter=fetch-json|fetch-protobuf|beacon  &endpoint=…  &service=…

import { context, metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import { logs, SeverityNumber } from "@opentelemetry/api-logs";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter as FetchJsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as FetchProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { DocumentLoadInstrumentation } from "@opentelemetry/instrumentation-document-load";
import { FetchInstrumentation } from "@opentelemetry/instrumentation-fetch";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, WebTracerProvider } from "@opentelemetry/sdk-trace-web";
import { OTLPTraceExporter as BeaconExporter } from "exporter-with-beacon";

const { exporter, endpoint, service } = Object.fromEntries(new URLSearchParams(location.search));
const EXPORTERS = {
  "fetch-json": FetchJsonExporter,
  "fetch-protobuf": FetchProtobufExporter,
  beacon: BeaconExporter, // uses navigator.sendBeacon as long as it has no headers of its own
};

const resource = defaultResource().merge(
  resourceFromAttributes({ "service.name": service, "service.version": "1.2.3" }),
);
new WebTracerProvider({
  resource,
  spanProcessors: [
    new BatchSpanProcessor(new EXPORTERS[exporter]({ url: `${endpoint}/v1/traces` })),
    showEnded(),
  ],
}).register();
const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter({ url: `${endpoint}/v1/metrics` }),
  exportIntervalMillis: 500,
  exportTimeoutMillis: 500,
});
metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [reader] }));
const logExporter = new OTLPLogExporter({ url: `${endpoint}/v1/logs` });
logs.setGlobalLoggerProvider(
  new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: logExporter })],
  }),
);
registerInstrumentations({
  instrumentations: [new DocumentLoadInstrumentation(), new FetchInstrumentation()],
});

const tracer = trace.getTracer("shop", "4.5.6");
document.querySelector("button").addEventListener("click", () => void buy());

async function buy() {
  const click = tracer.startSpan("click buy", { attributes: { "item.id": 42, sale: true } });
  await context.with(trace.setSpan(context.active(), click), () => {
    logs.getLogger("shop", "4.5.6").emit({
      severityNumber: SeverityNumber.WARN,
      severityText: "WARN",
      body: "low stock",
      attributes: { "item.id": 42 },
    });
    return fetch("/cart", { method: "POST" }).then((response) => response.text());
  });
  click.setStatus({ code: SpanStatusCode.ERROR, message: "sold out" });
  click.end();
  const meter = metrics.getMeter("shop", "4.5.6");
  meter.createCounter("clicks", { unit: "{click}" }).add(1, { button: "buy" });
}

/** Says in the document which spans have ended, for the test to see. */
function showEnded() {
  const nothing = () => Promise.resolve();
  const onEnd = ({ name }) =>
    (document.body.dataset.ended = `${document.body.dataset.ended}|${name}`);
  return { onStart() {}, onEnd, forceFlush: nothing, shutdown: nothing };
}
