// sender.mjs — spans, logs and metrics of Effect's own, through its Otlp layer in the encoding that is asked for.

import { Cause, Effect, Layer, Metric, Tracer } from "effect";
import { FetchHttpClient } from "effect/http";
import { Otlp } from "effect/observability";

const { OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_ENDPOINT, SERVICE, TRACEPARENT } =
  process.env;
const layerOf = OTEL_EXPORTER_OTLP_PROTOCOL === "http/json" ? Otlp.layerJson : Otlp.layerProtobuf;
const [, traceId, spanId] = TRACEPARENT.split("-");

const orders = Metric.counter("orders", {
  description: "Taken",
  incremental: true,
  bigint: true,
  attributes: { plan: "free", unit: "{order}" },
});
const queue = Metric.counter("queue.size");
const temperature = Metric.gauge("temperature", { attributes: { room: "a" } });
const duration = Metric.histogram("duration", { boundaries: [0.1, 0.5, 1] });

const select = Effect.gen(function* () {
  yield* Effect.annotateCurrentSpan("db.system.name", "postgresql");
  yield* Effect.fail(new RangeError("connection reset"));
}).pipe(Effect.withSpan("SELECT orders", { kind: "client" }), Effect.ignore);

const order = Effect.gen(function* () {
  const span = yield* Effect.currentSpan;
  span.event("cache miss", BigInt(Date.now()) * 1_000_000n, { key: "user:7", attempt: 2 });
  yield* Effect.logInfo("order taken").pipe(
    Effect.annotateLogs({ "order.id": 42, ratio: 0.5, gift: true }),
  );
  yield* select;
  yield* Metric.update(orders, 1n);
  yield* Metric.update(orders, 5n);
  yield* Metric.update(queue, -3);
  yield* Metric.update(temperature, 21.5);
  for (const seconds of [0.0625, 0.25, 0.75, 0.125]) yield* Metric.update(duration, seconds);
  const other = Tracer.externalSpan({ traceId, spanId, sampled: true });
  yield* Effect.void.pipe(
    Effect.withSpan("process order", {
      kind: "consumer",
      root: true,
      links: [{ span: other, attributes: { index: 0 } }],
    }),
  );
}).pipe(
  Effect.withSpan("POST /orders", {
    kind: "server",
    parent: Tracer.externalSpan({ traceId, spanId, sampled: true }),
    attributes: {
      text: "Grüße 🎈",
      yes: true,
      count: 42,
      big: 9007199254740993n,
      ratio: 0.1,
      strings: ["a", "b"],
      ints: [1, 2],
      map: { deep: "x" },
    },
  }),
);

const failed = Effect.logError("lost the order", Cause.fail(new Error("no stock")));

const otlp = layerOf({
  baseUrl: OTEL_EXPORTER_OTLP_ENDPOINT,
  resource: {
    serviceName: SERVICE,
    serviceVersion: "1.2.3",
    attributes: { "deployment.environment.name": "test", "host.cpu.count": 2 },
  },
  loggerMergeWithExisting: false,
}).pipe(Layer.provide(FetchHttpClient.layer));

await Effect.runPromise(Effect.andThen(order, failed).pipe(Effect.provide(otlp)));
