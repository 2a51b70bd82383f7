import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogRecord, Span } from "@telemetry/dashboard/contract";
import { nano, span } from "./testdata/spans.ts";
import {
  RowFlag,
  TraceStore,
  buildTrace,
  collapseAll,
  collapseDeeper,
  endNsAt,
  findCriticalPath,
  hasFlag,
  isLastChild,
  isRunning,
  revealRow,
  rowOfSpan,
  searchTrace,
  selfTimes,
  toggleCollapsed,
  visibleRows,
} from "./trace.ts";
import type { TraceModel } from "./trace.ts";

const MS = 1e6;

/** The tree as text: two spaces per level. */
function drawn(model: TraceModel): string[] {
  return model.ids.map((id, row) => "  ".repeat(model.depth[row]!) + id);
}

describe("buildTrace", () => {
  const spans = [
    span("root", 0, 100),
    span("late", 60, 90, { parent: "root" }),
    span("early", 10, 50, { parent: "root", service: "db" }),
    span("leaf", 20, 30, { parent: "early", service: "db", error: "boom" }),
  ];

  test("lays the tree out, children by start, whatever the order of arrival", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(spans, { minLength: 4, maxLength: 4 }), (shuffled) => {
        expect(drawn(buildTrace(shuffled))).toEqual(["root", "  early", "    leaf", "  late"]);
      }),
    );
  });

  test("counts sizes, children, places and the errors inside", () => {
    const model = buildTrace(spans);
    expect([...model.size]).toEqual([4, 2, 1, 1]);
    expect([...model.childCount]).toEqual([2, 1, 0, 0]);
    expect([...model.place]).toEqual([1, 1, 1, 2]);
    expect([...model.errorsInside]).toEqual([1, 1, 1, 0]);
    expect(model.errorCount).toBe(1);
    expect(model.depthMax).toBe(3);
    expect([1, 2, 3].map((row) => isLastChild(model, row))).toEqual([false, true, true]);
    expect(isLastChild(model, 0)).toBe(false);
  });

  test("keeps times as offsets from the first start, exact to the nanosecond", () => {
    const first = "1794600000123456789";
    const model = buildTrace([
      { ...span("root", 0, 1), startTimeUnixNano: first, endTimeUnixNano: "1794600000123456999" },
      {
        ...span("next", 0, 1, { parent: "root" }),
        startTimeUnixNano: "1794600000123456790",
        endTimeUnixNano: "1794600000123456791",
      },
    ]);
    expect([...model.startNs]).toEqual([0, 1]);
    expect([...model.durationNs]).toEqual([210, 1]);
    expect(model.startMs).toBe(1_794_600_000_123);
    expect(model.startFractionNs).toBe(456_789);
    expect(model.totalNs).toBe(210);
  });

  test("names services in the order of their rows", () => {
    expect(buildTrace(spans).services).toEqual([
      { name: "app", spanCount: 2, errorCount: 0 },
      { name: "db", spanCount: 2, errorCount: 1 },
    ]);
  });

  test("shows orphans under one placeholder per missing parent", () => {
    const model = buildTrace([
      span("root", 0, 100),
      span("a", 40, 50, { parent: "gone" }),
      span("b", 30, 80, { parent: "gone" }),
      span("c", 45, 46, { parent: "a" }),
    ]);
    expect(drawn(model)).toEqual(["root", "gone", "  b", "  a", "    c"]);
    expect(hasFlag(model, 1, RowFlag.missing)).toBe(true);
    expect(model.spans[1]).toBeUndefined();
    expect([model.startNs[1], model.durationNs[1]]).toEqual([30 * MS, 50 * MS]);
    expect([model.spanCount, model.rowCount, model.orphanCount]).toEqual([4, 5, 2]);
    expect(model.rootRow).toBe(0);
  });

  test("a span that is its own ancestor becomes a root, and nothing is lost", () => {
    const model = buildTrace([
      span("a", 0, 10, { parent: "b" }),
      span("b", 1, 9, { parent: "a" }),
      span("self", 2, 3, { parent: "self" }),
    ]);
    expect(model.rowCount).toBe(3);
    expect(model.orphanCount).toBe(2);
  });

  test("any set of spans has every span in exactly one row, parents first", () => {
    const anySpan = fc.record({
      id: fc.nat(12),
      parent: fc.option(fc.nat(12)),
      start: fc.nat(50),
      length: fc.option(fc.nat(50)),
    });
    fc.assert(
      fc.property(fc.uniqueArray(anySpan, { selector: (one) => one.id }), (drafts) => {
        const model = buildTrace(
          drafts.map(({ id, parent, start, length }) =>
            span(`s${id}`, start, length === null ? undefined : start + length, {
              ...(parent === null ? {} : { parent: `s${parent}` }),
              process: id % 3,
            }),
          ),
        );
        const shown = model.spans.filter((one) => one !== undefined).map((one) => one.spanId);
        expect(shown.toSorted()).toEqual(drafts.map(({ id }) => `s${id}`).toSorted());
        for (let row = 0; row < model.rowCount; row++) {
          expect(model.parent[row]!).toBeLessThan(row);
          expect(model.startNs[row]!).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test("an empty trace is empty", () => {
    const model = buildTrace([]);
    expect([model.rowCount, model.totalNs, model.rootRow, model.depthMax]).toEqual([0, 0, -1, 0]);
  });
});

describe("clock skew", () => {
  test("a process whose clock is behind is drawn at its caller's start, with all that it did", () => {
    const model = buildTrace([
      span("root", 0, 100),
      span("call", -20, 40, { parent: "root", process: 2 }),
      span("inner", -10, 10, { parent: "call", process: 2 }),
      span("back", 5, 6, { parent: "inner", process: 1 }),
    ]);
    expect(model.ids).toEqual(["root", "call", "inner", "back"]);
    expect([...model.startNs].map((ns) => ns / MS)).toEqual([0, 0, 10, 10]);
    expect([...model.skewNs].map((ns) => ns / MS)).toEqual([0, 20, 20, 5]);
    expect(model.startMs).toBe(Number(nano(0).slice(0, -6)));
  });

  test("within one process the order is real, and nothing moves", () => {
    const model = buildTrace([span("root", 0, 100), span("child", -5, 40, { parent: "root" })]);
    expect([...model.skewNs]).toEqual([0, 0]);
    expect(hasFlag(model, 1, RowFlag.skewed)).toBe(false);
  });
});

describe("open spans", () => {
  const model = buildTrace([span("root", 0, undefined), span("child", 10, 30, { parent: "root" })]);

  test("reach as far as is known, and to now while they may still run", () => {
    expect(model.openCount).toBe(1);
    expect(isRunning(model, model.startMs + 1_000)).toBe(true);
    expect(endNsAt(model, model.startMs + 1_000)).toBe(1_000 * MS);
    expect(isRunning(model, model.startMs + 3_600_000)).toBe(false);
    expect(endNsAt(model, model.startMs + 3_600_000)).toBe(30 * MS);
  });
});

describe("collapsing", () => {
  const model = buildTrace([
    span("root", 0, 100),
    span("a", 1, 50, { parent: "root" }),
    span("a1", 2, 3, { parent: "a" }),
    span("a2", 4, 5, { parent: "a" }),
    span("b", 60, 70, { parent: "root" }),
  ]);

  test("hides the subtree and nothing else", () => {
    expect([...visibleRows(model, new Set())]).toEqual([0, 1, 2, 3, 4]);
    expect([...visibleRows(model, new Set(["a"]))]).toEqual([0, 1, 4]);
    expect([...visibleRows(model, collapseAll(model))]).toEqual([0]);
    expect(collapseDeeper(model, 1)).toEqual(new Set(["a"]));
  });

  test("toggles, and opens what stands above a row", () => {
    const all = collapseAll(model);
    expect(toggleCollapsed(all, "a")).toEqual(new Set(["root"]));
    expect(toggleCollapsed(new Set(["root"]), "a")).toEqual(all);
    expect(revealRow(model, all, 2)).toEqual(new Set());
    const none: ReadonlySet<string> = new Set();
    expect(revealRow(model, none, 2)).toBe(none);
  });
});

describe("where the time went", () => {
  const model = buildTrace([
    span("root", 0, 100),
    span("first", 10, 40, { parent: "root" }),
    span("overlap", 30, 60, { parent: "root" }),
    span("inner", 35, 55, { parent: "overlap" }),
    span("async", 90, 140, { parent: "root" }),
  ]);

  test("self time leaves out when a child ran, also where children overlap", () => {
    const self = Object.fromEntries(model.ids.map((id, row) => [id, selfTimes(model)[row]! / MS]));
    expect(self).toEqual({ root: 40, first: 30, overlap: 10, inner: 20, async: 50 });
  });

  test("the critical path covers the root's duration once, through the children that were waited for", () => {
    const path = findCriticalPath(model).map(({ row, fromNs, toNs }) => [
      model.ids[row],
      fromNs / MS,
      toNs / MS,
    ]);
    expect(path).toEqual([
      ["root", 0, 10],
      ["first", 10, 30],
      ["overlap", 30, 35],
      ["inner", 35, 55],
      ["overlap", 55, 60],
      ["root", 60, 90],
      ["async", 90, 100],
    ]);
  });

  test("an open root has no path yet", () => {
    expect(findCriticalPath(buildTrace([span("root", 0, undefined)]))).toEqual([]);
  });
});

describe("searchTrace", () => {
  const model = buildTrace([
    span("root", 0, 100, { name: "POST /checkout" }),
    span("pay", 1, 5, {
      parent: "root",
      error: "card declined",
      attributes: { "db.rows": 42, "user.id": "u-7" },
      events: [
        { name: "exception", timeUnixNano: nano(3), attributes: { "exception.type": "CardError" } },
      ],
    }),
    span("orphan", 2, 3, { parent: "gone" }),
  ]);
  const found = (query: string): (string | undefined)[] =>
    searchTrace(model, query).map((row) => model.ids[row]);

  test.each([
    ["checkout", ["root"]],
    ["DECLINED", ["pay"]],
    ["db.rows=42", ["pay"]],
    ["carderror u-7", ["pay"]],
    ["", []],
    ["nothing", []],
  ])("%j finds %j", (query, ids) => {
    expect(found(query)).toEqual(ids);
    expect(found(query)).toEqual(ids);
  });

  test("an id is found by its beginning, and by nothing shorter than six digits", () => {
    const ids = buildTrace([span("abcdef0123456789", 0, 1, { name: "x" })]);
    expect(searchTrace(ids, "abcdef01")).toEqual([0]);
    expect(searchTrace(ids, "abcd")).toEqual([]);
    expect(searchTrace(ids, "0123456789")).toEqual([]);
  });

  test("a span id leads to its row", () => {
    expect(rowOfSpan(model, "pay")).toBe(1);
    expect(rowOfSpan(model, "unknown")).toBe(-1);
  });
});

describe("TraceStore", () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const log: LogRecord = {
    timeUnixNano: nano(5),
    severityNumber: 9,
    severityText: "INFO",
    body: "hello",
    service: "app",
    attributes: {},
    resource: {},
    scope: { name: "", attributes: {} },
  };
  const stored = (spans: Span[], logs: LogRecord[] = []) => ({
    traceId,
    spans,
    logs,
    exemplars: [],
  });
  const live = (spans: Span[], logs: LogRecord[] = [], id = traceId) => ({
    traceId: id,
    spans,
    logs,
    snapshot: false,
  });

  test("the ended span wins, whichever comes first", () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const store = new TraceStore(traceId);
      const versions = [span("root", 0, undefined), span("root", 0, 9)];
      for (const place of order) store.addLive(live([versions[place]!]));
      expect(store.model.durationNs[0]).toBe(9 * MS);
    }
  });

  test("what is stored and what comes live are one", () => {
    const store = new TraceStore(traceId);
    store.addLive(live([span("child", 1, 2, { parent: "root" })], [log]));
    store.addStored(stored([span("root", 0, 9), span("child", 1, 2, { parent: "root" })], [log]));
    expect(drawn(store.model)).toEqual(["root", "  child"]);
    expect(store.logs).toHaveLength(1);
    expect(store.exemplars).toEqual([]);
  });

  test("a frame of another trace is not ours", () => {
    const store = new TraceStore(traceId);
    store.addLive(live([span("stranger", 0, 1)], [], "f".repeat(32)));
    expect(store.model.rowCount).toBe(0);
  });

  test("the layout is only made again after a change", () => {
    const store = new TraceStore(traceId);
    store.addStored(stored([span("root", 0, 9)]));
    const { model } = store;
    store.addLive(live([], [log]));
    expect(store.model).toBe(model);
    store.addLive(live([span("more", 0, 1)]));
    expect(store.model).not.toBe(model);
  });

  test("spans beyond the limit are counted", () => {
    const store = new TraceStore(traceId, { spansMax: 2 });
    store.addStored(stored([span("a", 0, 1), span("b", 0, 1), span("c", 0, 1), span("a", 0, 2)]));
    expect(store.model.spanCount).toBe(2);
    expect(store.droppedSpanCount).toBe(1);
  });
});
