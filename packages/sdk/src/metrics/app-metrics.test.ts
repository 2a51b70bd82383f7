// The functions that an app calls, before, while and after telemetry runs.

import { metrics } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from "vitest";

import {
  createCounter,
  createGauge,
  createHistogram,
  createUpDownCounter,
  Metrics,
  recordMetric,
  startTelemetry,
  withSpan,
} from "../index.ts";
import type { Counter, Observed, Telemetry } from "../index.ts";
import { OtlpReceiver } from "../testdata/otlp-receiver.ts";
import { readMetrics } from "../testdata/read-metrics.ts";
import type { ReadMetric } from "../testdata/read-metrics.ts";

let receiver: OtlpReceiver;
let telemetry: Telemetry | undefined;

beforeEach(async () => {
  receiver = await OtlpReceiver.open();
});

afterEach(async () => {
  await telemetry?.shutdown(1_000);
  telemetry = undefined;
  await receiver.close();
});

function start(): void {
  telemetry = startTelemetry({
    endpoint: receiver.url,
    runtimeMetrics: false,
    logLevel: "silent",
  });
}

async function read(name: string): Promise<ReadMetric[]> {
  receiver.requests.length = 0;
  await telemetry?.flush();
  return receiver
    .metrics()
    .flatMap(readMetrics)
    .filter((metric) => metric.name === name);
}

describe("createCounter and its like", () => {
  test("work before and after startTelemetry; what came before is not counted (138)", async () => {
    const before = createCounter("late.before");
    before.add(1);
    start();
    before.add(10);
    createCounter("late.after").add(20);

    expect((await read("late.before"))[0]?.points[0]?.value).toBe(10);
    expect((await read("late.after"))[0]?.points[0]?.value).toBe(20);
  });

  test("two modules with one name share a stream, also with the plain api (2, 34)", async () => {
    start();
    createCounter("shared.orders", { unit: "{order}" }).add(1);
    createCounter("shared.orders", { unit: "{order}" }).add(2);
    metrics.getMeter("other").createCounter("shared.orders").add(5);

    const [ours, theirs] = await read("shared.orders");

    expect(ours?.points[0]?.value).toBe(3);
    expect(theirs).toMatchObject({ scope: "other" });
    expect(theirs?.points[0]?.value).toBe(5);
  });

  test("with a callback they are asked, and may return their value", async () => {
    let length = 3;
    const gauge = createGauge("asked.gauge", { callback: () => length });
    createCounter("asked.counter", { callback: async () => Promise.resolve(5) });
    createUpDownCounter("asked.sum", {
      callback: (result) => {
        result.observe(1, { a: 1 });
        result.observe(2, { a: 2 });
      },
    });
    start();

    expect((await read("asked.gauge"))[0]?.points[0]?.value).toBe(3);
    length = 4;
    expect((await read("asked.gauge"))[0]?.points[0]?.value).toBe(4);
    expect((await read("asked.counter"))[0]).toMatchObject({ type: "sum", isMonotonic: true });
    expect((await read("asked.sum"))[0]?.points).toHaveLength(2);

    const another = (): number => 9;
    gauge.addCallback(another);
    expect((await read("asked.gauge"))[0]?.points[0]?.value).toBe(9);
    gauge.removeCallback(another);
    expect((await read("asked.gauge"))[0]?.points[0]?.value).toBe(4);
  });

  test("a histogram with wrong boundaries is an error at once (93)", () => {
    expect(() => createHistogram("wrong", { boundaries: [1, 3, 2] })).toThrow(
      new RangeError(
        'Cannot create histogram "wrong": boundary 2 (2) is not above the one before it (3)',
      ),
    );
  });

  test("a measurement in a span carries its trace (109)", async () => {
    start();
    const latency = createHistogram("exemplar.latency", { unit: "s" });
    const traceId = withSpan("work", (span) => {
      latency.record(0.2);
      return span.spanContext().traceId;
    });
    latency.record(0.2);

    const [metric] = await read("exemplar.latency");

    expect(metric?.points[0]).toMatchObject({ count: 2 });
    expect(metric?.points[0]?.exemplars.map((exemplar) => exemplar.traceId)).toEqual([traceId]);
  });

  test("types tell a counter from one with a callback", () => {
    expectTypeOf(createCounter("typed.a")).toEqualTypeOf<Counter>();
    expectTypeOf(createCounter("typed.b", { callback: () => 1 })).toEqualTypeOf<Observed>();
    expectTypeOf(Metrics.recordMetric).toEqualTypeOf<typeof recordMetric>();
  });
});

describe("recordMetric", () => {
  test("uses the instrument of that name, of whatever kind (107)", async () => {
    start();
    createCounter("named.counter");
    createUpDownCounter("named.sum");
    createHistogram("named.histogram");
    for (const name of ["named.counter", "named.sum", "named.histogram"]) {
      recordMetric(name, 2, { a: 1 });
      recordMetric(name, 3, { a: 1 });
    }

    expect((await read("named.counter"))[0]?.points[0]?.value).toBe(5);
    expect((await read("named.sum"))[0]?.points[0]?.value).toBe(5);
    expect((await read("named.histogram"))[0]?.points[0]).toMatchObject({ count: 2, sum: 5 });
  });

  test("makes a gauge where there is none (A2)", async () => {
    start();
    recordMetric("named.new", 1);
    recordMetric("named.new", -7);

    expect(await read("named.new")).toMatchObject([{ type: "gauge", points: [{ value: -7 }] }]);
  });

  test("never throws: unknown or wrong names, NaN, ten thousand sets, a kind that has a callback (139)", async () => {
    start();
    createGauge("named.asked", { callback: () => 1 });

    expect(() => {
      recordMetric("named.nan", Number.NaN);
      recordMetric("not a name", 1);
      recordMetric(undefined as never, 1);
      recordMetric("named.text", "7" as never);
      recordMetric("named.asked", 1);
      for (let user = 0; user < 10_000; user++) recordMetric("named.many", 1, { user });
    }).not.toThrow();

    expect((await read("named.many"))[0]?.points).toHaveLength(2_001);
    expect(await read("named.nan")).toEqual([]);
  });

  test("does nothing before telemetry starts", () => {
    expect(() => recordMetric("named.early", 1)).not.toThrow();
  });
});
