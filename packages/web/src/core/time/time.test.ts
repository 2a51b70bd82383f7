import { describe, expect, test } from "vitest";
import {
  DEFAULT_RANGE,
  apiRange,
  describeRange,
  formatDateTime,
  formatDay,
  formatSpan,
  formatTime,
  formatZone,
  isLiveRange,
  isoText,
  nanoToMs,
  parseRange,
  parseRangeText,
  rangeParameters,
  resolveRange,
  shiftRange,
  toNano,
  zoomOut,
} from "./time.ts";

const NOON = Date.UTC(2026, 8, 12, 12, 0, 0);

describe("moments", () => {
  test("nanoseconds become milliseconds with their fraction", () => {
    expect(nanoToMs("1794600000123456789")).toBeCloseTo(1_794_600_000_123.456_8, 3);
    expect(nanoToMs("1500")).toBe(0.0015);
    expect(toNano(1_794_600_000_123)).toBe("1794600000123000000");
  });

  test("are written in the zone that is asked for", () => {
    expect(formatTime(NOON + 318, "utc")).toBe("12:00:00.318");
    expect(formatTime(NOON, "utc", false)).toBe("12:00:00");
    expect(formatDateTime(NOON, "utc", false)).toBe("2026-09-12 12:00:00");
    expect(formatDay(NOON, "utc")).toBe("2026-09-12");
    const local = new Date(NOON);
    expect(formatTime(NOON, "local").slice(0, 2)).toBe(String(local.getHours()).padStart(2, "0"));
    expect(formatDay(NOON).slice(0, 4)).toBe(String(local.getFullYear()));
  });

  test("no number is a dash", () => {
    expect([formatTime(Number.NaN), formatDay(Number.NaN), formatDateTime(Number.NaN)]).toEqual([
      "–",
      "–",
      "–",
    ]);
  });

  test("the zone is named by its offset", () => {
    expect(formatZone(NOON, "utc")).toBe("UTC");
    expect(formatZone(NOON, "local")).toMatch(/^UTC([+−]\d\d:\d\d)?$/);
    expect(isoText(NOON)).toBe("2026-09-12T12:00:00.000Z");
  });
});

describe("a range in the URL", () => {
  test("a relative one stays relative", () => {
    for (const from of ["-1h", "now-1h", "1h", "60m"]) {
      expect(parseRange(from, null)).toEqual({ kind: "last", ms: 3_600_000 });
    }
    expect(rangeParameters({ kind: "last", ms: 3_600_000 })).toEqual({ from: "-1h" });
  });

  test("an absolute one is two moments", () => {
    const range = { kind: "between", fromMs: NOON - 60_000, toMs: NOON } as const;
    const { from, to } = rangeParameters(range);
    expect(parseRange(from!, to!)).toEqual(range);
  });

  test("the default needs no parameters, and nonsense is the default", () => {
    expect(rangeParameters(DEFAULT_RANGE)).toEqual({});
    for (const [from, to] of [
      [null, null],
      ["soon", null],
      ["2026-09-12", "2026-09-11"],
      ["-0m", null],
      ["-999999d", null],
    ] as const) {
      expect(parseRange(from, to)).toEqual(DEFAULT_RANGE);
    }
  });

  test("means moments of now", () => {
    expect(resolveRange({ kind: "last", ms: 1_000 }, NOON)).toEqual({
      fromMs: NOON - 1_000,
      toMs: NOON,
    });
    expect(isLiveRange({ kind: "last", ms: 1 })).toBe(true);
    expect(isLiveRange({ kind: "between", fromMs: 0, toMs: 1 })).toBe(false);
    expect(apiRange({ fromMs: 1, toMs: 2 })).toEqual({ from: "1000000", to: "2000000" });
  });

  test("is described without the day twice", () => {
    expect(describeRange({ kind: "last", ms: 900_000 }, "utc")).toBe("Last 15m");
    expect(describeRange({ kind: "between", fromMs: NOON, toMs: NOON + 60_000 }, "utc")).toBe(
      "2026-09-12 12:00:00 – 12:01:00",
    );
    expect(describeRange({ kind: "between", fromMs: NOON, toMs: NOON + 86_400_000 }, "utc")).toBe(
      "2026-09-12 12:00:00 – 2026-09-13 12:00:00",
    );
  });

  test("moves by half of itself and doubles", () => {
    const range = { kind: "between", fromMs: 1_000, toMs: 3_000 } as const;
    expect(shiftRange(range, -1, NOON)).toEqual({ kind: "between", fromMs: 0, toMs: 2_000 });
    expect(zoomOut(range)).toEqual({ kind: "between", fromMs: 0, toMs: 4_000 });
    expect(zoomOut({ kind: "last", ms: 60_000 })).toEqual({ kind: "last", ms: 120_000 });
  });

  test("lengths have their shortest exact form", () => {
    expect([90_000, 900_000, 86_400_000, 2 * 86_400_000, 7_200_000].map(formatSpan)).toEqual([
      "90s",
      "15m",
      "24h",
      "2d",
      "2h",
    ]);
  });
});

describe("a range as people type it", () => {
  test.each([
    ["20m", 20 * 60_000],
    ["last 20 min", 20 * 60_000],
    ["past 2 hours", 2 * 3_600_000],
    ["1 week", 7 * 86_400_000],
    ["now-90s", 90_000],
  ])("%s is relative", (text, ms) => {
    expect(parseRangeText(text, NOON)).toEqual({ kind: "last", ms });
  });

  test("two moments of one day", () => {
    const range = parseRangeText("yesterday 14:00 to 15:30", NOON);
    const day = new Date(NOON);
    day.setDate(day.getDate() - 1);
    expect(range).toEqual({
      kind: "between",
      fromMs: new Date(day).setHours(14, 0, 0, 0),
      toMs: new Date(day).setHours(15, 30, 0, 0),
    });
  });

  test("one moment is up to now", () => {
    const now = new Date(NOON).setHours(18, 0, 0, 0);
    expect(parseRangeText("today 9:15", now)).toEqual({
      kind: "between",
      fromMs: new Date(NOON).setHours(9, 15, 0, 0),
      toMs: now,
    });
    expect(parseRangeText("2026-09-01 – now", now)).toEqual({
      kind: "between",
      fromMs: Date.parse("2026-09-01 00:00"),
      toMs: now,
    });
  });

  test.each(["", "soon", "25:00", "14:00 to 13:00", "2026-13-45", "9:00 to 10:00 to 11:00", "0m"])(
    "%j is no range",
    (text) => {
      expect(parseRangeText(text, NOON)).toBeUndefined();
    },
  );
});
