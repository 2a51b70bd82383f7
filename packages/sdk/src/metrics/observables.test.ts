import type { ObservableResult } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";

import { MetricHarness } from "../testdata/metric-harness.ts";
import { observeAll } from "./observables.ts";

describe("observable instruments", () => {
  test("are asked once per collection (95)", async () => {
    const harness = new MetricHarness();
    let calls = 0;
    const callback = (result: ObservableResult): void => {
      calls++;
      result.observe(calls * 10, { a: 1 });
    };
    const gauge = harness.meter.createObservableGauge("g");
    gauge.addCallback(callback);
    gauge.addCallback(callback);

    expect(await harness.values("g")).toEqual({ '{"a":1}': 10 });
    expect(await harness.values("g")).toEqual({ '{"a":1}': 20 });
    expect(calls).toBe(2);

    gauge.removeCallback(callback);
    expect(await harness.collect()).toEqual([]);
  });

  test("a counter's totals are exported as totals, and as differences for delta", async () => {
    const harness = new MetricHarness({ others: ["delta"] });
    const [cumulative, delta] = harness.readers as [never, never];
    let total = 0;
    harness.meter.createObservableCounter("c").addCallback((result) => result.observe(total));
    const seen: unknown[] = [];
    for (total of [3, 5, 5]) {
      seen.push([
        (await harness.values("c", cumulative))["{}"],
        (await harness.values("c", delta))["{}"],
      ]);
    }

    expect(seen).toEqual([
      [3, 3],
      [5, 2],
      [5, 0],
    ]);
  });

  test("a series that is not observed any more is gone", async () => {
    const harness = new MetricHarness();
    let users = [1, 2];
    harness.meter.createObservableUpDownCounter("u").addCallback((result) => {
      for (const user of users) result.observe(1, { user });
    });
    expect(await harness.points("u")).toHaveLength(2);

    users = [2];

    expect(await harness.values("u")).toEqual({ '{"user":2}': 1 });
  });

  test("ever new attribute sets do not fill the table for good", async () => {
    const harness = new MetricHarness({ cardinalityLimit: 3 });
    let cycle = 0;
    harness.meter.createObservableGauge("g").addCallback((result) => {
      for (const user of [0, 1, 2]) result.observe(1, { user: cycle * 10 + user });
    });
    for (; cycle < 5; cycle++) {
      const points = await harness.points("g");
      const users = points.map(({ attributes }) => Number(attributes["user"]));
      expect(users.toSorted()).toEqual([cycle * 10, cycle * 10 + 1, cycle * 10 + 2]);
    }
  });

  test("what goes beyond the limit is added up, the first sets are kept", async () => {
    const harness = new MetricHarness({ cardinalityLimit: 2 });
    harness.meter.createObservableCounter("c").addCallback((result) => {
      for (const user of [1, 2, 3, 4]) result.observe(user, { user });
    });

    expect(await harness.values("c")).toEqual({
      '{"otel.metric.overflow":true}': 7,
      '{"user":1}': 1,
      '{"user":2}': 2,
    });
  });

  test("sets that a view makes equal are added up; of equal sets the last one stays", async () => {
    const harness = new MetricHarness({
      views: [{ instrumentName: "merged", attributeKeys: ["region"] }],
    });
    for (const name of ["merged", "plain"]) {
      harness.meter.createObservableCounter(name).addCallback((result) => {
        result.observe(1, { region: "eu", user: 1 });
        result.observe(2, { region: "eu", user: 2 });
        result.observe(3, { region: "eu", user: 2 });
      });
    }

    expect(await harness.values("merged")).toEqual({ '{"region":"eu"}': 6 });
    expect(await harness.values("plain")).toEqual({
      '{"region":"eu","user":1}': 1,
      '{"region":"eu","user":2}': 3,
    });
  });

  test("a callback that throws or rejects costs its own values only (95)", async () => {
    const harness = new MetricHarness();
    const gauge = harness.meter.createObservableGauge("g");
    gauge.addCallback(() => {
      throw new Error("broken");
    });
    gauge.addCallback(() => Promise.reject(new Error("broken too")));
    gauge.addCallback(async (result) => {
      await Promise.resolve();
      result.observe(7);
    });
    gauge.addCallback("no function" as never);

    expect(await harness.values("g")).toEqual({ "{}": 7 });
    expect(harness.said.join()).toContain("a callback is a function");
  });

  test("a slow callback does not hold up a collection, and what it says late is dropped (95)", async () => {
    const harness = new MetricHarness();
    let late: ObservableResult | undefined;
    const slow = harness.meter.createObservableGauge("slow");
    slow.addCallback(async (result) => {
      late = result;
      await new Promise(() => {});
    });
    const quick = harness.meter.createObservableGauge("quick");
    quick.addCallback((result) => result.observe(1));

    await observeAll(harness.readers[0]!, [slow, quick], [], 20);
    late?.observe(99);

    expect(harness.said.join()).toContain("no answer within 20 ms");
    quick.removeCallback(() => {});
    const values = await observedOnce(harness);
    expect(values).toEqual({ quick: 1 });
  });

  test("values that are not allowed are rejected", async () => {
    const harness = new MetricHarness();
    harness.meter.createObservableCounter("c").addCallback((result) => {
      result.observe(-1, { a: 1 });
      result.observe(Number.NaN, { a: 2 });
      result.observe("3" as never, { a: 3 });
      result.observe(4, { a: 4 });
    });

    expect(await harness.values("c")).toEqual({ '{"a":4}': 4 });
  });

  test("one callback observes several instruments, and only those it is for", async () => {
    const harness = new MetricHarness();
    const used = harness.meter.createObservableGauge("used");
    const free = harness.meter.createObservableGauge("free");
    const other = harness.meter.createObservableGauge("other");
    const callback = (result: {
      observe: (instrument: typeof used, value: number) => void;
    }): void => {
      result.observe(used, 1);
      result.observe(free, 2);
      result.observe(other, 3);
    };
    harness.meter.addBatchObservableCallback(callback, [used, free]);
    harness.meter.addBatchObservableCallback(callback, [free, used]);

    const names = (await harness.collect()).map(({ name }) => name);
    expect(names).toEqual(["used", "free"]);

    harness.meter.removeBatchObservableCallback(callback, [free, used]);
    expect(await harness.collect()).toEqual([]);
  });
});

/** The values of a collection in which the endless callback is not asked any more. */
async function observedOnce(harness: MetricHarness): Promise<Record<string, unknown>> {
  const slow = harness.meter.createObservableGauge("slow");
  for (const callback of slow.callbacks) slow.removeCallback(callback);
  const metrics = await harness.collect();
  return Object.fromEntries(metrics.map(({ name, points }) => [name, points[0]!.value]));
}
