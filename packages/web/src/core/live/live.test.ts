import { describe, expect, test } from "vitest";
import type {
  LiveOverview,
  LogRecord,
  ServiceSecond,
  TraceSummary,
} from "@telemetry/dashboard/contract";
import {
  HEALTH_INDICATORS,
  LogStore,
  OverviewStore,
  PausableView,
  TraceListStore,
  findIndicator,
  firstActivePlace,
  momentOf,
  movingAverage,
  totalOf,
} from "./live.ts";

const NOW_MS = 1_794_600_000_000;
const NOW = NOW_MS / 1_000;

const second = (
  at: number,
  spans: number,
  errors = 0,
  p95Ms: number | null = null,
): ServiceSecond => ({
  second: at,
  spans,
  errors,
  p50Ms: p95Ms === null ? null : p95Ms / 2,
  p95Ms,
  p99Ms: p95Ms,
});

function frame(
  services: Record<string, ServiceSecond[]>,
  rest: Partial<LiveOverview> = {},
): LiveOverview {
  return {
    services: Object.entries(services).map(([name, seconds]) => ({ name, seconds })),
    totals: { spans: 1, logs: 2, points: 3, errors: 0 },
    snapshot: false,
    health: [],
    ...rest,
  };
}

describe("OverviewStore", () => {
  test("keeps seconds per service; a second that comes again replaces the first", () => {
    const store = new OverviewStore();
    store.apply(frame({ b: [second(NOW - 2, 5, 1, 40)], a: [second(NOW - 1, 7)] }), NOW_MS);
    store.apply(frame({ b: [second(NOW - 2, 6, 2, 50)] }), NOW_MS);
    const [a, b] = store.series(NOW, 3);
    expect([a!.name, b!.name]).toEqual(["a", "b"]);
    expect([...a!.rate]).toEqual([0, 0, 7]);
    expect([...b!.rate]).toEqual([0, 6, 0]);
    expect([...b!.errors]).toEqual([0, 2, 0]);
    expect([...b!.p95Ms]).toEqual([Number.NaN, 50, Number.NaN]);
    expect(store.totals.points).toBe(3);
  });

  test("a snapshot replaces everything, and what is older than the window goes", () => {
    const store = new OverviewStore();
    expect(store.hasData).toBe(false);
    store.apply(frame({ old: [second(NOW - 2, 5)] }), NOW_MS);
    store.apply(
      frame({ kept: [second(NOW - 400, 9), second(NOW - 1, 1)] }, { snapshot: true }),
      NOW_MS,
    );
    expect(store.hasData).toBe(true);
    expect(store.series(NOW).map((one) => one.name)).toEqual(["kept"]);
    expect(totalOf(store.series(NOW, 500), "rate").reduce((a, b) => a + b, 0)).toBe(1);
  });

  test("services beyond the limit are counted", () => {
    const store = new OverviewStore();
    const many = Object.fromEntries(
      Array.from({ length: 203 }, (_, place) => [`s${place}`, [second(NOW - 1, 1)]]),
    );
    store.apply(frame(many), NOW_MS);
    expect(store.series(NOW)).toHaveLength(200);
    expect(store.droppedServiceCount).toBe(3);
  });

  test("health keeps the newest value and one point a second", () => {
    const store = new OverviewStore();
    const health = (cpu: number) => [
      { service: "api", instance: "1", values: { "process.cpu.utilization": cpu } },
    ];
    store.apply(frame({}, { health: health(0.1) }), NOW_MS);
    store.apply(frame({}, { health: health(0.2) }), NOW_MS + 400);
    store.apply(frame({}, { health: health(0.3) }), NOW_MS + 1_100);
    for (let at = 2; at < 200; at++)
      store.apply(
        frame({}, { health: [{ service: "aaa", instance: "2", values: { x: at } }] }),
        NOW_MS + at * 1_000,
      );
    const [first, api] = store.health();
    expect([first!.service, api!.service]).toEqual(["aaa", "api"]);
    expect(api!.values).toEqual({ "process.cpu.utilization": 0.3 });
    expect(api!.history["process.cpu.utilization"]).toEqual([0.2, 0.3]);
    expect(first!.history["x"]).toHaveLength(120);
  });

  test("an indicator is read from the first metric that is there", () => {
    const [cpu, memory] = HEALTH_INDICATORS;
    expect(findIndicator(memory!, { "v8js.memory.heap.used": 1, "process.memory.usage": 2 })).toBe(
      "process.memory.usage",
    );
    expect(findIndicator(cpu!, {})).toBeUndefined();
  });
});

describe("the numbers of the moment", () => {
  test("are over the newest seconds of all services", () => {
    const store = new OverviewStore();
    store.apply(
      frame({
        a: [second(NOW - 1, 10, 1, 20), second(NOW - 30, 99)],
        b: [second(NOW - 2, 10, 0, 80)],
      }),
      NOW_MS,
    );
    expect(momentOf(store.series(NOW), 10)).toEqual({
      rate: 2,
      errorRate: 0.05,
      slowest: { name: "b", p95Ms: 80 },
    });
  });

  test("are smoothed over what is known", () => {
    const values = Float64Array.of(0, 6, Number.NaN, Number.NaN, Number.NaN, 3);
    expect([...movingAverage(values, 2)]).toEqual([0, 3, 6, Number.NaN, Number.NaN, 3]);
  });

  test("begin with the first span of any service", () => {
    const store = new OverviewStore();
    store.apply(
      frame({ a: [second(NOW - 3, 1)], b: [second(NOW - 5, 2)], c: [second(NOW - 9, 0)] }),
      NOW_MS,
    );
    expect(firstActivePlace(store.series(NOW, 10))).toBe(5);
    expect(firstActivePlace([])).toBe(0);
  });

  test("of nothing are nothing", () => {
    expect(momentOf([], 10)).toEqual({ rate: 0, errorRate: 0, slowest: undefined });
    expect(totalOf([], "errors")).toHaveLength(0);
  });
});

