// sender.mjs — dd-trace's own spans, and metrics and logs through the official api, as its documentation sets it up:
// OTEL_TRACES_EXPORTER=otlp, DD_METRICS_OTEL_ENABLED and DD_LOGS_OTEL_ENABLED in the environment.

import { metrics } from "@opentelemetry/api";
import { logs, SeverityNumber } from "@opentelemetry/api-logs";
import tracer from "dd-trace";

tracer.init({ plugins: false });
const startMs = Number(process.env.START_MS);

const order = tracer.startSpan("web.request", {
  startTime: startMs,
  tags: {
    "span.kind": "server",
    "resource.name": "POST /orders",
    "span.type": "web",
    text: "Grüße 🎈",
    yes: true,
    count: 42,
    ratio: 0.1,
    user: { plan: "free" },
  },
});
const event = { key: "user:7", attempt: 2, hit: false, ratio: 0.5, tags: ["a", "b"] };
order.addEvent("cache miss", event, startMs + 1);
const query = tracer.startSpan("pg.query", {
  childOf: order,
  startTime: startMs + 10,
  tags: { "span.kind": "client" },
});
query.setTag("error", new RangeError("connection reset"));
query.addLink({ context: order.context(), attributes: { index: 0 } });

const provider = logs.getLoggerProvider();
const logger = provider.getLogger("stock", "4.5.6");
tracer.scope().activate(order, () =>
  logger.emit({
    timestamp: new Date(startMs + 2),
    severityNumber: SeverityNumber.WARN,
    severityText: "WARN",
    body: "low stock",
    attributes: { "item.id": 7, ratio: 0.5, ok: true, tags: ["a", "b"] },
  }),
);
query.finish(startMs + 60);
order.finish(startMs + 250); // the trace is complete and leaves

const meter = metrics.getMeter("stock", "4.5.6");
meter.createCounter("orders", { unit: "{order}", description: "Taken" }).add(3, { plan: "free" });
meter.createUpDownCounter("queue").add(-3);
meter.createGauge("temperature", { unit: "Cel" }).record(21.5);
const duration = meter.createHistogram("duration", { unit: "s" });
for (const seconds of [0.25, 7]) duration.record(seconds);

// Its timers do not keep a process alive.
await new Promise((done) => provider.forceFlush(done));
await new Promise((done) => metrics.getMeterProvider().shutdown(done));
