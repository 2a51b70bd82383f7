// ACCEPTANCE 116 (new data on open pages), 118 (runtime health), 125 (reconnect, slow pages), 142 (display).

import { transferablesOf } from "@telemetry/otlp";
import { afterEach, describe, expect, test } from "vitest";
import type { LogRecord, PipelineStatus, TraceSummary, View } from "../contract/contract.ts";
import { compilePredicate, parseFilter } from "../query/filter/filter.ts";
import {
  openLive,
  SubscriptionError,
  type Live,
  type LiveFilter,
  type LiveOptions,
} from "./live.ts";
import { openPage, TestPage } from "./testdata/page.ts";
import { attributesOf, batchOf, idOf, logsOf, metricsOf, spansOf } from "./testdata/requests.ts";

const PIPELINE: PipelineStatus = {
  version: "1",
  startTimeUnixNano: "1",
  stations: [],
  quarantine: [],
};
/** Longer than a test: frames come when a test asks for them. */
const NO_FRAMES_MS = 1e9;

const opened: Live[] = [];

function open(options: Partial<LiveOptions> = {}): Live {
  const live = openLive({
    version: "1.2.3",
    pipeline: () => PIPELINE,
    frameMs: NO_FRAMES_MS,
    ...options,
  });
  opened.push(live);
  return live;
}

afterEach(() => {
  for (const live of opened.splice(0)) live.close();
});

function publish(live: Live, ...batches: Parameters<Live["publish"]>[0][]): void {
  for (const batch of batches) {
    live.publish(batch, Date.now());
    structuredClone(batch, { transfer: transferablesOf(batch) }); // as the receiver does
  }
}

function filterOf(text: string): LiveFilter {
  const filter = parseFilter(text);
  return { text, predicate: (signal) => compilePredicate(filter, signal) };
}

const bodiesOf = (logs: readonly LogRecord[]) => logs.map(({ body }) => body);
const idsOf = (traces: readonly TraceSummary[]) => traces.map(({ traceId }) => traceId);

