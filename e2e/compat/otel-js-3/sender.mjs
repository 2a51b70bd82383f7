// sender.mjs — a sender with OpenTelemetry JS 3.1.1 as its documentation sets it up: batch processor, official
// protobuf exporter. It lives here because its packages do.

import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { sendSpans } from "../../chaos/send-spans.ts";

const provider = new TracerProvider({
  resource: resourceFromAttributes({ "service.name": "chaos-otel-js" }),
  spanProcessors: [
    new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), maxQueueSize: 20_000 }),
  ],
});
const tracer = provider.getTracer("chaos");

sendSpans({
  makeSpan: (round, index) =>
    tracer.startSpan(`work ${index}`, { attributes: { "chaos.round": round } }).end(),
  flush: () => provider.forceFlush(),
});
