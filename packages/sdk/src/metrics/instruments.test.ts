import { ValueType } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";

import { MetricHarness } from "../testdata/metric-harness.ts";

describe("Counter", () => {
  test("adds, and rejects what is negative or no finite number (89)", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("orders");
    counter.add(1);
    counter.add(5);

    for (const value of [-1, Number.NaN, Infinity, "5", 1n, null, Object.create(null)]) {
      counter.add(value as number);
    }

    expect(await harness.values("orders")).toEqual({ "{}": 6 });
    expect(harness.diagnostics.counters()["metrics.rejected_measurements"]).toBe(7);
    expect(harness.said).toEqual([
      'telemetry: Cannot record metric "orders": the value -1 is not allowed',
    ]);
  });

  test("is exported as a monotonic, cumulative sum with its unit and description", async () => {
    const harness = new MetricHarness();
    harness.meter.createCounter("orders", { unit: "{order}", description: "paid ones" }).add(1);

    const [metric] = await harness.collect();

    expect(metric).toMatchObject({
      name: "orders",
      unit: "{order}",
      description: "paid ones",
      type: "sum",
      temporality: "cumulative",
      isMonotonic: true,
      scope: "test",
    });
  });

  test("of integers is exported as integers, fractions cut off", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("bytes", { valueType: ValueType.INT });
    counter.add(2 ** 40);
    counter.add(1.9);

    expect(await harness.values("bytes")).toEqual({ "{}": 2n ** 40n + 1n });
    expect(harness.said[0]).toContain("the value 1.9 is cut to an integer");
  });

  test("ten thousand concurrent additions are all there (106)", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("c");

    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let i = 0; i < 1_000; i++) {
          if (i % 100 === 0) await Promise.resolve();
          counter.add(1);
        }
      }),
    );

    expect(await harness.values("c")).toEqual({ "{}": 10_000 });
  });

  test("keeps four attribute sets apart (99)", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("c");
    for (const [value, region] of [
      [100, "eu"],
      [10, "us"],
      [50, "asia"],
      [5, "africa"],
    ] as const) {
      counter.add(value, { region });
    }

    expect(await harness.values("c")).toEqual({
      '{"region":"eu"}': 100,
      '{"region":"us"}': 10,
      '{"region":"asia"}': 50,
      '{"region":"africa"}': 5,
    });
  });

  test("beyond the limit the total still is right (100)", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("c");
    for (let cycle = 0; cycle < 3; cycle++) {
      for (let user = 0; user < 5_000; user++) counter.add(1, { user });
      const points = await harness.points("c");
      expect(points).toHaveLength(2_001);
      expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBe(5_000 * (cycle + 1));
      const overflow = points.find(({ attributes }) => attributes["otel.metric.overflow"] === true);
      expect(overflow?.value).toBe(3_000 * (cycle + 1));
    }
  });

  test("attributes that cannot be read cost their measurement only", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("c");
    const hostile = {
      get user(): string {
        throw new Error("no");
      },
    };

    counter.add(1, hostile);
    counter.bind(hostile).add(1);
    counter.add(1, new Proxy({}, { ownKeys: () => [][1]! }));
    counter.add(2, { ok: true });

    const values = await harness.values("c");
    expect(values['{"ok":true}']).toBe(2);
    expect(harness.said[0]).toContain("its attributes cannot be read");
  });
});

describe("UpDownCounter", () => {
  test("goes down as well, as a sum that is not monotonic (90)", async () => {
    const harness = new MetricHarness();
    const connections = harness.meter.createUpDownCounter("connections");
    connections.add(5);
    connections.add(-8);
    connections.add(Number.NaN);

    const [metric] = await harness.collect();

    expect(metric).toMatchObject({ type: "sum", isMonotonic: false });
    expect(metric?.points[0]?.value).toBe(-3);
  });
});

describe("Gauge", () => {
  test("the last value of each set wins; 0 and negative ones count (91)", async () => {
    const harness = new MetricHarness();
    const gauge = harness.meter.createGauge("temperature");
    gauge.record(20, { room: "a" });
    gauge.record(-4, { room: "a" });
    gauge.record(0, { room: "b" });
    gauge.record(Infinity, { room: "b" });

    const [metric] = await harness.collect();

    expect(metric?.type).toBe("gauge");
    expect(metric?.points.map(({ attributes, value }) => [attributes["room"], value])).toEqual([
      ["a", -4],
      ["b", 0],
    ]);
  });
});

describe("bind", () => {
  test("records into the series of its attributes, with the same rules", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("c");
    const histogram = harness.meter.createHistogram("h", { boundaries: [1] });
    const attributes = { route: "/a" };
    const bound = counter.bind(attributes);
    attributes.route = "/changed";
    bound.add(2);
    bound.add(-1);
    counter.add(3, { route: "/a" });
    histogram.bind({ route: "/a" }).record(0.5);
    harness.meter.createUpDownCounter("u").bind({}).add(-1);
    harness.meter.createGauge("g").bind({}).record(-1);

    const metrics = await harness.collect();
    const point = (name: string) => metrics.find((metric) => metric.name === name)?.points[0];

    expect(point("c")).toMatchObject({ attributes: { route: "/a" }, value: 5 });
    expect(point("h")?.counts).toEqual([1, 0]);
    expect(point("u")?.value).toBe(-1);
    expect(point("g")?.value).toBe(-1);
  });

  test("a series that is bound and never recorded is not exported", async () => {
    const harness = new MetricHarness();
    harness.meter.createCounter("c").bind({ a: 1 });

    expect(await harness.collect()).toEqual([]);
  });

  test("an addition of 0 makes a point, and so does one that cancels itself", async () => {
    const harness = new MetricHarness();
    harness.meter.createCounter("zero").add(0);
    const both = harness.meter.createUpDownCounter("both");
    both.add(5);
    both.add(-5);

    expect(await harness.values("zero")).toEqual({ "{}": 0 });
    expect(await harness.values("both")).toEqual({ "{}": 0 });
  });

  test("a bound series survives the release of unused ones", async () => {
    const harness = new MetricHarness({ temporality: "delta", cardinalityLimit: 4 });
    const counter = harness.meter.createCounter("c");
    const bound = counter.bind({ user: "bound" });
    for (const user of [1, 2, 3]) counter.add(1, { user });
    await harness.collect();
    await harness.collect();

    bound.add(7);
    for (const user of [4, 5, 6]) counter.add(1, { user });

    expect(await harness.values("c")).toEqual({
      '{"user":"bound"}': 7,
      '{"user":4}': 1,
      '{"user":5}': 1,
      '{"user":6}': 1,
    });
  });
});