describe("a page that subscribes", () => {
  test("is greeted, gets a snapshot of each topic once, then frames", async () => {
    const live = open();
    publish(live, logsOf("shop", ["before"]));
    const topics = ["overview", "traces", "logs", "metrics", "views", "pipeline", "logs"];
    const { page } = openPage(live, { topics });

    expect(page.types).toEqual(["hello", ...topics.slice(0, -1)]);
    expect(page.events("hello")).toEqual([
      { version: "1.2.3", frameMs: NO_FRAMES_MS, resumed: false },
    ]);
    expect(page.events("logs")[0]).toMatchObject({ snapshot: true, logs: [{ body: "before" }] });

    publish(live, logsOf("shop", ["after"]), spansOf("shop", [{}]));
    await live.display();
    expect(page.types.slice(7)).toEqual(["overview", "traces", "logs", "pipeline", "display"]);
    expect(page.events("logs")[1]).toMatchObject({ snapshot: false, logs: [{ body: "after" }] });
    expect(page.events("overview")[1]).toMatchObject({
      snapshot: false,
      totals: { spans: 1, logs: 2, points: 0, errors: 0 },
      services: [{ name: "shop", seconds: [{ spans: 1, errors: 0 }] }],
    });
  });

  test("gets the first frame at once and the next ones an interval later", async () => {
    const live = open({ frameMs: 50 });
    const { page } = openPage(live, { topics: ["logs"] });
    await expect.poll(() => performance.now() > 0).toBe(true);
    publish(live, logsOf("shop", ["1"]));
    await expect.poll(() => page.events("logs").length, { interval: 1 }).toBe(2);
    const firstAt = performance.now();
    publish(live, logsOf("shop", ["2"]));
    publish(live, logsOf("shop", ["3"]));
    await expect.poll(() => page.events("logs").length, { interval: 1 }).toBe(3);
    expect(performance.now() - firstAt).toBeGreaterThan(35);
    expect(bodiesOf(page.events("logs")[2]!.logs)).toEqual(["2", "3"]);
  });

  test("gets the very same message as all others with its topic and filter", async () => {
    const live = open();
    const pages = Array.from({ length: 3 }, () => openPage(live, { topics: ["logs"] }).page);
    const other = openPage(live, { topics: ["logs"], filter: filterOf("severity >= error") }).page;
    publish(live, logsOf("shop", ["x"]));
    await live.display();
    const messages = pages.map((page) => page.messages.at(-2));
    expect(messages[0]?.event).toBe("logs");
    expect(messages[1]).toBe(messages[0]);
    expect(messages[2]).toBe(messages[0]);
    expect(other.events("logs")).toHaveLength(1);
    expect(live.status().counters["frames"]).toBe(1);
  });

  test.each([
    ["no topic", "nonsense"],
    ["a trace of a short id", "trace:abc"],
    ["a trace in upper case", `trace:${"A".repeat(32)}`],
    ["a metric without a name", "metric:"],
    ["a topic with a subject too much", "overview:1"],
  ])("of %s is refused with the list of topics", (_, topic) => {
    const live = open();
    expect(() => live.subscribe({ topics: [topic] }, new TestPage())).toThrow(
      `Cannot subscribe to "${topic}": topics are overview, traces,`,
    );
  });

  test("is refused when too many are open, or when it wants too much", () => {
    const live = open();
    const topics = Array.from({ length: 33 }, (_, at) => `metric:${at}`);
    expect(() => live.subscribe({ topics }, new TestPage())).toThrow("33 topics, 32 is the limit");
    for (let at = 0; at < 256; at++) live.subscribe({ topics: ["views"] }, new TestPage());
    expect(() => live.subscribe({ topics: ["views"] }, new TestPage())).toThrow(
      expect.objectContaining({ reason: "too_many", name: "SubscriptionError" }),
    );
  });

  test("is refused when 512 topics or 30 filters of traces are open already", () => {
    const live = open();
    for (let at = 0; at < 30; at++) {
      live.subscribe({ topics: ["traces"], filter: filterOf(`n = ${at}`) }, new TestPage());
    }
    const onceMore = { topics: ["traces"], filter: filterOf("n = 30") };
    expect(() => live.subscribe(onceMore, new TestPage())).toThrow("30 different filters");
    for (let at = 30; at < 512; at++)
      live.subscribe({ topics: [`metric:${at}`] }, new TestPage()).close();
    expect(() => live.subscribe({ topics: ["metric:more"] }, new TestPage())).not.toThrow();
    const { topics } = live.status().counters;
    expect(topics).toBeLessThanOrEqual(512);
  });
});

describe("topic traces", () => {
  test("shows a trace again whenever it has grown", async () => {
    const live = open();
    const { page } = openPage(live, { topics: ["traces"] });
    publish(live, spansOf("shop", [{ parentSpanId: idOf(9, 8), name: "child" }]));
    await live.display();
    publish(live, spansOf("gate", [{ name: "root", isError: true }]));
    await live.display();
    const frames = page.events("traces").slice(1);
    expect(frames.map(({ traces }) => traces[0])).toMatchObject([
      { rootName: "child", spanCount: 1, errorCount: 0 },
      { rootName: "root", spanCount: 2, errorCount: 1, services: ["gate", "shop"] },
    ]);
  });

  test("through a filter shows traces with a span that passes, also later and from before", async () => {
    const live = open();
    const span = (trace: number, parts: object) => ({ traceId: idOf(trace, 16), ...parts });
    publish(live, spansOf("shop", [span(1, { attributes: { tier: "gold" } }), span(2, {})]));
    const { page } = openPage(live, { topics: ["traces"], filter: filterOf("tier = gold") });
    expect(idsOf(page.events("traces")[0]!.traces)).toEqual([idOf(1, 16)]);

    publish(
      live,
      spansOf("shop", [span(1, {}), span(2, {}), span(3, { attributes: { tier: "gold" } })]),
    );
    await live.display();
    expect(idsOf(page.events("traces")[1]!.traces)).toEqual([idOf(1, 16), idOf(3, 16)]);
    publish(live, spansOf("shop", [span(2, {})]));
    await live.display();
    expect(page.events("traces")).toHaveLength(2);
  });

  test("a frame has 100 rows at most and says how many it left out; a snapshot has 500", async () => {
    const live = open();
    const { page } = openPage(live, { topics: ["traces"] });
    const many = Array.from({ length: 600 }, (_, at) => ({ traceId: idOf(at + 1, 16) }));
    publish(live, spansOf("shop", many));
    await live.display();
    expect(page.events("traces")[1]).toMatchObject({ skipped: 500, snapshot: false });
    expect(page.events("traces")[1]!.traces).toHaveLength(100);
    expect(live.status().counters["traces_skipped"]).toBe(500);
    const newest = openPage(live, { topics: ["traces"] }).page.events("traces")[0]!.traces;
    expect(newest).toHaveLength(500);
    expect(newest[0]?.traceId).toBe(idOf(600, 16));
  });
});

