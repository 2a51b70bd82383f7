import { describe, expect, test } from "vitest";
import {
  attributeText,
  bodyText,
  describeUnit,
  durationAxisUnit,
  formatBytes,
  formatCount,
  formatDuration,
  formatDurationIn,
  formatNumber,
  formatPercent,
  formatRate,
  formatValue,
  jsonText,
} from "./format.ts";

describe("formatDuration", () => {
  test.each([
    [0, "0 ns"],
    [412, "412 ns"],
    [8_310, "8.31 µs"],
    [12_400_000, "12.4 ms"],
    [124_000_000, "124 ms"],
    [1_240_000_000, "1.24 s"],
    [59_900_000_000, "59.9 s"],
    [123e9, "2 m 03 s"],
    [3_600e9 * 3 + 240e9, "3 h 04 m"],
    [3_600e9 * 28, "1 d 04 h"],
  ])("%d ns is %s", (durationNs, text) => {
    expect(formatDuration(durationNs)).toBe(text);
  });

  test("what rounds to a thousand is one of the next unit", () => {
    expect(formatDuration(999_700)).toBe("1.00 ms");
    expect(formatDuration(999_600_000)).toBe("1.00 s");
    expect(formatDuration(59_999_000_000)).toBe("1 m 00 s");
  });

  test("a negative one keeps its sign, and no number is a dash", () => {
    expect(formatDuration(-18e6)).toBe("−18.0 ms");
    expect(formatDuration(Number.NaN)).toBe("–");
  });
});

describe("an axis of durations", () => {
  test("has one unit, with as many decimals as its step needs", () => {
    const unit = durationAxisUnit(1.6e9);
    expect([0, 5e8, 1e9].map((tick) => formatDurationIn(unit, tick, 5e8))).toEqual([
      "0 s",
      "0.5 s",
      "1.0 s",
    ]);
    expect(formatDurationIn(durationAxisUnit(240e6), 50e6, 50e6)).toBe("50 ms");
  });
});

describe("numbers", () => {
  test.each([
    [0, "0"],
    [0.000_031_2, "3.12e−5"],
    [0.0312, "0.0312"],
    [8.3149, "8.31"],
    [124.4, "124"],
    [1_240, "1\u202f240"],
    [12_400, "12.4 k"],
    [-1_250_000, "−1.25 M"],
    [Infinity, "∞"],
    [-Infinity, "−∞"],
    [Number.NaN, "–"],
  ])("%d is %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test("counts are exact up to five digits", () => {
    expect([7, 18_440, 99_999, 481_204, 999_999, Number.NaN].map(formatCount)).toEqual([
      "7",
      "18\u202f440",
      "99\u202f999",
      "481 k",
      "1.00 M",
      "–",
    ]);
  });

  test("rates carry their unit once", () => {
    expect([0, 0.25, 12_400, Number.NaN].map(formatRate)).toEqual([
      "0 /s",
      "0.25 /s",
      "12.4 k/s",
      "–",
    ]);
  });

  test("a small share is not nothing", () => {
    expect([0, 0.000_01, 0.000_6, 0.042, 0.5, 1, Number.NaN].map(formatPercent)).toEqual([
      "0 %",
      "< 0.01 %",
      "0.06 %",
      "4.2 %",
      "50 %",
      "100 %",
      "–",
    ]);
  });

  test("bytes are in powers of 1024", () => {
    expect([0, 1_023, 1_536, 12.4 * 2 ** 20, -(2 ** 30), Number.NaN].map(formatBytes)).toEqual([
      "0 B",
      "1023 B",
      "1.50 KiB",
      "12.4 MiB",
      "−1.00 GiB",
      "–",
    ]);
  });
});

describe("formatValue reads UCUM units", () => {
  test.each([
    [0.0312, "s", "31.2 ms"],
    [250, "ms", "250 ms"],
    [1_536, "By", "1.50 KiB"],
    [3, "KiBy", "3.00 KiB"],
    [42, "%", "42 %"],
    [0.42, "share", "42 %"],
    [0.42, "1", "0.42"],
    [12, "{request}", "12"],
    [12, "{request}/s", "12 /s"],
    [2_048, "By/s", "2.00 KiB/s"],
    [3.5, "Cel", "3.50 Cel"],
    [Number.NaN, "s", "–"],
  ])("%d in %s is %s", (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  test("units are named as people name them", () => {
    expect(["1", "", "By", "{request}", "us", "By/s", "Cel"].map(describeUnit)).toEqual([
      "",
      "",
      "bytes",
      "request",
      "µs",
      "bytes/s",
      "Cel",
    ]);
  });
});

describe("text of attributes", () => {
  test("strings are as they are, the rest is JSON on one line", () => {
    expect(attributeText("<b>")).toBe("<b>");
    expect(attributeText({ a: [1, true, null] })).toBe('{ "a": [ 1, true, null ] }');
  });

  test("a body is one line and never endless", () => {
    expect(bodyText("first\n  second\r\nthird")).toBe("first ⏎ second ⏎ third");
    expect(bodyText("x".repeat(20), 8)).toBe("xxxxxxxx…");
  });

  test("nothing to say is the empty text", () => {
    expect(jsonText(undefined)).toBe("");
    expect(jsonText({ a: 1 })).toBe('{\n  "a": 1\n}');
  });
});
