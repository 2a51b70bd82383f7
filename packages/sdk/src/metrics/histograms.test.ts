// Both histogram aggregations, from `record` to what a receiver reads.

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MetricHarness } from "../testdata/metric-harness.ts";
import type { ReadPoint } from "../testdata/read-metrics.ts";
import { bucketIndex, exponentOf } from "./exponential-scale.ts";
import { DEFAULT_BOUNDARIES, SECONDS_BOUNDARIES } from "./histogram-store.ts";

async function record(
  values: readonly number[],
  options: { boundaries?: readonly number[]; exponential?: boolean } = {},
): Promise<ReadPoint> {
  const harness = new MetricHarness();
  const histogram = harness.meter.createHistogram("h", options);
  for (const value of values) histogram.record(value);
  const [point] = await harness.points("h");
  return point!;
}

describe("explicit buckets", () => {
  test("count, sum, min and max, a bound belongs to the lower bucket (92)", async () => {
    const point = await record([0.05, 0.3, 0.8, 0.1], { boundaries: [0.1, 0.5, 1] });

    expect(point).toMatchObject({
      counts: [2, 1, 1, 0],
      bounds: [0.1, 0.5, 1],
      sum: 1.25,
      count: 4,
      min: 0.05,
      max: 0.8,
    });
  });

  test("negative and NaN values are rejected (92)", async () => {
    const point = await record([-1, Number.NaN, 2], { boundaries: [1] });

    expect(point).toMatchObject({ counts: [0, 1], count: 1, sum: 2, min: 2 });
  });

  test("the default boundaries are the specification's (93)", async () => {
    const point = await record([1]);

    expect(point.bounds).toEqual([
      0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
    ]);
    expect(point.bounds).toEqual(DEFAULT_BOUNDARIES);
    expect(SECONDS_BOUNDARIES[0]).toBe(0.005);
    expect(SECONDS_BOUNDARIES.at(-1)).toBe(10);
  });

  test("wrong boundaries are said, and the default ones used (93)", async () => {
    const harness = new MetricHarness();
    harness.meter.createHistogram("h", { boundaries: [1, 1] }).record(1);

    const [point] = await harness.points("h");

    expect(point?.bounds).toEqual(DEFAULT_BOUNDARIES);
    expect(harness.said[0]).toContain("boundary 1 (1) is not above the one before it (1)");
  });

  test("without boundaries there is one bucket", async () => {
    expect(await record([3, 4], { boundaries: [] })).toMatchObject({ counts: [2], bounds: [] });
  });

  test("walking and halving find the bucket that the definition names", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 60 }),
        fc.array(fc.integer({ min: 0, max: 210 }), { minLength: 1, maxLength: 40 }),
        async (unsorted, values) => {
          const boundaries = unsorted.toSorted((left, right) => left - right);
          const expected = [...boundaries, Infinity].map((bound, index) => {
            const above = boundaries[index - 1] ?? -Infinity;
            return values.filter((value) => value > above && value <= bound).length;
          });
          expect((await record(values, { boundaries })).counts).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("min and max can be left out by a view", async () => {
    const harness = new MetricHarness({
      views: [{ instrumentName: "h", aggregation: { type: "histogram", recordMinMax: false } }],
    });
    harness.meter.createHistogram("h").record(1);

    expect((await harness.points("h"))[0]).toMatchObject({ min: undefined, max: undefined });
  });
});