function summary(
  traceId: string,
  startMs: number,
  durationMs: number,
  spanCount = 1,
): TraceSummary {
  return {
    traceId,
    rootName: "GET /",
    rootService: "api",
    services: ["api"],
    spanCount,
    errorCount: 0,
    startTimeUnixNano: `${startMs}000000`,
    durationNano: String(durationMs * 1e6),
  };
}

describe("TraceListStore", () => {
  test("joins pages of the store with live rows, the newest first", () => {
    const store = new TraceListStore();
    store.addStored([summary("a", 1_000, 5), summary("b", 2_000, 50)]);
    store.addLive({
      traces: [summary("c", 3_000, 1), summary("a", 1_000, 9, 4)],
      skipped: 2,
      snapshot: false,
    });
    expect(store.rows(0).map((row) => row.traceId)).toEqual(["c", "b", "a"]);
    expect(store.rows(0)[2]!.spanCount).toBe(4);
    expect(store.rows(1_500).map((row) => row.traceId)).toEqual(["c", "b"]);
    expect(store.skippedCount).toBe(2);
  });

  test("an older view from the store does not shrink a growing trace", () => {
    const store = new TraceListStore();
    store.addLive({ traces: [summary("a", 1_000, 9, 4)], skipped: 0, snapshot: false });
    store.addStored([summary("a", 1_000, 5, 2)]);
    expect(store.rows(0)[0]!.spanCount).toBe(4);
  });

  test("sorts by duration where that is asked for, and forgets on another question", () => {
    const store = new TraceListStore();
    store.clear("slowest");
    store.addStored([
      summary("fast", 2_000, 5),
      summary("slow", 1_000, 50),
      summary("also", 3_000, 50),
    ]);
    expect(store.rows(9_999).map((row) => row.traceId)).toEqual(["also", "slow", "fast"]);
    store.clear("newest");
    expect(store.rows(0)).toEqual([]);
  });

  test("rows beyond the limit go, and are counted", () => {
    const store = new TraceListStore({ rowsMax: 2 });
    store.addStored([summary("a", 1, 1), summary("b", 1, 1), summary("c", 3, 1)]);
    expect(store.rows(0).map((row) => row.traceId)).toEqual(["c", "a"]);
    expect(store.cutCount).toBe(1);
  });
});

describe("LogStore", () => {
  const log = (ms: number, body: string, severityNumber = 9): LogRecord => ({
    timeUnixNano: `${ms}000000`,
    severityNumber,
    severityText: "",
    body,
    service: "app",
    attributes: {},
    resource: {},
    scope: { name: "", attributes: {} },
  });

  test("a stored page brings no doubles, a live frame is always new, a snapshot is not", () => {
    const store = new LogStore();
    store.addLive({ logs: [log(1, "tick")], skipped: 1, snapshot: false });
    store.addStored([log(1, "tick"), log(2, "tock")]);
    store.addLive({ logs: [log(1, "tick")], skipped: 2, snapshot: false });
    store.addLive({ logs: [log(2, "tock")], skipped: 0, snapshot: true });
    expect(store.rows(0, 0).map((row) => row.body)).toEqual(["tock", "tick", "tick"]);
    expect(store.skippedCount).toBe(3);
  });

  test("shows what is in range and severe enough, up to its limit", () => {
    const store = new LogStore({ rowsMax: 3 });
    store.addStored([log(1, "cut"), log(2, "old"), log(3, "info"), log(4, "error", 17)]);
    expect(store.rows(3, 0).map((row) => row.body)).toEqual(["error", "info"]);
    expect(store.rows(0, 17).map((row) => row.body)).toEqual(["error"]);
    expect(store.rowsMax).toBe(3);
    store.clear();
    expect(store.rows(0, 0)).toEqual([]);
  });
});

describe("PausableView", () => {
  interface Row {
    readonly id: string;
    readonly spans: number;
  }
  const row = (id: string, spans = 1): Row => ({ id, spans });
  const open = (): PausableView<Row> => new PausableView((one) => one.id);

  test("holds still while rows go on coming and growing, and says how many are new", () => {
    const view = open();
    view.update([row("a")]);
    view.pause();
    view.pause();
    view.update([row("c"), row("b"), row("a", 9)]);
    expect([view.shown, view.newCount(), view.isPaused]).toEqual([[row("a")], 2, true]);
    view.resume();
    expect([view.shown, view.newCount(), view.isPaused]).toEqual([
      [row("c"), row("b"), row("a", 9)],
      0,
      false,
    ]);
  });

  test("lets in what the reader asks for while it is held", () => {
    const view = open();
    view.admit([row("nothing is held")]);
    view.update([row("b")]);
    view.pause();
    view.admit([row("a"), row("b", 7)]);
    view.update([row("c"), row("b"), row("a")]);
    expect(view.shown).toEqual([row("b"), row("a")]);
    expect(view.newCount()).toBe(1);
  });
});