describe("topic logs", () => {
  test("through a filter shows the records that pass, and a snapshot of those of the last seconds", async () => {
    const live = open();
    publish(live, logsOf("shop", ["old bad news"]), logsOf("shop", ["old good news"]));
    const { page } = openPage(live, { topics: ["logs"], filter: filterOf('"bad"') });
    publish(live, logsOf("shop", ["good", "bad", "worse"]));
    await live.display();
    const [snapshot, frame] = page.events("logs");
    expect(bodiesOf(snapshot!.logs)).toEqual(["old bad news"]);
    expect(bodiesOf(frame!.logs)).toEqual(["bad"]);
  });

  test("a frame has 100 records at most and says how many it left out; a snapshot has the newest 500", async () => {
    const live = open();
    const { page } = openPage(live, { topics: ["logs"] });
    const bodies = Array.from({ length: 400 }, (_, at) => `${at}`);
    publish(
      live,
      logsOf("shop", bodies),
      logsOf(
        "shop",
        bodies.map((body) => `later ${body}`),
      ),
    );
    await live.display();
    expect(page.events("logs")[1]).toMatchObject({ skipped: 700 });
    expect(page.events("logs")[1]!.logs).toHaveLength(100);

    const { logs } = openPage(live, { topics: ["logs"] }).page.events("logs")[0]!;
    expect(logs).toHaveLength(500);
    expect(bodiesOf(logs).slice(-1)).toEqual(["later 399"]);
    expect(bodiesOf(logs)[0]).toBe("300");
  });

  test("a record is as the log route answers it: exact numbers, bytes, and whose time it is", () => {
    const live = open();
    const value = (one: object) => ({ key: Object.keys(one)[0], value: one });
    publish(
      live,
      batchOf("logs", {
        resourceLogs: [
          {
            resource: {
              attributes: attributesOf({ "service.name": "shop" }),
              droppedAttributesCount: 2,
            },
            schemaUrl: "https://resource",
            scopeLogs: [
              {
                scope: { name: "lib", version: "2", attributes: attributesOf({ a: "b" }) },
                schemaUrl: "https://scope",
                logRecords: [
                  {
                    observedTimeUnixNano: "5",
                    severityNumber: 17,
                    body: {
                      kvlistValue: {
                        values: [
                          value({ intValue: "9007199254740993" }),
                          value({ doubleValue: 1 }),
                        ],
                      },
                    },
                    attributes: [
                      value({ bytesValue: "AQI=" }),
                      value({ doubleValue: "NaN" }),
                      value({ arrayValue: { values: [{ intValue: "1" }, {}] } }),
                      { key: "__proto__", value: { boolValue: true } },
                      { key: "negative zero", value: { doubleValue: "-0" } },
                    ],
                    eventName: "event",
                    traceId: idOf(5, 16),
                    spanId: idOf(6, 8),
                    flags: 1,
                    droppedAttributesCount: 3,
                  },
                ],
              },
            ],
          },
        ],
      }),
    );
    const { page } = openPage(live, { topics: ["logs"] });
    const text = page.messages[1]!.data;
    expect(text).toContain('"doubleValue":1.0');
    expect(text).toContain('"__proto__":true');
    expect(text).toContain('"negative zero":-0.0');
    const [log] = page.events("logs")[0]!.logs;
    expect(log).toMatchObject({
      timeUnixNano: "5",
      observedTimeUnixNano: "5",
      timeSource: "observed",
      severityNumber: 17,
      severityText: "",
      body: { intValue: "9007199254740993", doubleValue: 1 },
      attributes: {
        bytesValue: { bytesValue: "AQI=" },
        doubleValue: { doubleValue: "NaN" },
        arrayValue: [1, null],
      },
      eventName: "event",
      service: "shop",
      resource: { "service.name": "shop" },
      resourceDroppedAttributesCount: 2,
      resourceSchemaUrl: "https://resource",
      scope: { name: "lib", version: "2", attributes: { a: "b" } },
      scopeSchemaUrl: "https://scope",
      traceId: idOf(5, 16),
      spanId: idOf(6, 8),
      flags: 1,
      droppedAttributesCount: 3,
    });
  });

  test("a record without any time has that of its arrival", () => {
    const live = open();
    const batch = logsOf("shop", ["x"], { timeUnixNano: "0" });
    live.publish(batch, 1_800_000_000_123);
    const { page } = openPage(live, { topics: ["logs"] });
    expect(page.events("logs")[0]!.logs[0]).toMatchObject({
      timeUnixNano: "1800000000123000000",
      timeSource: "received",
    });
  });
});

