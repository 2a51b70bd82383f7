import { describe, expect, test } from "vitest";
import { readServices } from "./batch-json.ts";
import { idOf, spansOf, type SpanParts } from "./testdata/requests.ts";
import { TraceTable } from "./trace-table.ts";

const START_MS = 1_800_000_000_000;

function add(table: TraceTable, service: string, spans: SpanParts[], receivedAtMs = START_MS) {
  const batch = spansOf(
    service,
    spans.map((span) => ({ startMs: START_MS, ...span })),
  );
  return table.add(batch, readServices(batch), receivedAtMs);
}

function wordsOfId(value: number): Uint32Array {
  return new Uint32Array(new Uint8Array(Buffer.from(idOf(value, 16), "hex")).buffer);
}

describe("TraceTable", () => {
  test("a trace grows over requests, services and time", () => {
    const table = new TraceTable();
    const traceId = idOf(7, 16);
    add(table, "shop", [
      { traceId, parentSpanId: idOf(1, 8), name: "child", startMs: START_MS + 10, durationMs: 20 },
    ]);
    add(table, "stock", [
      { traceId, parentSpanId: idOf(2, 8), startMs: START_MS + 12, durationMs: 100, isError: true },
    ]);
    const [trace] = add(table, "gate", [{ traceId, name: "GET /", durationMs: 50 }]);

    expect(trace?.summary()).toEqual({
      traceId,
      rootName: "GET /",
      rootService: "gate",
      services: ["gate", "shop", "stock"],
      spanCount: 3,
      errorCount: 1,
      startTimeUnixNano: `${START_MS}000000`,
      durationNano: "112000000",
    });
    expect(table.size).toBe(1);
  });

  test("while no root has come the earliest span stands for it", () => {
    const table = new TraceTable();
    const parentSpanId = idOf(1, 8);
    const [trace] = add(table, "shop", [
      { parentSpanId, name: "second", startMs: START_MS + 5 },
      { parentSpanId, name: "first", startMs: START_MS + 2 },
      { parentSpanId, name: "third", startMs: START_MS + 9 },
    ]);
    expect(trace?.summary().rootName).toBe("first");
    add(table, "shop", [{ name: "root", startMs: START_MS + 3 }]);
    expect(trace?.summary().rootName).toBe("root");
    add(table, "shop", [{ parentSpanId, name: "even earlier", startMs: START_MS }]);
    expect(trace?.summary().rootName).toBe("root");
  });

  test("an open span lasts nothing, and one without a start begins when it arrived", () => {
    const table = new TraceTable();
    const batch = spansOf("shop", [{ startMs: START_MS, durationMs: 5 }, { startMs: START_MS }]);
    batch.spans.endTimeUnixNano[0] = 0n;
    batch.spans.startTimeUnixNano[1] = 0n;
    batch.spans.endTimeUnixNano[1] = 0n;
    const [trace] = table.add(batch, readServices(batch), START_MS + 8);
    expect(trace?.summary()).toMatchObject({
      startTimeUnixNano: `${START_MS}000000`,
      durationNano: "8000000",
    });
  });

  test("changed traces are those of the frame, each once", () => {
    const table = new TraceTable();
    const one = { traceId: idOf(1, 16) };
    const two = { traceId: idOf(2, 16) };
    add(table, "shop", [one, two, one]);
    expect(table.changed.map(({ traceId }) => traceId)).toEqual([one.traceId, two.traceId]);
    table.endFrame();
    expect(table.changed).toEqual([]);
    add(table, "shop", [two]);
    expect(table.changed).toHaveLength(1);
  });

  test("finds traces by their ids among 10 000 that are alike, and forgets those that do not grow", () => {
    const table = new TraceTable({ tracesMax: 10_000 });
    const spans = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => ({ traceId: idOf(from + at, 16) }));
    add(table, "shop", spans(1, 10_001));
    for (let value = 1; value <= 10_000; value += 37) {
      expect(table.find(wordsOfId(value))?.traceId).toBe(idOf(value, 16));
    }
    expect(table.find(wordsOfId(20_000))).toBeUndefined();

    add(table, "shop", spans(10_001, 10_002)); // every trace is fresh: the clock goes round once
    add(table, "shop", [{ traceId: idOf(500, 16) }]);
    add(table, "shop", spans(10_002, 12_001));
    expect(table.size).toBe(10_000);
    expect(table.find(wordsOfId(500))).toBeDefined();
    expect(table.find(wordsOfId(400))).toBeUndefined();
    expect(table.find(wordsOfId(12_000))).toBeDefined();
    expect(table.newest(2, () => true).map(({ traceId }) => traceId)).toEqual([
      idOf(12_000, 16),
      idOf(11_999, 16),
    ]);
  });

  test("an id that was forgotten starts anew", () => {
    const table = new TraceTable({ tracesMax: 2 });
    for (const value of [1, 2, 3, 4, 5, 6]) add(table, "shop", [{ traceId: idOf(value, 16) }]);
    const [again] = add(table, "shop", [{ traceId: idOf(1, 16) }]);
    expect(again?.summary().spanCount).toBe(1);
    expect(table.size).toBe(2);
  });
});
