import { describe, expect, test } from "vitest";
import { QuestionError } from "./failures.ts";
import { parseTime, parseTimeRange } from "./time.ts";

const NOW_NS = 1_700_000_000_000_000_000n;
const parse = (text: string) => parseTime(text, "from", NOW_NS);

describe("parseTime", () => {
  test.each([
    ["1699999999000000001", 1_699_999_999_000_000_001n],
    ["0", 0n],
    ["now", NOW_NS],
    ["-15m", NOW_NS - 900_000_000_000n],
    ["-1h30m", NOW_NS - 5_400_000_000_000n],
    ["-1.5s", NOW_NS - 1_500_000_000n],
    ["-100000d", 0n],
    ["2023-11-14", 1_699_920_000_000_000_000n],
    ["2023-11-14T22:13:20Z", NOW_NS],
    ["2023-11-14 22:13:20", NOW_NS],
    ["2023-11-14T22:13:20.000000001Z", NOW_NS + 1n],
    ["2023-11-14T22:13:20.5Z", NOW_NS + 500_000_000n],
    ["2023-11-15T00:13:20+02:00", NOW_NS],
    ["2023-11-14T22:13Z", NOW_NS - 20_000_000_000n],
  ])("%s", (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  test.each([
    "",
    "soon",
    "15m",
    "-15",
    "1700000000",
    "1700000000000",
    "2023-13-01",
    "99999999999999999999",
    "2500-01-01",
  ])("refuses %s", (text) => {
    expect(() => parse(text)).toThrow(QuestionError);
    expect(() => parse(text)).toThrow(`Cannot use from "${text}"`);
  });
});

describe("parseTimeRange", () => {
  test("is open at its newest end without one", () => {
    const { fromNs, toNs } = parseTimeRange("-1h");

    expect(Number(toNs - fromNs) / 3.6e12).toBeCloseTo(25, 3);
  });

  test("refuses a range with nothing in it", () => {
    expect(() => parseTimeRange("now", "-1h")).toThrow("nothing lies between them");
  });
});
