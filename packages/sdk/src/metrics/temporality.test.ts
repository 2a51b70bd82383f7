import { describe, expect, test } from "vitest";

import { MetricHarness } from "../testdata/metric-harness.ts";

const MINUTE_MS = 60_000;

describe("temporality", () => {
  test("cumulative is exact over three collections, from the first measurement on (102)", async () => {
    const harness = new MetricHarness();
    const counter = harness.meter.createCounter("c");
    harness.nowMs += MINUTE_MS;
    const firstMs = harness.nowMs;
    const seen: unknown[] = [];
    for (const value of [1, 2, 3]) {
      counter.add(value);
      harness.nowMs += MINUTE_MS;
      const [point] = await harness.points("c");
      seen.push([point!.value, point!.startMs, point!.timeMs]);
    }

    expect(seen).toEqual([
      [1, firstMs, firstMs + MINUTE_MS],
      [3, firstMs, firstMs + 2 * MINUTE_MS],
      [6, firstMs, firstMs + 3 * MINUTE_MS],
    ]);
  });

  test("delta is exact over three collections, each beginning where the last ended (102)", async () => {
    const harness = new MetricHarness({ temporality: "delta" });
    const counter = harness.meter.createCounter("c");
    const startMs = harness.nowMs;
    const seen: unknown[] = [];
    for (const value of [1, 2, 3]) {
      counter.add(value);
      harness.nowMs += MINUTE_MS;
      const [metric] = await harness.collect();
      const point = metric!.points[0]!;
      seen.push([metric!.temporality, point.value, point.startMs, point.timeMs]);
    }

    expect(seen).toEqual([
      ["delta", 1, startMs, startMs + MINUTE_MS],
      ["delta", 2, startMs + MINUTE_MS, startMs + 2 * MINUTE_MS],
      ["delta", 3, startMs + 2 * MINUTE_MS, startMs + 3 * MINUTE_MS],
    ]);
  });

  test("a delta series without measurements is silent, a cumulative one repeats its total", async () => {
    const delta = new MetricHarness({ temporality: "delta" });
    const cumulative = new MetricHarness();
    for (const harness of [delta, cumulative]) {
      harness.meter.createCounter("c").add(1);
      await harness.collect();
    }

    expect(await delta.collect()).toEqual([]);
    expect(await cumulative.values("c")).toEqual({ "{}": 1 });
  });

  test("a delta reader does not disturb a cumulative one beside it (102)", async () => {
    const harness = new MetricHarness({ others: ["delta"] });
    const [cumulative, delta] = harness.readers as [never, never];
    const counter = harness.meter.createCounter("c");
    const seen: unknown[] = [];
    for (const value of [1, 2, 4]) {
      counter.add(value);
      seen.push([
        (await harness.values("c", delta))["{}"],
        (await harness.values("c", cumulative))["{}"],
      ]);
    }

    expect(seen).toEqual([
      [1, 1],
      [2, 3],
      [4, 7],
    ]);
  });

  test("histograms begin anew with each delta, min and max included", async () => {
    const harness = new MetricHarness({ temporality: "delta" });
    const histogram = harness.meter.createHistogram("h", { boundaries: [10] });
    histogram.record(100);
    await harness.collect();

    histogram.record(5);

    expect((await harness.points("h"))[0]).toMatchObject({
      count: 1,
      sum: 5,
      min: 5,
      max: 5,
      counts: [1, 0],
    });
  });

  test("the presets are those of the OTLP exporter's specification", async () => {
    const kinds = async (temporality: "cumulative" | "delta" | "lowmemory") => {
      const harness = new MetricHarness({ temporality });
      harness.meter.createCounter("counter").add(1);
      harness.meter.createUpDownCounter("upDownCounter").add(1);
      harness.meter.createHistogram("histogram").record(1);
      for (const kind of ["createObservableCounter", "createObservableUpDownCounter"] as const) {
        harness.meter[kind](kind).addCallback((result) => result.observe(1));
      }
      const metrics = await harness.collect();
      return metrics.filter((metric) => metric.temporality === "delta").map(({ name }) => name);
    };

    expect(await kinds("cumulative")).toEqual([]);
    expect(await kinds("delta")).toEqual(["counter", "histogram", "createObservableCounter"]);
    expect(await kinds("lowmemory")).toEqual(["counter", "histogram"]);
  });

  test("a delta reader makes room for new attribute sets, in each interval up to the limit", async () => {
    const harness = new MetricHarness({ temporality: "delta", cardinalityLimit: 100 });
    const counter = harness.meter.createCounter("c");
    for (let cycle = 0; cycle < 5; cycle++) {
      for (let user = 0; user < 100; user++) counter.add(1, { user: cycle * 1_000 + user });
      const points = await harness.points("c");
      expect(points).toHaveLength(100);
      expect(points[0]!.attributes).toEqual({ user: expect.any(Number) });
    }
  });
});