describe("exponential buckets", () => {
  test("p99 of a log-normal sample is within 5 % (94)", async () => {
    const values = logNormal(20_000);
    const point = await record(values, { exponential: true });

    const exact = values.toSorted((left, right) => left - right)[Math.ceil(0.99 * 20_000) - 1]!;
    expect(Math.abs(quantile(point, 0.99) - exact) / exact).toBeLessThan(0.05);
    expect(point.count).toBe(20_000);
    expect(point.counts!.length).toBeLessThanOrEqual(160);
    expect(point.min).toBe(Math.min(...values));
  });

  test("one value keeps the finest scale", async () => {
    const point = await record([3, 3], { exponential: true });

    expect(point).toMatchObject({ scale: 20, counts: [2], count: 2, sum: 6 });
    expect(lowerBound(point, 0)).toBeLessThan(3);
    expect(lowerBound(point, 1)).toBeGreaterThanOrEqual(3);
  });

  test("zero has a count of its own", async () => {
    expect(await record([0, 0, 1], { exponential: true })).toMatchObject({
      zeroCount: 2,
      count: 3,
      counts: [1],
    });
    expect(await record([0], { exponential: true })).toMatchObject({ counts: [], offset: 0 });
  });

  test("the whole range of doubles fits into maxSize buckets", async () => {
    const point = await record([Number.MIN_VALUE, 1e-300, 1, 1e300, Number.MAX_VALUE], {
      exponential: true,
    });

    expect(point.counts!.length).toBeLessThanOrEqual(160);
    expect(point.counts!.reduce((sum, count) => sum + count, 0)).toBe(5);
  });

  test("every value lies within its bucket, in whatever order it comes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 80 }),
        async (values) => {
          const point = await record(values, { exponential: true });
          const expected = point.counts!.map((_, index) => {
            const [low, high] = [lowerBound(point, index), lowerBound(point, index + 1)];
            // A bound is a power that a double cannot always hold: a value beside it may be on either side.
            const slack = 1e-9;
            return values.filter(
              (value) => value > low * (1 + slack) && value <= high * (1 - slack),
            ).length;
          });
          for (const [index, count] of expected.entries()) {
            expect(point.counts![index]).toBeGreaterThanOrEqual(count);
          }
          expect(point.counts!.reduce((sum, count) => sum + count, 0)).toBe(values.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("is the default of a reader that asks for it, except with boundaries", async () => {
    const harness = new MetricHarness({ histogram: "base2_exponential_bucket_histogram" });
    harness.meter.createHistogram("fits").record(1);
    harness.meter.createHistogram("fixed", { boundaries: [1] }).record(1);

    const types = (await harness.collect()).map(({ name, type }) => [name, type]);

    expect(types).toEqual([
      ["fits", "exponentialHistogram"],
      ["fixed", "histogram"],
    ]);
  });

  test("delta begins anew at the finest scale", async () => {
    const harness = new MetricHarness({ temporality: "delta" });
    const histogram = harness.meter.createHistogram("h", { exponential: true });
    histogram.record(1);
    histogram.record(1e6);
    expect((await harness.points("h"))[0]!.scale).toBeLessThan(20);

    histogram.record(5);

    expect((await harness.points("h"))[0]).toMatchObject({ scale: 20, count: 1, sum: 5 });
  });
});

describe("bucketIndex", () => {
  test("powers of two are upper bounds at every scale", () => {
    for (let scale = -10; scale <= 20; scale++) {
      for (const exponent of [-1_022, -3, -1, 0, 1, 2, 10, 1_023]) {
        const expected = Math.ceil(exponent * 2 ** scale) - 1;
        expect(bucketIndex(2 ** exponent, scale)).toBe(expected);
        expect(bucketIndex(1.5 * 2 ** exponent, scale)).toBeGreaterThanOrEqual(expected);
      }
    }
  });

  test("the exponent of a double is read from its bits", () => {
    expect([1, 1.99, 2, 0.5, 0.75, 1e-320, 0].map(exponentOf)).toEqual([
      0, 0, 1, -1, -1, -1_022, -1_022,
    ]);
  });
});

function lowerBound({ scale, offset }: ReadPoint, index: number): number {
  return 2 ** ((offset! + index) * 2 ** -scale!);
}

/** The middle of the bucket that holds the quantile. */
function quantile(point: ReadPoint, share: number): number {
  let rest = Math.ceil(share * point.count!);
  const index = point.counts!.findIndex((count) => (rest -= count) <= 0);
  return (lowerBound(point, index) + lowerBound(point, index + 1)) / 2;
}

/** Box-Muller over a fixed sequence. */
function logNormal(count: number): number[] {
  let state = 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return Array.from({ length: count }, () =>
    Math.exp(3 + 0.8 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
  );
}
