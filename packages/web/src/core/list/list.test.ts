import { describe, expect, test } from "vitest";
import { scrollToRow, topOf, windowOf } from "./list.ts";

describe("windowOf", () => {
  test("renders the rows in sight and a few around them", () => {
    const view = windowOf({ rowCount: 10_000, rowHeight: 20 }, 2_000, 400, 3);
    expect(view).toEqual({ first: 97, last: 124, offset: 1_940, height: 200_000 });
  });

  test("stays inside a short list", () => {
    expect(windowOf({ rowCount: 3, rowHeight: 20 }, 0, 400)).toEqual({
      first: 0,
      last: 3,
      offset: 0,
      height: 60,
    });
    expect(windowOf({ rowCount: 0, rowHeight: 20 }, 0, 400)).toEqual({
      first: 0,
      last: 0,
      offset: 0,
      height: 0,
    });
  });

  test("knows how tall open rows are", () => {
    const geometry = {
      rowCount: 100,
      rowHeight: 20,
      extra: new Map([
        [2, 100],
        [200, 9],
      ]),
    };
    const view = windowOf(geometry, 150, 50, 0);
    expect(view.first).toBe(2);
    expect(view.last).toBe(6);
    expect(view.height).toBe(2_100);
    expect(topOf(geometry, 3)).toBe(160);
  });
});

describe("scrollToRow", () => {
  const geometry = { rowCount: 100, rowHeight: 20 };

  test("moves as little as possible", () => {
    expect(scrollToRow(geometry, 5, 0, 200)).toBe(0);
    expect(scrollToRow(geometry, 20, 0, 200)).toBe(220);
    expect(scrollToRow(geometry, 1, 100, 200)).toBe(20);
  });

  test("shows the head of a row that is taller than the list", () => {
    expect(scrollToRow({ ...geometry, extra: new Map([[20, 900]]) }, 20, 0, 200)).toBe(400);
  });
});
