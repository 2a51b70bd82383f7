import { describe, expect, test } from "vitest";

import { MetricHarness } from "../testdata/metric-harness.ts";
import { INSTRUMENTS_MAX, Meter } from "./meter.ts";

describe("Meter", () => {
  test("the same name, kind and unit is the same instrument, in any case (96, 97)", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("Orders", { unit: "1" });

    expect(harness.meter.createCounter("orders", { unit: "1" })).toBe(counter);
    counter.add(1);
    harness.meter.createCounter("ORDERS", { unit: "1" }).add(2);

    const metrics = await harness.collect();
    expect(metrics.map(({ name, points }) => [name, points[0]!.value])).toEqual([["Orders", 3]]);
    expect(harness.said).toEqual([]);
  });

  test("another kind or unit is said, both streams are kept, each of its own type (96)", async () => {
    const harness = new MetricHarness();
    harness.meter.createCounter("m").add(1);
    harness.meter.createGauge("m").record(2);
    harness.meter.createCounter("m", { unit: "s" }).add(3);

    const metrics = await harness.collect();

    expect(metrics.map(({ type, unit, points }) => [type, unit, points[0]!.value])).toEqual([
      ["sum", "", 1],
      ["gauge", "", 2],
      ["sum", "s", 3],
    ]);
    expect(harness.said).toEqual([
      'telemetry: Metric "m" is made twice, as counter and as gauge: both are exported; rename one, or change its name with a view',
      'telemetry: Metric "m" is made twice, as counter and as counter in s: both are exported; rename one, or change its name with a view',
    ]);
  });

  test.each(["", "1st", "a b", "ünit", "a".repeat(256), undefined, 7])(
    "an instrument named %j records nothing, and says so once (97)",
    async (name) => {
      const harness = new MetricHarness();
      harness.meter.createCounter(name as string).add(1);
      harness.meter.createCounter(name as string).add(1);

      expect(await harness.collect()).toEqual([]);
      expect(harness.said).toHaveLength(1);
      expect(harness.said[0]).toContain("Cannot create instrument");
    },
  );

  test.each(["a", "a".repeat(255), "http.server.request_duration-2/x"])(
    "%s is a name (97)",
    async (name) => {
      const harness = new MetricHarness();
      harness.meter.createCounter(name).add(1);

      expect(await harness.collect()).toHaveLength(1);
    },
  );

  test("an unusual unit is said and works", async () => {
    const harness = new MetricHarness();
    harness.meter.createCounter("c", { unit: "µ" }).add(1);

    expect((await harness.collect())[0]?.unit).toBe("µ");
    expect(harness.said[0]).toContain("at most 63 ASCII characters");
  });

  test("has a limit for instruments, beyond which they record nothing", async () => {
    const harness = new MetricHarness();
    for (let i = 0; i <= INSTRUMENTS_MAX + 5; i++) harness.meter.createCounter(`c${i}`).add(1);

    expect(await harness.collect()).toHaveLength(INSTRUMENTS_MAX);
    expect(harness.said).toHaveLength(1);
    expect(harness.said[0]).toContain("put what varies into attributes, not into names");
    expect(harness.diagnostics.counters()["metrics.too_many_instruments"]).toBe(6);
  });

  test("made before telemetry starts, its instruments come alive and its mistakes are said then", async () => {
    const meter = new Meter({ name: "early" });
    const counter = meter.createCounter("c");
    const bound = counter.bind({ a: 1 });
    meter.createCounter("bad name");
    counter.add(1);
    bound.add(1);
    const harness = new MetricHarness();

    harness.provider.adopt(meter);
    counter.add(10);
    bound.add(20);

    expect(await harness.values("c")).toEqual({ "{}": 10, '{"a":1}': 20 });
    expect(harness.said[0]).toContain('Cannot create instrument "bad name"');
  });

  test("after shutdown nothing is recorded, and a new provider begins at 0", async () => {
    const meter = new Meter({ name: "app" });
    const counter = meter.createCounter("c");
    meter.createObservableGauge("g").addCallback((result) => result.observe(1));
    const bound = counter.bind({});
    const first = new MetricHarness();
    first.provider.adopt(meter);
    bound.add(1);
    first.provider.shutdown();
    bound.add(1);

    const second = new MetricHarness();
    second.provider.adopt(meter);
    bound.add(5);

    expect(await second.values("c")).toEqual({ "{}": 5 });
    expect(await second.values("g")).toEqual({ "{}": 1 });
  });
});

describe("MeterProvider", () => {
  test("one meter per name, version, schema and attributes, all of which are exported", async () => {
    const harness = new MetricHarness();
    const { provider } = harness;
    const meter = provider.getMeter("lib", "1", { schemaUrl: "s", attributes: { a: 1 } });

    expect(provider.getMeter("lib", "1", { schemaUrl: "s", attributes: { a: 1 } })).toBe(meter);
    expect(provider.getMeter("lib", "2", { schemaUrl: "s", attributes: { a: 1 } })).not.toBe(meter);
    expect(provider.getMeter("lib", "1", { schemaUrl: "s", attributes: { a: 2 } })).not.toBe(meter);
    meter.createCounter("c").add(1);
    expect((await harness.collect())[0]?.scope).toBe("lib");
  });

  test("a meter without a name works", async () => {
    const harness = new MetricHarness();
    harness.provider.getMeter("").createCounter("c").add(1);
    harness.provider
      .getMeter(undefined as never)
      .createCounter("d")
      .add(1);

    expect(await harness.collect()).toHaveLength(2);
    expect(harness.said).toEqual([
      "telemetry: A meter has no name; give it the name of your library",
    ]);
  });

  test("has a limit for meters, and gives silent ones after shutdown", async () => {
    const harness = new MetricHarness();
    for (let i = 0; i < 1_005; i++) harness.provider.getMeter(`m${i}`).createCounter("c").add(1);

    expect(await harness.collect()).toHaveLength(999);
    expect(harness.said[0]).toContain("use one meter per library");

    harness.provider.shutdown();
    harness.provider.getMeter("late").createCounter("c").add(1);
  });
});
