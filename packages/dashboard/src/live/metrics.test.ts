import { describe, expect, test } from "vitest";
import { Station } from "../self/self.ts";
import { readServices } from "./batch-json.ts";
import { METRICS_MAX, MetricTable, SERIES_PER_METRIC_MAX } from "./metric-table.ts";
import { INSTANCES_MAX, RuntimeHealth } from "./runtime-health.ts";
import { attributesOf, metricsOf } from "./testdata/requests.ts";

const NOW_MS = 1_800_000_000_000;
const TIME = "1800000000000000000";

function openTable() {
  const station = new Station("live");
  const table = new MetricTable(station);
  const add = (service: string, metrics: object[]) => {
    const batch = metricsOf(service, metrics);
    table.add(batch, readServices(batch));
  };
  return { table, add, counters: () => station.status().counters };
}

function point(value: object, attributes: Record<string, string | number> = {}): object {
  return { timeUnixNano: TIME, attributes: attributesOf(attributes), ...value };
}

describe("MetricTable", () => {
  test("lists what arrives by name, kind, unit, services and attribute keys", () => {
    const { table, add } = openTable();
    const requests = (attributes: Record<string, string>) => ({
      name: "requests",
      unit: "{request}",
      description: "Requests",
      sum: { isMonotonic: true, dataPoints: [point({ asInt: "3" }, attributes)] },
    });
    add("shop", [
      requests({ route: "/" }),
      { name: "load", gauge: { dataPoints: [point({ asDouble: 1 })] } },
    ]);
    expect(table.newInfos()).toEqual([
      {
        name: "requests",
        type: "sum",
        unit: "{request}",
        description: "Requests",
        monotonic: true,
        services: ["shop"],
        attributeKeys: ["route"],
      },
      {
        name: "load",
        type: "gauge",
        unit: "",
        description: "",
        services: ["shop"],
        attributeKeys: [],
      },
    ]);
    table.endFrame();

    add("shop", [requests({ route: "/" })]);
    expect(table.newInfos()).toEqual([]);
    add("stock", [requests({ route: "/" })]);
    expect(table.newInfos()).toMatchObject([{ name: "requests", services: ["shop", "stock"] }]);
    expect(table.infos()).toHaveLength(2);
  });

  test("keeps the newest point of each series, whatever the order of its attributes", () => {
    const { table, add } = openTable();
    const load = (value: number, attributes: Record<string, string | number>) => ({
      name: "load",
      gauge: { dataPoints: [point({ asDouble: value }, attributes)] },
    });
    add("shop", [load(1, { a: "x", b: 2 }), load(5, { a: "x", b: 3 })]);
    add("shop", [load(2, { b: 2, a: "x" })]);
    add("stock", [load(9, { a: "x", b: 2 })]);

    const [metric] = table.changedPoints(new Set(["load", "other"]));
    expect(metric?.series).toEqual([
      { service: "shop", attributes: { a: "x", b: 2 }, point: [TIME, 2] },
      { service: "shop", attributes: { a: "x", b: 3 }, point: [TIME, 5] },
      { service: "stock", attributes: { a: "x", b: 2 }, point: [TIME, 9] },
    ]);
    expect(table.changedPoints(new Set(["other"]))).toEqual([]);
    table.endFrame();
    expect(table.changedPoints(new Set(["load"]))).toEqual([]);
    expect(table.points(new Set(["load"]))[0]?.series).toHaveLength(3);
  });

  test("values that differ only in their type or bytes are different series", () => {
    const { table, add } = openTable();
    const sets = [{ k: 1 }, { k: "1" }, { k: 1.5 }, { k: "" }, { l: 1 }, {}, { k: "l1" }];
    const dataPoints = sets.map((set) => point({ asInt: "1" }, set as Record<string, string>));
    add("shop", [{ name: "load", gauge: { dataPoints } }]);
    expect(table.points(new Set(["load"]))[0]?.series).toHaveLength(sets.length);
  });

  test("a histogram is the mean since the point before; cumulative or delta, and after a restart", () => {
    const { table, add } = openTable();
    const shown = () => table.points(new Set(["time"]))[0]?.series[0]?.point[1];
    const add_ = (aggregationTemporality: number, count: number, sum: number) =>
      add(aggregationTemporality === 1 ? "delta" : "cumulative", [
        {
          name: "time",
          histogram: { aggregationTemporality, dataPoints: [point({ count: String(count), sum })] },
        },
      ]);
    add_(2, 10, 50);
    expect(shown()).toBe(5);
    add_(2, 12, 80);
    expect(shown()).toBe(15);
    add_(2, 12, 80); // nothing new: the last mean stays
    expect(shown()).toBe(15);
    add_(2, 2, 4); // the process has started again
    expect(shown()).toBe(2);

    add_(1, 4, 8);
    add_(1, 2, 8);
    expect(table.points(new Set(["time"]))[0]?.series[1]?.point[1]).toBe(4);
  });

  test("a summary and an exponential histogram count too; a point without a value does not", () => {
    const { table, add } = openTable();
    add("shop", [
      { name: "a", summary: { dataPoints: [point({ count: "2", sum: 3 })] } },
      { name: "b", exponentialHistogram: { dataPoints: [point({ count: "2", sum: 5 })] } },
      { name: "c", gauge: { dataPoints: [point({ asDouble: 1, flags: 1 }), point({})] } },
      { name: "d", gauge: { dataPoints: [point({ asDouble: "NaN" })] } },
      { name: "e" },
    ]);
    const points = table.points(new Set(["a", "b", "c", "d", "e"]));
    expect(points.map(({ name, series }) => [name, series.map((one) => one.point[1])])).toEqual([
      ["a", [1.5]],
      ["b", [2.5]],
      ["d", []],
    ]);
    expect(table.infos().map(({ name, type }) => `${name} ${type}`)).toEqual([
      "a summary",
      "b exponential_histogram",
      "c gauge",
      "d gauge",
    ]);
  });

  test("series and metrics beyond their limits are counted", () => {
    const { table, add, counters } = openTable();
    const dataPoints = Array.from({ length: SERIES_PER_METRIC_MAX + 3 }, (_, at) =>
      point({ asInt: "1" }, { at }),
    );
    add("shop", [{ name: "many", gauge: { dataPoints } }]);
    expect(table.points(new Set(["many"]))[0]?.series).toHaveLength(SERIES_PER_METRIC_MAX);
    expect(counters()["points_of_dropped_series"]).toBe(3);

    const metrics = Array.from({ length: METRICS_MAX }, (_, at) => ({
      name: `metric ${at}`,
      gauge: { dataPoints: [point({ asInt: "1" })] },
    }));
    add("shop", metrics);
    expect(table.infos()).toHaveLength(METRICS_MAX);
    expect(counters()["metrics_dropped"]).toBe(1);
  });
});

