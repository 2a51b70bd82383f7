// app.cjs — one small server.
//
//   node app.cjs express|fastify none|ours|otel-3 <receiver url>
//
// Prints its port. The SDK starts first, as its guide says, with the official instrumentations on both sides.

const [framework, side, receiver] = process.argv.slice(2);

startSdk(side);

if (framework === "express") {
  const app = require("express")();
  app.get("/orders/:id", (request, response) => response.json(orderOf(request.params.id)));
  const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
} else {
  const app = require("fastify")();
  app.get("/orders/:id", (request) => orderOf(request.params.id));
  void app
    .listen({ port: 0, host: "127.0.0.1" })
    .then(() => console.log(app.server.address().port));
}
// The bench ends by closing our standard input.
process.stdin.on("end", () => process.exit()).resume();

function orderOf(id) {
  return { id, items: Array.from({ length: 10 }, (_, i) => ({ sku: `sku-${i}`, price: i * 1.5 })) };
}

function startSdk(name) {
  if (name === "none") return;
  const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
  const { ExpressInstrumentation } = require("@opentelemetry/instrumentation-express");
  const instrumentations = [new HttpInstrumentation(), new ExpressInstrumentation()];
  if (name === "ours") {
    process.env.TELEMETRY_QUIET = "1";
    // Traces only, as on the other side.
    process.env.OTEL_METRICS_EXPORTER = "none";
    require("@telemetry/sdk").startTelemetry({
      serviceName: "bench",
      endpoint: receiver,
      instrumentations,
    });
    return;
  }
  const { context, trace } = require("@opentelemetry/api");
  const { AsyncLocalStorageContextManager } = require("@opentelemetry/context-async-hooks");
  const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-proto");
  const { registerInstrumentations } = require("@opentelemetry/instrumentation");
  const { resourceFromAttributes } = require("@opentelemetry/resources");
  const { BatchSpanProcessor, TracerProvider } = require("@opentelemetry/sdk-trace");
  const exporter = new OTLPTraceExporter({ url: `${receiver}/v1/traces` });
  const tracerProvider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "bench" }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracerProvider);
  registerInstrumentations({ tracerProvider, instrumentations });
}
