import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MetricAggregate, MetricQueryAnswer } from "../../contract/contract.ts";
import {
  attributesOf,
  encodeRequest,
  metricRequest,
  type Fields,
} from "../../store/testdata/requests.ts";
import { parseFilter } from "../filter/filter.ts";
import { openQuery, type Query, type SeriesQuestion } from "../query.ts";
import { openTestTables, type TestTables } from "../testdata/test-tables.ts";

const SECOND_NS = 1_000_000_000n;
/** A multiple of every step used here. */
const BASE_NS = 1_750_003_200n * SECOND_NS;
const at = (seconds: number) => String(BASE_NS + BigInt(Math.round(seconds * 1_000)) * 1_000_000n);
const RANGE = { fromNs: BASE_NS, toNs: BASE_NS + 300n * SECOND_NS };

/** The same numbers in every run: a linear congruential generator. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const processOf = (instance: string): Fields => ({
  attributes: attributesOf({ "service.name": "shop", "service.instance.id": instance }),
});

describe("querySeries", () => {
  let tables: TestTables;
  let query: Query;
  beforeAll(async () => {
    tables = await openTestTables();
    query = openQuery({ client: tables.client });
  }, 60_000);
  afterAll(() => tables.close());

  const insert = (metrics: readonly Fields[], resource = processOf("a")) =>
    tables.insert(
      "metrics",
      "protobuf",
      encodeRequest("metrics", metricRequest(metrics, resource)),
    );
  const ask = (name: string, options: Partial<SeriesQuestion> & { where?: string } = {}) => {
    const { where = "", ...rest } = options;
    return query.series({ name, groupBy: [], range: RANGE, filter: parseFilter(where), ...rest });
  };
  /** The value over the whole range, of the only series. */
  const valueOf = async (name: string, aggregate: MetricAggregate, where = "") => {
    const { series } = await ask(name, { aggregate, where, step: "300s" });
    expect(series).toHaveLength(1);
    expect(series[0]?.points).toHaveLength(1);
    return series[0]?.points[0]?.[1];
  };
  const totalOf = ({ series }: MetricQueryAnswer, index = 0) =>
    series[index]?.points.reduce((sum, [, value]) => sum + (value ?? 0), 0);

  describe("of a gauge", () => {
    const random = randomNumbers(1);
    const points = Array.from({ length: 400 }, (_, index) => ({
      seconds: index * 0.7,
      value: Math.round(random() * 1_000) / 8 - 20,
      room: ["kitchen", "hall"][Math.floor(random() * 2)] as string,
    }));
    const inRange = points.filter(({ seconds }) => seconds < 300);
    beforeAll(() =>
      insert([
        {
          name: "temperature",
          unit: "Cel",
          gauge: {
            dataPoints: points.map(({ seconds, value, room }) => ({
              timeUnixNano: at(seconds),
              asDouble: value,
              attributes: attributesOf({ room }),
            })),
          },
        },
      ]),
    );

    test("equals the sum by hand over 300 s", async () => {
      const values = inRange.map(({ value }) => value);
      const lastOf = (room: string) => inRange.findLast((point) => point.room === room)?.value ?? 0;

      expect(await valueOf("temperature", "count")).toBe(values.length);
      expect(await valueOf("temperature", "min")).toBe(Math.min(...values));
      expect(await valueOf("temperature", "max")).toBe(Math.max(...values));
      expect(await valueOf("temperature", "avg")).toBeCloseTo(
        values.reduce((sum, value) => sum + value, 0) / values.length,
        9,
      );
      expect(await valueOf("temperature", "last")).toBe(values.at(-1));
      expect(await valueOf("temperature", "sum")).toBeCloseTo(
        lastOf("kitchen") + lastOf("hall"),
        9,
      );
    });

    test("is split by a key, filtered, and cut into steps", async () => {
      const answer = await ask("temperature", { aggregate: "max", groupBy: ["room"], step: "30s" });

      expect(answer).toMatchObject({ stepSeconds: 30, type: "gauge", unit: "Cel" });
      expect(answer.series.map(({ attributes }) => attributes.room).toSorted()).toEqual([
        "hall",
        "kitchen",
      ]);
      for (const { attributes, points: found } of answer.series) {
        const expected = Array.from({ length: 10 }, (_, index) => [
          at(index * 30),
          Math.max(
            ...inRange
              .filter(
                ({ seconds, room }) =>
                  room === attributes.room && Math.floor(seconds / 30) === index,
              )
              .map(({ value }) => value),
          ),
        ]);
        expect(found).toEqual(expected);
      }
      const kitchen = inRange.filter(({ room }) => room === "kitchen").length;
      expect(await valueOf("temperature", "count", "room = kitchen")).toBe(kitchen);
    });

    test("groups by the service and by the resource, too", async () => {
      const answer = await ask("temperature", {
        aggregate: "count",
        groupBy: ["service", "resource.service.instance.id", "absent"],
        step: "300s",
      });

      expect(answer.series).toEqual([
        {
          attributes: { service: "shop", "resource.service.instance.id": "a" },
          points: [[at(0), 400]],
        },
      ]);
    });
  });

  test("a gap is one null", async () => {
    const dataPoints = [0, 10, 60].map((seconds) => ({
      timeUnixNano: at(seconds),
      asInt: seconds,
    }));
    await insert([{ name: "gappy", gauge: { dataPoints } }]);

    const { series } = await ask("gappy", { aggregate: "last", step: "10" });

    expect(series[0]?.points).toEqual([
      [at(0), 0],
      [at(10), 10],
      [at(20), null],
      [at(60), 60],
    ]);
  });

  test("a point that says it has no value counts for nothing", async () => {
    const dataPoints = [
      { timeUnixNano: at(1), asInt: 7 },
      { timeUnixNano: at(2), flags: 1 },
    ];
    await insert([{ name: "stale", gauge: { dataPoints } }]);

    expect(await valueOf("stale", "last")).toBe(7);
  });

  describe("of a cumulative counter", () => {
    const sumOf = (name: string, dataPoints: readonly Fields[], isMonotonic = true): Fields => ({
      name,
      sum: { aggregationTemporality: 2, isMonotonic, dataPoints },
    });

    test("its increase survives the restart of a process, and its sum is over all processes", async () => {
      // a: starts before the range, restarts at 100 s with a later start time.
      const a = [
        ...[-30, 0, 30, 60, 90].map((s) => ({ startTimeUnixNano: at(-1_000), timeUnixNano: at(s), asInt: 1_000 + s })),
        ...[110, 140, 170].map((s) => ({ startTimeUnixNano: at(100), timeUnixNano: at(s), asInt: s - 100 })),
      ]; // prettier-ignore
      // b: says no start time; only its value tells of the restart.
      const b = [0, 50, 100, 150].map((s, index) => ({ timeUnixNano: at(s), asInt: [500, 600, 30, 40][index] as number })); // prettier-ignore
      await insert([sumOf("requests", a)]);
      await insert([sumOf("requests", b)], processOf("b"));

      // a: 1 per second from -30 to 90, then 70 since the restart; b: 0, 100, 30, 10.
      expect(await valueOf("requests", "sum")).toBe(120 + 70 + 140);
      const byInstance = await ask("requests", {
        aggregate: "sum",
        groupBy: ["resource.service.instance.id"],
        step: "300s",
      });
      expect(byInstance.series.map(({ points }) => points[0]?.[1])).toEqual([190, 140]);
    });

    test("its rate does not depend on how step and interval lie to each other", async () => {
      const dataPoints = Array.from({ length: 13 }, (_, index) => ({
        startTimeUnixNano: at(-10_000),
        timeUnixNano: at(index * 30 - 60),
        asInt: index * 60,
      }));
      await insert([sumOf("steady", dataPoints)]);

      for (const step of ["10s", "30s", "45s", "100s", "300s"]) {
        const { series } = await ask("steady", { aggregate: "rate", step });
        for (const [, value] of series[0]?.points ?? []) if (value !== null) expect(value).toBe(2);
      }
    });

    test("the first point of a new attribute set of a known process is all new", async () => {
      const point = (seconds: number, code: string, value: number) => ({
        startTimeUnixNano: at(-5_000),
        timeUnixNano: at(seconds),
        asInt: value,
        attributes: attributesOf({ code }),
      });
      await insert([
        sumOf("responses", [
          point(10, "200", 400),
          point(40, "200", 410),
          point(40, "500", 3),
          point(70, "500", 5),
        ]),
      ]);

      const answer = await ask("responses", { aggregate: "sum", groupBy: ["code"], step: "300s" });

      expect(answer.series).toEqual([
        { attributes: { code: "200" }, points: [[at(0), 10]] },
        { attributes: { code: "500" }, points: [[at(0), 5]] },
      ]);
    });

    test("counts from its start when that is in what is read", async () => {
      const dataPoints = [{ startTimeUnixNano: at(5), timeUnixNano: at(15), asInt: 40 }];
      await insert([sumOf("fresh", dataPoints)]);

      expect(await valueOf("fresh", "sum")).toBe(40);
      expect(await valueOf("fresh", "rate")).toBe(4);
    });

    test("the values of an up-down counter are levels", async () => {
      const levels = [5, 9, 2].map((value, index) => ({
        timeUnixNano: at(index * 10),
        asInt: value,
      }));
      await insert([sumOf("queue", levels, false)]);
      await insert([sumOf("queue", [{ timeUnixNano: at(5), asInt: 4 }], false)], processOf("b"));

      expect(await valueOf("queue", "sum")).toBe(6);
      expect(await valueOf("queue", "last")).toBe(6);
      expect(await valueOf("queue", "max")).toBe(9);
      await expect(ask("queue", { aggregate: "rate" })).rejects.toThrow("its values are levels");
    });
  });

  test("delta points are their own increase", async () => {
    const dataPoints = [1, 2, 3, 4].map((value, index) => ({
      startTimeUnixNano: at(index * 10),
      timeUnixNano: at(index * 10 + 10),
      asInt: value,
    }));
    await insert([
      { name: "deltas", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } },
    ]);

    expect(totalOf(await ask("deltas", { aggregate: "sum", step: "10s" }))).toBe(10);
    const { series } = await ask("deltas", { aggregate: "rate", step: "20s" });
    expect(series[0]?.points).toEqual([
      [at(0), 0.05], // one point of 10 s in a bucket of 20 s: the rest of it was 0
      [at(20), 0.25],
      [at(40), 0.2],
    ]);
  });

  describe.each([
    ["delta", 1],
    ["cumulative", 2],
  ])("of a %s histogram", (name, aggregationTemporality) => {
    const bounds = [5, 10, 25, 50, 75, 100];
    const random = randomNumbers(2);
    const values = Array.from({ length: 1_000 }, () => random() * 120);
    beforeAll(() => {
      const counts = bounds.map(() => 0).concat(0);
      let sum = 0;
      const dataPoints = [0, 1, 2, 3, 4].map((index) => {
        const recorded = values.slice(index * 200, index * 200 + 200);
        if (name === "delta") counts.fill(0);
        if (name === "delta") sum = 0;
        for (const value of recorded) {
          const bucket = bounds.findIndex((bound) => value <= bound);
          counts[bucket === -1 ? bounds.length : bucket]! += 1;
          sum += value;
        }
        const seen = name === "delta" ? recorded : values.slice(0, index * 200 + 200);
        return {
          startTimeUnixNano: at(name === "delta" ? index * 50 : 0),
          timeUnixNano: at(index * 50 + 50),
          count: seen.length,
          sum,
          min: Math.min(...seen),
          max: Math.max(...seen),
          bucketCounts: [...counts],
          explicitBounds: bounds,
        };
      });
      return insert([
        { name: `latency.${name}`, unit: "ms", histogram: { aggregationTemporality, dataPoints } },
      ]);
    });

    test("count, sum, mean and extremes are those of the values", async () => {
      const metric = `latency.${name}`;
      const sum = values.reduce((total, value) => total + value, 0);

      expect(await valueOf(metric, "count")).toBe(1_000);
      expect(await valueOf(metric, "sum")).toBeCloseTo(sum, 6);
      expect(await valueOf(metric, "avg")).toBeCloseTo(sum / 1_000, 9);
      expect(await valueOf(metric, "min")).toBe(Math.min(...values));
      expect(await valueOf(metric, "max")).toBe(Math.max(...values));
      expect(await valueOf(metric, "rate")).toBeCloseTo(name === "delta" ? 1_000 / 300 : 4, 9);
      expect(totalOf(await ask(metric, { aggregate: "count", step: "10s" }))).toBe(1_000);
    });

    test("percentiles are as near as the buckets let them be", async () => {
      const sorted = values.toSorted((a, b) => a - b);
      for (const [aggregate, share] of [
        ["p50", 0.5],
        ["p90", 0.9],
        ["p95", 0.95],
        ["p99", 0.99],
      ] as const) {
        // prettier-ignore
        const exact = sorted[Math.ceil(share * 1_000) - 1] as number;
        expect(Math.abs(((await valueOf(`latency.${name}`, aggregate)) ?? 0) - exact)).toBeLessThan(
          3,
        );
      }
    });
  });

  describe("of an exponential histogram", () => {
    /** As OpenTelemetry's SDKs do it: 160 buckets at most, so the scale depends on the spread. */
    function pointOf(values: readonly number[], scale: number): Fields {
      const indexOf = (value: number) => Math.ceil(Math.log2(value) * 2 ** scale) - 1;
      const indexes = values.filter((value) => value > 0).map(indexOf);
      const offset = Math.min(...indexes);
      const bucketCounts = Array.from({ length: Math.max(...indexes) - offset + 1 }, () => 0);
      for (const index of indexes) bucketCounts[index - offset]! += 1;
      return {
        count: values.length,
        sum: values.reduce((sum, value) => sum + value, 0),
        scale,
        zeroCount: values.filter((value) => value === 0).length,
        positive: { offset, bucketCounts },
      };
    }
    const random = randomNumbers(3);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const values = Array.from({ length: 5_000 }, () => Math.exp(normal() * 0.8 + 3));
    const sorted = values.toSorted((a, b) => a - b);
    const exact = (share: number) => sorted[Math.ceil(share * 5_000) - 1] as number;

    test.each([
      ["delta", [values.slice(0, 2_000), values.slice(2_000)], [5, 3], 1],
      ["cumulative", [values.slice(0, 2_000), values], [5, 4], 2],
    ] as const)(
      "%s: p50 to p99 are within 5 %%, over points of two scales",
      async (name, parts, scales, aggregationTemporality) => {
        const dataPoints = parts.map((part, index) => ({
          ...pointOf(part, scales[index] as number),
          startTimeUnixNano: at(0),
          timeUnixNano: at(index * 60 + 60),
        }));
        await insert([
          { name: `size.${name}`, exponentialHistogram: { aggregationTemporality, dataPoints } },
        ]);

        for (const [aggregate, share] of [
          ["p50", 0.5],
          ["p90", 0.9],
          ["p95", 0.95],
          ["p99", 0.99],
        ] as const) {
          // prettier-ignore
          const found = (await valueOf(`size.${name}`, aggregate)) ?? 0;
          expect(Math.abs(found / exact(share) - 1)).toBeLessThan(0.05);
        }
        expect(await valueOf(`size.${name}`, "count")).toBe(5_000);
      },
    );

    test("zeros and negative values have their place", async () => {
      const dataPoints = [
        {
          startTimeUnixNano: at(0),
          timeUnixNano: at(10),
          count: 10,
          scale: 0,
          zeroCount: 4,
          positive: { offset: 2, bucketCounts: [3] },
          negative: { offset: 1, bucketCounts: [3] },
        },
      ];
      await insert([
        { name: "balance", exponentialHistogram: { aggregationTemporality: 1, dataPoints } },
      ]);

      expect(await valueOf("balance", "p50")).toBe(0);
      const high = (await valueOf("balance", "p99")) ?? 0;
      expect(high).toBeGreaterThan(4);
      expect(high).toBeLessThanOrEqual(8);
    });
  });

  test("a summary has the quantiles that were sent, and no others", async () => {
    const point = (seconds: number, count: number, p50: number) => ({
      startTimeUnixNano: at(-100),
      timeUnixNano: at(seconds),
      count,
      sum: count * 2,
      quantileValues: [
        { quantile: 0, value: 1 },
        { quantile: 0.5, value: p50 },
        { quantile: 1, value: 9 },
      ],
    });
    await insert([
      { name: "old.style", summary: { dataPoints: [point(10, 100, 3), point(40, 150, 4)] } },
    ]);

    expect(await valueOf("old.style", "p50")).toBe(4);
    expect(await valueOf("old.style", "count")).toBe(150);
    expect(await valueOf("old.style", "avg")).toBe(2);
    expect(await valueOf("old.style", "max")).toBe(9);
    expect((await ask("old.style", { aggregate: "p99" })).series).toEqual([]);
  });

  test("exemplars come with the series they belong to", async () => {
    const exemplar = (seconds: number, value: number, traceByte: number) => ({
      timeUnixNano: at(seconds),
      asDouble: value,
      traceId: new Uint8Array(16).fill(traceByte),
      spanId: new Uint8Array(8).fill(traceByte),
    });
    const dataPoints = ["x", "y"].map((route, index) => ({
      timeUnixNano: at(60),
      asInt: 1,
      attributes: attributesOf({ route }),
      exemplars: [exemplar(20 + index, 1.5, 0x11 + index), { timeUnixNano: at(30), asInt: 1 }],
    }));
    await insert([
      { name: "hits", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } },
    ]);

    const { series } = await ask("hits", { aggregate: "sum", groupBy: ["route"], step: "300s" });

    expect(series.find(({ attributes }) => attributes.route === "y")?.exemplars).toEqual([
      { timeUnixNano: at(21), value: 1.5, traceId: "12".repeat(16), spanId: "12".repeat(8) },
    ]);
  });

  test("a name of two kinds is answered for the newer one, or for the one asked for", async () => {
    await insert([{ name: "two", gauge: { dataPoints: [{ timeUnixNano: at(1), asInt: 5 }] } }]);
    await insert([{ name: "two", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ timeUnixNano: at(2), asInt: 6 }] } }]); // prettier-ignore

    expect(await ask("two", { aggregate: "sum" })).toMatchObject({ type: "sum" });
    expect(await ask("two", { aggregate: "last", type: "gauge" })).toMatchObject({ type: "gauge" });
    expect(await ask("two", { aggregate: "last", type: "summary" })).toMatchObject({ series: [] });
  });

  test("keeps the largest hundred series and says how many it left out", async () => {
    const dataPoints = Array.from({ length: 130 }, (_, index) => ({
      timeUnixNano: at(1),
      asInt: index,
      attributes: attributesOf({ user: `u${index}` }),
    }));
    await insert([{ name: "many", gauge: { dataPoints } }]);

    const answer = await ask("many", { aggregate: "last", groupBy: ["user"] });

    expect(answer.series).toHaveLength(100);
    expect(answer.series[0]?.attributes).toEqual({ user: "u129" });
    expect(answer.droppedSeriesCount).toBe(30);
  });

  test("what is not known has no series", async () => {
    expect(await ask("nobody.sends.this")).toEqual({ series: [], stepSeconds: 5 });
  });

  test.each([
    [{ aggregate: "p95" }, "percentiles need a histogram"],
    [{ aggregate: "rate" }, "its values are levels"],
    [{ step: "1ms" }, 'Cannot use step "1ms"'],
    [{ step: "soon" }, 'Cannot use step "soon"'],
    [{ step: "100ms", range: { fromNs: 0n, toNs: BASE_NS } }, "more than 11000 points"],
    [{ groupBy: Array.from({ length: 9 }, () => "a") }, "Cannot group by 9 keys"],
  ] as [Partial<SeriesQuestion>, string][])("refuses %#", async (options, message) => {
    await insert([{ name: "refused", gauge: { dataPoints: [{ timeUnixNano: at(1), asInt: 5 }] } }]);

    await expect(ask("refused", options)).rejects.toThrow(message);
  });
});
