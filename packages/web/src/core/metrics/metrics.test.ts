import { describe, expect, test } from "vitest";
import type { MetricSeries } from "@telemetry/dashboard/contract";
import {
  aggregateLabel,
  aggregatesOf,
  alignSeries,
  binValues,
  completeBuckets,
  defaultAggregate,
  seriesLabel,
  summarise,
  unitOfAggregate,
} from "./metrics.ts";

describe("aggregates", () => {
  test.each([
    [{ type: "gauge" }, "avg"],
    [{ type: "sum", monotonic: true }, "rate"],
    [{ type: "sum" }, "sum"],
    [{ type: "histogram" }, "p95"],
    [{ type: "exponential_histogram" }, "p95"],
    [{ type: "summary" }, "avg"],
  ] as const)("of %j the first is %s", (metric, aggregate) => {
    expect(defaultAggregate(metric)).toBe(aggregate);
    expect(aggregateLabel(aggregate)).not.toBe("");
  });

  test("a gauge has no rate and no percentiles", () => {
    expect(aggregatesOf({ type: "gauge" })).not.toContain("rate");
    expect(aggregatesOf({ type: "gauge" })).not.toContain("p95");
  });

  test("a rate is per second, of values where the values are counted", () => {
    expect(unitOfAggregate({ type: "sum", unit: "By" }, "rate")).toBe("By/s");
    expect(unitOfAggregate({ type: "sum", unit: "{task}" }, "rate")).toBe("/s");
    expect(unitOfAggregate({ type: "histogram", unit: "s" }, "rate")).toBe("/s");
    expect(unitOfAggregate({ type: "histogram", unit: "s" }, "p95")).toBe("s");
    expect(unitOfAggregate({ type: "gauge", unit: "s" }, "count")).toBe("");
    expect(unitOfAggregate(undefined, "avg")).toBe("");
  });

  test("an unfinished bucket is left out of a rate only", () => {
    const range = { fromMs: 0, toMs: 12_345 };
    expect(completeBuckets(range, 5_000, "rate")).toEqual({ fromMs: 0, toMs: 10_000 });
    expect(completeBuckets(range, 60_000, "count")).toEqual({ fromMs: 0, toMs: 60_000 });
    expect(completeBuckets(range, 5_000, "p95")).toBe(range);
  });
});

describe("series", () => {
  const series: MetricSeries[] = [
    {
      attributes: { route: "/a" },
      points: [
        ["2000000000", 2],
        ["1000000000", 1],
      ],
    },
    {
      attributes: { route: "/b" },
      points: [
        ["3000000000", null],
        ["2000000000", 5],
      ],
    },
  ];

  test("stand on the union of their times", () => {
    expect(alignSeries(series)).toEqual({
      times: [1, 2, 3],
      values: [
        [1, 2, null],
        [null, 5, null],
      ],
    });
  });

  test("are summed up without their gaps", () => {
    expect(summarise([null, 1, 3, null])).toEqual({ last: 3, min: 1, avg: 2, max: 3 });
    expect(summarise([null]).last).toBeNaN();
  });

  test("are called by what they are grouped by", () => {
    expect(seriesLabel({})).toBe("all");
    expect(seriesLabel({ route: "/a" })).toBe("/a");
    expect(seriesLabel({ route: "/a", code: 200, zone: null })).toBe(
      "route=/a · code=200 · zone=(none)",
    );
    expect(seriesLabel({ route: "" })).toBe("(none)");
  });
});

describe("binValues", () => {
  test("counts every value once, the greatest in the last bin", () => {
    const bins = binValues([0, 1, 5, 10], 5);
    expect([...bins.counts]).toEqual([2, 0, 1, 0, 1]);
    expect([bins.from, bins.width, bins.countMax]).toEqual([0, 2, 2]);
  });

  test("of one value and of none", () => {
    expect([...binValues([7, 7], 3).counts]).toEqual([2, 0, 0]);
    expect(binValues([], 3).countMax).toBe(0);
  });
});
