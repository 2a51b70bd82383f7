// sender.mjs — winston with the OpenTelemetry transport, behind the SDK that the environment names: the official one,
// or ours.

import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { logs } from "@opentelemetry/api-logs";
import { OpenTelemetryTransportV3 } from "@opentelemetry/winston-transport";
import winston from "winston";

const { SDK, SERVICE, TRACE_ID: traceId, SPAN_ID: spanId } = process.env;
const shutdown = SDK === "ours" ? await startOurs() : await startOfficial();

const logger = winston.createLogger({
  level: "silly",
  transports: [new OpenTelemetryTransportV3()],
});
logger.info("order taken", { "order.id": 42, ratio: 0.5, gift: true, tags: ["a", "b"] });
const inSpan = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 });
context.with(inSpan, () => logger.error("order lost", { err: new RangeError("no stock") }));
logger.silly("", { user: { plan: "free", seats: 2 } });
await shutdown();

async function startOfficial() {
  const { AsyncLocalStorageContextManager } = await import("@opentelemetry/context-async-hooks");
  const { OTLPLogExporter } = await import("@opentelemetry/exporter-logs-otlp-proto");
  const { resourceFromAttributes } = await import("@opentelemetry/resources");
  const { BatchLogRecordProcessor, LoggerProvider } = await import("@opentelemetry/sdk-logs");
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": SERVICE }),
    processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
  });
  logs.setGlobalLoggerProvider(provider);
  return () => provider.shutdown();
}

async function startOurs() {
  const { startTelemetry } = await import("@telemetry/sdk");
  const telemetry = startTelemetry({ serviceName: SERVICE });
  return () => telemetry.shutdown();
}