describe("RuntimeHealth", () => {
  const gauge = (name: string, ...points: object[]) => ({ name, gauge: { dataPoints: points } });

  test("has the newest runtime metrics by service and instance, and nothing else", () => {
    const health = new RuntimeHealth(new Station("live"));
    const batch = metricsOf(
      "shop",
      [
        gauge("process.memory.usage", point({ asInt: "100" })),
        gauge("nodejs.eventloop.utilization", point({ asDouble: 0.5 })),
        gauge("http.server.active_requests", point({ asInt: "7" })),
      ],
      { "service.instance.id": "a-1" },
    );
    health.add(batch, NOW_MS);
    const expected = {
      service: "shop",
      instance: "a-1",
      values: { "process.memory.usage": 100, "nodejs.eventloop.utilization": 0.5 },
    };
    expect(health.takeChanged()).toEqual([expected]);
    expect(health.takeChanged()).toEqual([]);
    expect(health.snapshot(NOW_MS)).toEqual([expected]);
  });

  test("adds up what a metric is split by, without idle time", () => {
    const health = new RuntimeHealth(new Station("live"));
    const mode = (name: string, asDouble: number) => point({ asDouble }, { "cpu.mode": name });
    health.add(
      metricsOf(
        "shop",
        [
          gauge(
            "v8js.memory.heap.used",
            point({ asInt: "3" }, { space: "new" }),
            point({ asInt: "4" }, { space: "old" }),
          ),
          gauge(
            "system.cpu.utilization",
            mode("user", 0.25),
            mode("system", 0.25),
            mode("idle", 0.5),
          ),
        ],
        { "process.pid": 42 },
      ),
      NOW_MS,
    );
    expect(health.snapshot(NOW_MS)).toEqual([
      {
        service: "shop",
        instance: "42",
        values: { "v8js.memory.heap.used": 7, "system.cpu.utilization": 0.5 },
      },
    ]);
  });

  test("a process that fell silent is forgotten, and one beyond the limit is counted", () => {
    const station = new Station("live");
    const health = new RuntimeHealth(station);
    const report = (instance: number, atMs: number) =>
      health.add(
        metricsOf("shop", [gauge("process.uptime", point({ asInt: "1" }))], {
          "process.pid": instance,
        }),
        atMs,
      );
    for (let instance = 0; instance <= INSTANCES_MAX; instance++) report(instance, NOW_MS);
    expect(health.snapshot(NOW_MS)).toHaveLength(INSTANCES_MAX);
    expect(station.status().counters["health_instances_dropped"]).toBe(1);
    report(9_999, NOW_MS + 61_000);
    expect(health.snapshot(NOW_MS + 61_000)).toHaveLength(1);
  });
});