describe("topic trace", () => {
  const traceId = idOf(77, 16);

  test("gives the spans and logs of the trace that came in the last seconds, then new ones", async () => {
    const live = open();
    publish(
      live,
      spansOf("shop", [{ traceId, name: "first" }, { name: "of another trace" }]),
      logsOf("shop", ["said in it"], { traceId, spanId: idOf(1, 8) }),
      logsOf("shop", ["said elsewhere"]),
    );
    const { page } = openPage(live, { topics: [`trace:${traceId}`] });
    expect(page.events("trace")[0]).toMatchObject({
      traceId,
      snapshot: true,
      spans: [{ name: "first", service: "shop" }],
      logs: [{ body: "said in it" }],
    });

    publish(live, spansOf("stock", [{ name: "of another trace" }, { traceId, name: "second" }]));
    publish(live, logsOf("stock", ["said later"], { traceId }), logsOf("stock", ["not here"]));
    await live.display();
    const frame = page.events("trace")[1]!;
    expect(frame).toMatchObject({ snapshot: false, spans: [{ name: "second" }] });
    expect(bodiesOf(frame.logs)).toEqual(["said later"]);
    publish(live, spansOf("stock", [{ name: "of another trace" }]));
    await live.display();
    expect(page.events("trace")).toHaveLength(2);
  });

  test("a span is as the trace route answers it", () => {
    const live = open();
    publish(
      live,
      batchOf("traces", {
        resourceSpans: [
          {
            resource: { attributes: attributesOf({ "service.name": "shop" }) },
            scopeSpans: [
              {
                scope: { name: "lib" },
                spans: [
                  {
                    traceId,
                    spanId: idOf(2, 8),
                    parentSpanId: idOf(1, 8),
                    traceState: "a=b",
                    flags: 257,
                    name: "work",
                    kind: 3,
                    startTimeUnixNano: "10",
                    endTimeUnixNano: "20",
                    attributes: attributesOf({ n: 1 }),
                    droppedAttributesCount: 1,
                    events: [
                      {
                        timeUnixNano: "12",
                        name: "e",
                        attributes: attributesOf({ x: true }),
                        droppedAttributesCount: 4,
                      },
                    ],
                    droppedEventsCount: 2,
                    links: [
                      { traceId: idOf(8, 16), spanId: idOf(8, 8), traceState: "c=d", flags: 1 },
                    ],
                    droppedLinksCount: 3,
                    status: { code: 2, message: "broken" },
                  },
                  { traceId, spanId: idOf(3, 8), name: "open", kind: 9 },
                ],
              },
            ],
          },
        ],
      }),
    );
    const { page } = openPage(live, { topics: [`trace:${traceId}`] });
    const [whole, bare] = page.events("trace")[0]!.spans;
    expect(whole).toEqual({
      spanId: idOf(2, 8),
      parentSpanId: idOf(1, 8),
      name: "work",
      kind: "client",
      startTimeUnixNano: "10",
      endTimeUnixNano: "20",
      attributes: { n: 1 },
      service: "shop",
      resource: { "service.name": "shop" },
      scope: { name: "lib", attributes: {} },
      events: [
        { name: "e", timeUnixNano: "12", attributes: { x: true }, droppedAttributesCount: 4 },
      ],
      links: [
        { traceId: idOf(8, 16), spanId: idOf(8, 8), traceState: "c=d", flags: 1, attributes: {} },
      ],
      status: { code: "error", message: "broken" },
      flags: 257,
      traceState: "a=b",
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
    });
    expect(bare).toMatchObject({
      name: "open",
      kind: "9",
      timeSource: "received",
      status: { code: "unset" },
    });
    expect(bare).not.toHaveProperty("endTimeUnixNano");
    expect(bare).not.toHaveProperty("parentSpanId");
  });

  test("a flood is cut, counted and said", async () => {
    const live = open();
    const { page } = openPage(live, { topics: [`trace:${traceId}`] });
    publish(
      live,
      spansOf(
        "shop",
        Array.from({ length: 1_200 }, () => ({ traceId })),
      ),
    );
    await live.display();
    const frame = page.events("trace")[1]!;
    expect(frame.spans).toHaveLength(1_000);
    expect(frame.skipped).toBe(200);
    expect(live.status().counters["trace_rows_skipped"]).toBe(200);
  });
});

