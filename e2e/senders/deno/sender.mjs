// sender.mjs — runs in Deno with OTEL_DENO=true: the runtime itself records the server, `fetch` and the console, and
// is behind the official api.

import { metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("shop", "4.5.6");
const meter = metrics.getMeter("shop", "4.5.6");
const startMs = Number(Deno.env.get("START_MS"));

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
  console.log("order %d taken", 42);
  tracer.startActiveSpan(
    "charge",
    {
      kind: SpanKind.PRODUCER,
      startTime: startMs,
      attributes: {
        text: "Grüße 🎈",
        yes: true,
        count: 42,
        ratio: 0.1,
        strings: ["a", "b"],
        ints: [1, 2],
        bools: [true, false],
      },
    },
    (span) => {
      console.error("card declined");
      span.addEvent("retry", { attempt: 2 }, startMs + 1);
      span.recordException(new RangeError("card declined"), startMs + 2);
      span.setStatus({ code: SpanStatusCode.ERROR, message: "card declined" });
      span.end(startMs + 250);
    },
  );
  return new Response("no", { status: 503 });
});
await (await fetch(`http://127.0.0.1:${server.addr.port}/orders?id=42`)).text();

meter.createCounter("orders", { unit: "{order}", description: "Taken" }).add(6, { plan: "free" });
meter.createUpDownCounter("queue.size").add(-3);
meter.createGauge("temperature", { unit: "Cel" }).record(21.5, { room: "a" });
const duration = meter.createHistogram("duration", {
  unit: "s",
  advice: { explicitBucketBoundaries: [0.1, 0.5, 1] },
});
for (const seconds of [0.0625, 0.25, 0.75, 0.125]) duration.record(seconds);

await server.shutdown();
