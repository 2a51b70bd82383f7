import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MetricHarness } from "../testdata/metric-harness.ts";
import { checkView, matchesPattern } from "./views.ts";
import type { Aggregation, MetricView } from "./views.ts";

describe("views (101)", () => {
  test("rename, describe, keep only listed attributes, drop others", async () => {
    const harness = new MetricHarness({
      views: [
        { instrumentName: "a", name: "renamed", description: "new" },
        { instrumentName: "b", attributeKeys: ["route"] },
        { instrumentName: "c", excludedAttributeKeys: ["user"] },
        { instrumentName: "noisy*", aggregation: "drop" },
      ],
    });
    const attributes = { route: "/", user: 1, region: "eu" };
    for (const name of ["a", "b", "c", "noisy.one"]) {
      harness.meter.createCounter(name, { description: "old" }).add(1, attributes);
    }

    const metrics = await harness.collect();

    expect(
      metrics.map(({ name, description, points }) => [name, description, points[0]!.attributes]),
    ).toEqual([
      ["renamed", "new", attributes],
      ["b", "old", { route: "/" }],
      ["c", "old", { route: "/", region: "eu" }],
    ]);
  });

  test("series that become equal are merged", async () => {
    const harness = new MetricHarness({
      views: [{ instrumentName: "c", attributeKeys: ["route"] }],
    });
    const counter = harness.meter.createCounter("c");
    for (let user = 0; user < 5_000; user++)
      counter.add(1, { user, route: user % 2 ? "/a" : "/b" });

    expect(await harness.values("c")).toEqual({ '{"route":"/b"}': 2_500, '{"route":"/a"}': 2_500 });
  });

  test("change the aggregation and its boundaries", async () => {
    const harness = new MetricHarness({
      views: [
        { instrumentName: "h", aggregation: { type: "histogram", boundaries: [1, 2] } },
        { instrumentName: "e", aggregation: { type: "exponentialHistogram", maxSize: 4 } },
        { instrumentName: "s", aggregation: "sum" },
        { instrumentName: "l", aggregation: "lastValue" },
      ],
    });
    for (const name of ["h", "e", "s", "l"]) {
      const histogram = harness.meter.createHistogram(name, { boundaries: [50] });
      histogram.record(100);
      histogram.record(1.5);
    }

    const [h, e, s, l] = await harness.collect();

    expect(h!.points[0]).toMatchObject({ bounds: [1, 2], counts: [0, 1, 1] });
    expect(e!.points[0]!.counts!.length).toBeLessThanOrEqual(4);
    expect([s!.type, s!.isMonotonic, s!.points[0]!.value]).toEqual(["sum", true, 101.5]);
    expect([l!.type, l!.points[0]!.value]).toEqual(["gauge", 1.5]);
  });

  test("each matching view makes a stream; a limit of a view is its own", async () => {
    const harness = new MetricHarness({
      views: [
        { instrumentName: "c" },
        { instrumentName: "c", name: "c.small", cardinalityLimit: 1 },
      ],
    });
    const counter = harness.meter.createCounter("c");
    for (const user of [1, 2, 3]) counter.add(1, { user });

    expect(await harness.points("c")).toHaveLength(3);
    expect(await harness.values("c.small")).toEqual({
      '{"otel.metric.overflow":true}': 6 / 3,
      '{"user":1}': 1,
    });
  });

  test("select by kind, unit and scope, all of which have to match", async () => {
    const harness = new MetricHarness({
      views: [
        { instrumentKind: "counter", aggregation: "drop" },
        { instrumentUnit: "By", aggregation: "drop" },
        { meterName: "lib?", meterVersion: "1.*", meterSchemaUrl: "u", aggregation: "drop" },
      ],
    });
    harness.meter.createCounter("counter").add(1);
    harness.meter.createGauge("bytes", { unit: "By" }).record(1);
    harness.meter.createGauge("kept").record(1);
    const library = harness.provider.getMeter("lib1", "1.2", { schemaUrl: "u" });
    library.createGauge("dropped").record(1);
    harness.provider.getMeter("lib1", "2.0").createGauge("kept too").record(1);
    harness.provider.getMeter("lib1", "2.0", { schemaUrl: "u" }).createGauge("kept3").record(1);

    expect((await harness.collect()).map(({ name }) => name)).toEqual(["kept", "kept3"]);
  });

  test("an aggregation that the instrument cannot have is said and ignored", async () => {
    const histogram: Aggregation = { type: "histogram" };
    const harness = new MetricHarness({
      views: [
        { instrumentName: "observed", aggregation: histogram },
        { instrumentName: "upDown", aggregation: histogram },
        { instrumentName: "gauge", aggregation: "sum" },
      ],
    });
    harness.meter.createObservableGauge("observed").addCallback((result) => result.observe(1));
    harness.meter.createUpDownCounter("upDown").add(-1);
    harness.meter.createGauge("gauge").record(1);

    const metrics = await harness.collect();

    expect(metrics.map(({ type }) => type)).toEqual(["gauge", "sum", "gauge"]);
    expect(harness.said.filter((line) => line.includes("is ignored there"))).toHaveLength(3);
  });

  test("advised attributes are kept unless a view says otherwise", async () => {
    const harness = new MetricHarness({
      views: [{ instrumentName: "b", attributeKeys: ["user"] }],
    });
    for (const name of ["a", "b"]) {
      const counter = harness.meter.createCounter(name, { attributeKeys: ["route"] });
      counter.add(1, { route: "/", user: 1 });
    }

    expect(await harness.values("a")).toEqual({ '{"route":"/"}': 1 });
    expect(await harness.values("b")).toEqual({ '{"user":1}': 1 });
  });
});

describe("checkView", () => {
  test.each<[MetricView, string]>([
    [{}, "it selects nothing"],
    [{ instrumentName: "a*", name: "b" }, "must select exactly one instrument"],
    [{ instrumentName: "a", name: "1b" }, "a name starts with a letter"],
    [{ instrumentName: "a", cardinalityLimit: 0 }, "cardinalityLimit must be 1 or more"],
    [{ instrumentName: "a", aggregation: "avg" as never }, 'there is no aggregation "avg"'],
    [
      { instrumentName: "a", aggregation: { type: "histogram", boundaries: [2, 1] } },
      "boundary 1 (1) is not above",
    ],
    [
      { instrumentName: "a", aggregation: { type: "exponentialHistogram", maxSize: 1 } },
      "maxSize must be 2 to 1024",
    ],
    [
      { instrumentName: "a", aggregation: { type: "exponentialHistogram", maxScale: 21 } },
      "maxScale must be -10 to 20",
    ],
  ])("%j is refused", (view, reason) => {
    expect(() => checkView(view)).toThrow(reason);
  });

  test("a view that can be used passes", () => {
    expect(() => checkView({ instrumentName: "*", aggregation: "drop" })).not.toThrow();
  });
});

describe("matchesPattern", () => {
  test("means the same as the regular expression", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (wild, name) => {
        const source = wild.replaceAll(".", "\\.").replaceAll(/\*+/g, ".*").replaceAll("?", ".");
        expect(matchesPattern(wild, name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 500 },
    );
  });
});
