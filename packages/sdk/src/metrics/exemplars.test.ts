import { ValueType } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";

import { MetricHarness, SAMPLED_SPAN } from "../testdata/metric-harness.ts";
import { ExemplarReservoir } from "./exemplars.ts";
import type { ExemplarFilter } from "./exemplars.ts";

const UNSAMPLED_SPAN = { ...SAMPLED_SPAN, traceFlags: 0 };

describe("exemplars", () => {
  test("a measurement in a sampled span keeps its ids, value and time (109)", async () => {
    const harness = new MetricHarness();
    harness.span = SAMPLED_SPAN;
    harness.meter.createCounter("c").add(3);
    harness.nowMs += 1_000;

    const [point] = await harness.points("c");

    expect(point?.exemplars).toEqual([
      {
        value: 3,
        timeMs: harness.nowMs - 1_000,
        traceId: SAMPLED_SPAN.traceId,
        spanId: SAMPLED_SPAN.spanId,
        attributes: {},
      },
    ]);
  });

  test.each<[ExemplarFilter, string, number]>([
    ["trace_based", "outside a span", 0],
    ["trace_based", "in an unsampled span", 0],
    ["trace_based", "in a sampled span", 1],
    ["always_on", "outside a span", 1],
    ["always_on", "in an unsampled span", 1],
    ["always_off", "in a sampled span", 0],
  ])("%s, %s: %d", async (exemplarFilter, where, count) => {
    const harness = new MetricHarness({ exemplarFilter });
    if (where !== "outside a span") {
      harness.span = where === "in a sampled span" ? SAMPLED_SPAN : UNSAMPLED_SPAN;
    }
    harness.meter.createCounter("c").add(1);

    const [point] = await harness.points("c");

    expect(point?.exemplars).toHaveLength(count);
    expect(point?.exemplars[0]?.traceId ?? SAMPLED_SPAN.traceId).toBe(
      where === "outside a span" && count === 1 ? "0".repeat(32) : SAMPLED_SPAN.traceId,
    );
  });

  test("a histogram has one per bucket, so the rare slow one keeps its trace", async () => {
    const harness = new MetricHarness();
    const histogram = harness.meter.createHistogram("h", { boundaries: [10, 100] });
    harness.span = SAMPLED_SPAN;
    for (let i = 0; i < 10_000; i++) histogram.record(1);
    harness.span = { ...SAMPLED_SPAN, spanId: "00000000000000aa" };
    histogram.record(5_000);

    const [point] = await harness.points("h");

    expect(point?.exemplars.map(({ value, spanId }) => [value, spanId])).toEqual([
      [1, SAMPLED_SPAN.spanId],
      [5_000, "00000000000000aa"],
    ]);
  });

  test("an exponential histogram has one per power of two", async () => {
    const harness = new MetricHarness();
    harness.span = SAMPLED_SPAN;
    const histogram = harness.meter.createHistogram("h", { exponential: true });
    for (const value of [1, 1.5, 3, 1_000]) histogram.record(value);

    const [point] = await harness.points("h");

    expect(point?.exemplars).toHaveLength(3);
  });

  test("attributes that a view drops stay on the exemplar", async () => {
    const harness = new MetricHarness({
      views: [{ instrumentName: "c", attributeKeys: ["route"] }],
    });
    harness.span = SAMPLED_SPAN;
    harness.meter.createCounter("c").add(1, { route: "/a", user: 7 });

    const [point] = await harness.points("c");

    expect(point?.attributes).toEqual({ route: "/a" });
    expect(point?.exemplars[0]?.attributes).toEqual({ user: 7 });
  });

  test("are gone after a collection, and integers stay integers", async () => {
    const harness = new MetricHarness({ exemplarFilter: "always_on" });
    harness.meter.createGauge("g", { valueType: ValueType.INT }).record(4);

    expect((await harness.points("g"))[0]?.exemplars).toHaveLength(1);
    expect((await harness.points("g"))[0]?.exemplars).toHaveLength(0);
  });
});

describe("ExemplarReservoir", () => {
  test("reads the current span for a bounded share of many measurements", () => {
    let reads = 0;
    const reservoir = openReservoir(() => {
      reads++;
      return undefined;
    });

    for (let i = 0; i < 1_000_000; i++) measure(reservoir, i);

    expect(reads).toBeGreaterThan(64);
    expect(reads).toBeLessThan(1_500);
  });

  test("every measurement of an interval has the same chance", () => {
    const measurements = 400;
    const rounds = 8_000;
    const keptPerQuarter = [0, 0, 0, 0];
    for (let round = 0; round < rounds; round++) {
      const reservoir = openReservoir(() => SAMPLED_SPAN);
      for (let i = 0; i < measurements; i++) measure(reservoir, i);
      const [kept] = reservoir.of(0);
      keptPerQuarter[Math.floor((kept!.value / measurements) * 4)]!++;
    }
    // Each quarter expects 2 000 with a deviation of 39: six deviations are no chance.
    for (const count of keptPerQuarter) expect(Math.abs(count - rounds / 4)).toBeLessThan(235);
  });

  test("looks at everything again after a quiet interval", () => {
    let reads = 0;
    const reservoir = openReservoir(() => {
      reads++;
      return undefined;
    });
    for (let i = 0; i < 10_000; i++) measure(reservoir, i);
    for (let i = 0; i < 20; i++) reservoir.beginInterval();
    reads = 0;

    for (let i = 0; i < 10; i++) measure(reservoir, i);

    expect(reads).toBe(10);
  });
});

function openReservoir(spanContext: () => typeof SAMPLED_SPAN | undefined): ExemplarReservoir {
  const source = { filter: "trace_based", now: () => 0, spanContext } as const;
  const reservoir = new ExemplarReservoir(source, 1, () => ({}));
  reservoir.grow(1);
  return reservoir;
}

function measure(reservoir: ExemplarReservoir, value: number): void {
  if (--reservoir.countdown[0]! === 0) reservoir.look(0, value, undefined, undefined);
}