describe("topics metrics, metric, views and pipeline", () => {
  const gauge = (name: string, asDouble: number) => ({
    name,
    gauge: { dataPoints: [{ timeUnixNano: "7", asDouble }] },
  });
  const viewOf = (metricName: string): View => ({
    id: metricName,
    metricName,
    chartType: "line_chart",
    title: metricName,
  });

  test("metrics: the catalogue, and points of metrics that have a view", async () => {
    const live = open();
    live.setViews([viewOf("seen")]);
    publish(live, metricsOf("shop", [gauge("seen", 1), gauge("unseen", 2)]));
    const { page } = openPage(live, { topics: ["metrics", "metric:unseen"] });
    const [all, one] = page.events("metrics");
    expect(all!.added.map(({ name }) => name)).toEqual(["seen", "unseen"]);
    expect(all!.metrics.map(({ name }) => name)).toEqual(["seen"]);
    expect(one).toMatchObject({
      added: [],
      metrics: [{ name: "unseen", series: [{ point: ["7", 2] }] }],
    });

    publish(live, metricsOf("shop", [gauge("seen", 3), gauge("unseen", 4), gauge("new", 5)]));
    await live.display();
    const [, , seen, unseen] = page.events("metrics");
    expect(seen).toMatchObject({
      added: [{ name: "new" }],
      metrics: [{ name: "seen", series: [{ point: ["7", 3] }] }],
    });
    expect(unseen).toMatchObject({ added: [], metrics: [{ series: [{ point: ["7", 4] }] }] });
  });

  test("metrics: a frame has 2 000 series at most, the rest is counted", () => {
    const live = open();
    const names = Array.from({ length: 11 }, (_, at) => `metric ${at}`);
    live.setViews(names.map(viewOf));
    for (const name of names) {
      const dataPoints = Array.from({ length: 200 }, (_, at) => ({
        timeUnixNano: "7",
        asDouble: at,
        attributes: attributesOf({ at }),
      }));
      publish(live, metricsOf("shop", [{ name, gauge: { dataPoints } }]));
    }
    const [snapshot] = openPage(live, { topics: ["metrics"] }).page.events("metrics");
    expect(snapshot!.metrics.flatMap(({ series }) => series)).toHaveLength(2_000);
    expect(live.status().counters["series_skipped"]).toBe(200);
  });

  test("overview: how the processes are", async () => {
    const live = open();
    const { page } = openPage(live, { topics: ["overview"] });
    publish(
      live,
      metricsOf("shop", [gauge("process.cpu.utilization", 0.25)], { "process.pid": 7 }),
    );
    await live.display();
    const expected = [
      { service: "shop", instance: "7", values: { "process.cpu.utilization": 0.25 } },
    ];
    expect(page.events("overview")[1]).toMatchObject({ health: expected, totals: { points: 1 } });
    expect(openPage(live, { topics: ["overview"] }).page.events("overview")[0]?.health).toEqual(
      expected,
    );
  });

  test("views: whole, when they change", async () => {
    const live = open();
    const { page } = openPage(live, { topics: ["views"] });
    live.setViews([viewOf("a")]);
    await live.display();
    await live.display();
    expect(page.events("views")).toEqual([{ views: [] }, { views: [viewOf("a")] }]);
  });

  test("pipeline: the counters, once a second while somebody looks", async () => {
    const live = open({ frameMs: 10 });
    const { page, client } = openPage(live, { topics: ["pipeline"] });
    await expect.poll(() => page.events("pipeline").length, { timeout: 5_000 }).toBeGreaterThan(2);
    const count = page.events("pipeline").length;
    client.close();
    publish(live, logsOf("shop", ["x"]));
    await live.display();
    expect(page.events("pipeline")).toHaveLength(count);
  });
});

