import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { OVERFLOW_ROW, SeriesTable } from "./series-table.ts";

function openTable(options: { limit?: number; keepsKey?: (key: string) => boolean } = {}): {
  table: SeriesTable;
  added: number[];
} {
  const added: number[] = [];
  return { table: new SeriesTable({ ...options, addRow: (row) => added.push(row) }), added };
}

describe("SeriesTable", () => {
  test("a set is one row in whatever order its keys stand (98)", () => {
    const { table } = openTable();

    const row = table.rowOf({ a: 1, b: 2 });

    expect(table.rowOf({ b: 2, a: 1 })).toBe(row);
    expect(table.rowOf({ a: 1, b: 2 })).toBe(row);
    expect(table.rowOf({ a: 1, b: 3 })).not.toBe(row);
    expect(table.attributesOf(row)).toEqual({ a: 1, b: 2 });
  });

  test("the empty set is a row of its own, and no attributes are the empty set (98)", () => {
    const { table } = openTable();

    const row = table.rowOf({});

    expect(row).not.toBe(OVERFLOW_ROW);
    expect(table.rowOf(undefined)).toBe(row);
    expect(table.rowOf(null as unknown as undefined)).toBe(row);
    expect(table.rowOf({ a: undefined })).toBe(row);
    expect(table.size).toBe(1);
  });

  test("values are compared with their type", () => {
    const { table } = openTable();
    const values = [1, "1", true, "true", 1n, [1], ["1"], { b: 1 }, Number.NaN, "NaN"];

    const rows = values.map((value) => table.rowOf({ a: value }));

    expect(new Set(rows).size).toBe(values.length);
    expect(values.map((value) => table.rowOf({ a: value }))).toEqual(rows);
    expect(table.rowOf({ a: -0 })).toBe(table.rowOf({ a: 0 }));
  });

  test("exactly `limit` sets get a row, further ones share the overflow row (100)", () => {
    const { table, added } = openTable({ limit: 2_000 });

    const rows = Array.from({ length: 2_000 }, (_, user) => table.rowOf({ user }));

    expect(new Set(rows).size).toBe(2_000);
    expect(rows).not.toContain(OVERFLOW_ROW);
    expect(table.rowOf({ user: 2_000 })).toBe(OVERFLOW_ROW);
    expect(table.rowOf({ user: [1] })).toBe(OVERFLOW_ROW);
    expect(table.rowOf(undefined)).toBe(OVERFLOW_ROW);
    expect(table.rowOf({ user: 7 })).toBe(rows[7]);
    expect(added).toHaveLength(2_001);
    expect(table.attributesOf(OVERFLOW_ROW)).toEqual({ "otel.metric.overflow": true });
  });

  test("many key orders still find the same rows", () => {
    const { table } = openTable();
    const keys = ["a", "b", "c", "d", "e"];
    const shuffled = (seed: number): Record<string, number> =>
      Object.fromEntries(
        keys
          .map((key, index) => [key, index, (index * 7 + seed * 13) % 31] as const)
          .toSorted((left, right) => left[2] - right[2])
          .map(([key, index]) => [key, index]),
      );

    const rows = Array.from({ length: 100 }, (_, seed) => table.rowOf(shuffled(seed)));

    expect(new Set(rows).size).toBe(1);
  });

  test("keys that a view drops make no difference, and are what exemplars get", () => {
    const { table } = openTable({ keepsKey: (key) => key === "route" });

    const row = table.rowOf({ route: "/a", user: 1 });

    expect(table.rowOf({ user: 2, route: "/a" })).toBe(row);
    expect(table.rowOf({ route: "/a" })).toBe(row);
    expect(table.rowOf({ user: 3 })).toBe(table.rowOf({}));
    expect(table.attributesOf(row)).toEqual({ route: "/a" });
    expect(table.droppedFrom({ route: "/a", user: 1, odd: () => 1 })).toEqual({ user: 1 });
    expect(table.droppedFrom(undefined)).toEqual({});
  });

  test("a released row is used again, a bound one never released", () => {
    const { table } = openTable({ limit: 2 });
    const first = table.rowOf({ a: 1 });
    const second = table.bind({ a: 2 });
    expect(table.rowOf({ a: 3 })).toBe(OVERFLOW_ROW);

    table.release([OVERFLOW_ROW, first, second]);

    expect(table.attributesOf(first)).toBeUndefined();
    expect(table.rowOf({ a: 2 })).toBe(second);
    expect(table.rowOf({ a: 3 })).toBe(first);
    expect(table.rowOf({ a: 1 })).toBe(OVERFLOW_ROW);
    expect(table.attributesOf(OVERFLOW_ROW)).toBeDefined();
  });

  test("attributes are copied: a caller may change its object", () => {
    const { table } = openTable();
    const attributes = { list: ["a"], map: { b: 1 }, bytes: new Uint8Array([1]) };

    const row = table.rowOf(attributes);
    attributes.list.push("b");

    expect(table.attributesOf(row)).toEqual({
      bytes: new Uint8Array([1]),
      list: ["a"],
      map: { b: 1 },
    });
    expect(table.rowOf(attributes)).not.toBe(row);
  });

  test("what nobody should pass costs little: cycles, long texts, wide maps", () => {
    const { table } = openTable({ limit: 3 });
    const cyclic: Record<string, unknown> = {};
    for (let i = 0; i < 20; i++) cyclic[`self${i}`] = cyclic;
    const long = "x".repeat(1_000_000);
    const startMs = performance.now();

    const rows = [{ a: cyclic }, { a: long }, { a: Array.from({ length: 100_000 }, () => 1) }].map(
      (attributes) => [table.rowOf(attributes), table.rowOf(attributes)],
    );

    expect(rows).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(String(table.attributesOf(2)?.["a"])).toHaveLength(16_384);
    expect(table.rowOf({ a: `${long}y` })).toBe(2);
    expect(table.rowOf({ a: "another" })).toBe(OVERFLOW_ROW);
  });

  test("finds what the slow and obvious way finds, for any sets", () => {
    const value = fc.oneof(
      fc.constantFrom("x", "y", 1, 2, true, undefined, null),
      fc.array(fc.constantFrom("x", 1), { maxLength: 2 }),
    );
    const set = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), value, {
      noNullPrototype: true,
    });
    const obvious = (attributes: Record<string, unknown>): string =>
      JSON.stringify(
        Object.keys(attributes)
          .filter((key) => attributes[key] !== undefined && attributes[key] !== null)
          .toSorted()
          .map((key) => [key, attributes[key]]),
      );
    fc.assert(
      fc.property(fc.array(set, { maxLength: 60 }), (sets) => {
        const { table } = openTable();
        const rowOfText = new Map<string, number>();
        for (const attributes of sets) {
          const row = table.rowOf(attributes);
          expect(row).not.toBe(OVERFLOW_ROW);
          expect(rowOfText.get(obvious(attributes)) ?? row).toBe(row);
          rowOfText.set(obvious(attributes), row);
        }
        expect(new Set(rowOfText.values()).size).toBe(rowOfText.size);
        expect(table.size).toBe(rowOfText.size);
      }),
    );
  });
});
