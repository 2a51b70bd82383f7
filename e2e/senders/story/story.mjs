// story.mjs — what every official SDK tells, here in JavaScript: four spans, three log records, seven metrics.
//
// It takes the api from its caller, because each generation of OpenTelemetry JS brings its own. What must come back
// is in expected-story.ts; story.py and story.go tell the same.

/** The test says when the story begins (epoch nanoseconds) and whose child it is. */
const startNano = BigInt(process.env.STORY_START_NANO);
const carrier = { traceparent: process.env.STORY_TRACEPARENT, tracestate: "vendor=abc,other=1" };

/** The SDK's form of a time: seconds and nanoseconds, so that no digit is lost. */
const after = (ms) => {
  const nano = startNano + BigInt(ms) * 1_000_000n;
  return [Number(nano / 1_000_000_000n), Number(nano % 1_000_000_000n)];
};

export const RESOURCE = {
  "service.name": process.env.STORY_SERVICE,
  "service.version": "1.2.3",
  "deployment.environment.name": "test",
  "host.cpu.count": 2,
  "host.ip": ["10.0.0.1", "::1"],
};
export const SCOPE = ["story", "4.5.6", { schemaUrl: "https://example.com/story/1.0" }];
/** The instrument whose view asks for an exponential histogram. */
export const EXPONENTIAL_NAME = "order.size";

export function tellStory({ api, propagator, tracer, meter, logger }) {
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, defaultTextMapGetter, trace } = api;
  const caller = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);

  const order = tracer.startSpan(
    "POST /orders",
    {
      kind: SpanKind.SERVER,
      startTime: after(0),
      attributes: {
        text: "Grüße, 你好 🎈",
        empty: "",
        yes: true,
        no: false,
        count: 42,
        negative: -7,
        big: 9007199254740991,
        ratio: 0.1,
        strings: ["a", "b"],
        ints: [1, 2, 3],
        doubles: [0.5, 1.5],
        bools: [true, false],
      },
    },
    caller,
  );
  order.addEvent("cache miss", { key: "user:7", attempt: 2 }, after(1));
  const inOrder = trace.setSpan(ROOT_CONTEXT, order);

  const select = tracer.startSpan(
    "SELECT orders",
    { kind: SpanKind.CLIENT, startTime: after(10), attributes: { "db.system.name": "postgresql" } },
    inOrder,
  );
  select.recordException(new RangeError("connection reset"), after(50));
  select.setStatus({ code: SpanStatusCode.ERROR, message: "connection reset" });
  select.end(after(60));

  const publish = tracer.startSpan(
    "publish order",
    { kind: SpanKind.PRODUCER, startTime: after(70) },
    inOrder,
  );
  publish.setStatus({ code: SpanStatusCode.OK });
  publish.end(after(80));
  order.end(after(250));

  const link = { context: publish.spanContext(), attributes: { "messaging.batch.index": 0 } };
  tracer
    .startSpan(
      "process order",
      { kind: SpanKind.CONSUMER, startTime: after(90), links: [link] },
      ROOT_CONTEXT,
    )
    .end(after(100));

  logger.emit({
    timestamp: after(2),
    observedTimestamp: after(3),
    severityNumber: 9,
    severityText: "INFO",
    body: "order 42 taken",
    attributes: { "order.id": 42, ratio: 0.5, tags: ["new", "paid"], gift: true },
    context: inOrder,
  });
  logger.emit({
    timestamp: after(4),
    observedTimestamp: after(5),
    severityNumber: 17,
    severityText: "ERROR",
    body: { code: 7, parts: ["a", 1.5, true], nested: { deep: "yes" } },
    context: ROOT_CONTEXT,
  });
  logger.emit({
    timestamp: after(6),
    observedTimestamp: after(7),
    eventName: "order.placed",
    severityNumber: 5,
    severityText: "DEBUG",
    context: ROOT_CONTEXT,
  });

  const int = { valueType: api.ValueType.INT };
  const orders = meter.createCounter("orders", { ...int, unit: "{order}", description: "Taken" });
  orders.add(1, { plan: "free" });
  orders.add(5, { plan: "paid", trial: false });
  orders.add(2, { plan: "free" });
  const revenue = meter.createCounter("revenue", { unit: "EUR" });
  revenue.add(0.25);
  revenue.add(12.5);
  const queue = meter.createUpDownCounter("queue.size", int);
  queue.add(5);
  queue.add(-8);
  const temperature = meter.createGauge("temperature", { unit: "Cel" });
  temperature.record(20, { room: "a" });
  temperature.record(21.5, { room: "a" });
  const duration = meter.createHistogram("duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 0.5, 1] },
  });
  for (const seconds of [0.0625, 0.25, 0.125]) duration.record(seconds);
  duration.record(0.75, {}, inOrder);
  const size = meter.createHistogram(EXPONENTIAL_NAME);
  for (const items of [1, 2, 4, 0]) size.record(items);
  meter
    .createObservableCounter("uptime", { ...int, unit: "s" })
    .addCallback((result) => result.observe(120, { "process.pid": 7 }));
}