describe("a page whose connection broke", () => {
  test("resumes by id without a gap and without a repetition, also of filtered topics", async () => {
    const live = open();
    const request = { topics: ["logs", "traces"], filter: filterOf("service = shop") };
    const { page, client } = openPage(live, request);
    publish(live, logsOf("shop", ["1"]));
    await live.display();
    client.close();
    publish(live, logsOf("shop", ["2"]), spansOf("shop", [{}]));
    await live.display();
    publish(live, logsOf("shop", ["3"])); // not framed yet when it comes back

    const resumed = openPage(live, { ...request, afterId: page.lastId }).page;
    expect(resumed.events("hello")[0]?.resumed).toBe(true);
    publish(live, logsOf("shop", ["4"]));
    await live.display();
    const logs = resumed.events("logs");
    expect(logs.every(({ snapshot }) => !snapshot)).toBe(true);
    expect(logs.flatMap((frame) => bodiesOf(frame.logs))).toEqual(["2", "3", "4"]);
    expect(resumed.events("traces")).toHaveLength(1);
    expect(live.status().counters["resumptions"]).toBe(1);
  });

  test("at any of its positions sees every record exactly once", async () => {
    const live = open();
    const { page, client } = openPage(live, { topics: ["logs"] });
    for (let at = 0; at < 6; at++) {
      publish(live, logsOf("shop", [`${at}`]));
      await live.display();
    }
    client.close();
    const frames = page.messages.filter(({ event }) => event === "logs").slice(1);
    for (const [at, { id }] of frames.entries()) {
      const resumed = openPage(live, { topics: ["logs"], afterId: id }).page.events("logs");
      const bodies = resumed.flatMap((frame) => bodiesOf(frame.logs));
      expect(bodies).toEqual(["0", "1", "2", "3", "4", "5"].slice(at + 1));
    }
  });

  test.each([
    ["older than the ring", (id: string) => id, { ringSizeBytesMax: 500 }],
    ["of another start of the dashboard", () => "zzz-1", {}],
    ["no id at all", () => "nonsense", {}],
  ])("and whose id is %s gets one reset, then snapshots", async (_, idOfPage, options) => {
    const live = open(options);
    const { page, client } = openPage(live, { topics: ["logs", "overview"] });
    const afterId = idOfPage(page.lastId);
    client.close();
    for (let at = 0; at < 5; at++) {
      publish(live, logsOf("shop", [`${at}`]));
      await live.display();
    }
    const resumed = openPage(live, { topics: ["logs", "overview"], afterId }).page;
    expect(resumed.types).toEqual(["hello", "reset", "logs", "overview"]);
    expect(resumed.events("hello")[0]?.resumed).toBe(false);
    expect(resumed.events("reset")).toEqual([{ reason: "expired", skippedFrames: 0 }]);
    expect(bodiesOf(resumed.events("logs")[0]!.logs)).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("and that comes back with another topic gets a reset: of that topic nothing was kept", async () => {
    const live = open();
    const { page, client } = openPage(live, { topics: ["logs"] });
    client.close();
    publish(live, logsOf("shop", ["x"]));
    await live.display();
    const { page: back } = openPage(live, { topics: ["logs", "traces"], afterId: page.lastId });
    expect(back.types).toEqual(["hello", "reset", "logs", "traces"]);
  });
});

describe("a page that is slow", () => {
  test("does not hold the others up, and gets the few frames it missed", async () => {
    const live = open();
    const fast = openPage(live, { topics: ["logs"] }).page;
    const { page: slow, client } = openPage(live, { topics: ["logs"] });
    slow.room = 1;
    for (const body of ["1", "2", "3"]) {
      publish(live, logsOf("shop", [body]));
      await live.display();
    }
    expect(fast.events("logs").flatMap(({ logs }) => bodiesOf(logs))).toEqual(["1", "2", "3"]);
    expect(slow.events("logs").flatMap(({ logs }) => bodiesOf(logs))).toEqual(["1"]);
    expect(live.status().counters["frames_passed_slow_clients"]).toBe(2);

    slow.room = Number.POSITIVE_INFINITY;
    client.drained();
    expect(slow.events("logs").flatMap(({ logs }) => bodiesOf(logs))).toEqual(["1", "2", "3"]);
    expect(slow.types).not.toContain("reset");
    publish(live, logsOf("shop", ["4"]));
    await live.display();
    expect(bodiesOf(slow.events("logs").at(-1)!.logs)).toEqual(["4"]);
  });

  test("skips to a snapshot when it missed much, and is told so", async () => {
    const live = open();
    const { page, client } = openPage(live, { topics: ["logs"] });
    page.room = 1;
    for (let at = 0; at < 50; at++) {
      publish(live, logsOf("shop", [`${at}`]));
      await live.display();
    }
    page.room = Number.POSITIVE_INFINITY;
    client.drained();
    expect(page.types.slice(-2)).toEqual(["reset", "logs"]);
    expect(page.events("reset")).toEqual([{ reason: "slow", skippedFrames: 49 }]);
    expect(page.events("logs").at(-1)).toMatchObject({ snapshot: true });
    expect(page.events("logs").at(-1)!.logs).toHaveLength(50);
    expect(live.status().counters["resets_slow"]).toBe(1);
  });

  test("and fails is let go, and counted, and the others get their frame", async () => {
    const live = open();
    const broken = new TestPage();
    live.subscribe({ topics: ["logs"] }, broken);
    const { page } = openPage(live, { topics: ["logs"] });
    broken.write = () => {
      throw new TypeError("the connection is gone");
    };
    publish(live, logsOf("shop", ["x"]));
    const push = await live.display();
    expect(push.clients).toBe(1);
    expect(bodiesOf(page.events("logs")[1]!.logs)).toEqual(["x"]);
    expect(live.status().counters).toMatchObject({ clients: 1, clients_failed: 1 });
  });

  test("is written to no more once it is gone", async () => {
    const live = open();
    const { page, client } = openPage(live, { topics: ["logs"] });
    const written = page.messages.length;
    client.close();
    client.close();
    client.drained();
    publish(live, logsOf("shop", ["x"]));
    const push = await live.display();
    expect(page.messages).toHaveLength(written);
    expect(push.clients).toBe(0);
  });
});

describe("display", () => {
  test("writes what waits, tells the pages, and says what the dashboard has received", async () => {
    const live = open();
    const { page } = openPage(live, { topics: ["logs"] });
    publish(live, logsOf("shop", ["1", "2"]), spansOf("shop", [{}]), metricsOf("shop", []));
    const push = await live.display();
    expect(push).toMatchObject({ clients: 1, traces: 1, logs: 2, metrics: 0 });
    expect(page.types.slice(-2)).toEqual(["logs", "display"]);
    expect(page.events("display")).toEqual([{ timeUnixNano: push.timeUnixNano }]);
  });
});

describe("memory", () => {
  test("what nobody wants any more is closed when it could not be resumed", async () => {
    const live = open({ ringAgeMsMax: 0 });
    openPage(live, { topics: ["traces"], filter: filterOf("a = 1") }).client.close();
    expect(live.status().counters["topics"]).toBe(1);
    publish(live, logsOf("shop", ["x"]));
    await live.display();
    expect(live.status().counters["topics"]).toBe(0);
  });

  test("the requests that are kept for newcomers are bounded in bytes", () => {
    const live = open();
    const text = "x".repeat(1_000_000);
    for (let at = 0; at < 40; at++) publish(live, logsOf("shop", [text]));
    expect(live.status().counters["recent_bytes"]).toBeLessThanOrEqual(16 * 1_048_576);
    expect(live.status().counters["recent_bytes"]).toBeGreaterThan(15 * 1_000_000);
  });

  test("a refused subscription is an error of its own", () => {
    expect(new SubscriptionError("too_many", "x")).toMatchObject({ name: "SubscriptionError" });
  });
});
