import { describe, expect, test } from "vitest";
import type { LogRecord } from "@telemetry/dashboard/contract";
import {
  SEVERITIES,
  countBySeverity,
  insertLogs,
  mergeLogs,
  severityLabel,
  severityMinimum,
  severityOf,
} from "./logs.ts";

function log(ms: number, body: string, severityNumber = 9): LogRecord {
  return {
    timeUnixNano: `${ms}000000`,
    severityNumber,
    severityText: "",
    body,
    service: "app",
    attributes: {},
    resource: {},
    scope: { name: "", attributes: {} },
  };
}

describe("severity", () => {
  test("four numbers have one name", () => {
    expect([0, 1, 4, 5, 12, 13, 17, 20, 21, 24, 25].map(severityOf)).toEqual([
      "none",
      "trace",
      "trace",
      "debug",
      "info",
      "warn",
      "error",
      "error",
      "fatal",
      "fatal",
      "none",
    ]);
  });

  test("the label is what the log said, else the name", () => {
    expect([severityLabel(9, "Notice"), severityLabel(17, ""), severityLabel(0, "")]).toEqual([
      "NOTICE",
      "ERROR",
      "–",
    ]);
  });

  test("a level lets itself and everything above pass", () => {
    expect([severityMinimum("all"), severityMinimum("warn"), severityMinimum("error")]).toEqual([
      0, 13, 17,
    ]);
  });
});

describe("two sources of logs", () => {
  test("are one list in order of time, without doubles", () => {
    const known = [log(30, "c"), log(10, "a")];
    const merged = mergeLogs(known, [log(20, "b"), log(30, "c")], "newest_first", 10);
    expect(merged.map((row) => row.body)).toEqual(["c", "b", "a"]);
    expect(mergeLogs(known, [log(10, "a")], "newest_first", 10)).toEqual(known);
  });

  test("two alike lines of one moment are two lines", () => {
    const two = [log(10, "tick"), log(10, "tick")];
    expect(mergeLogs([log(10, "tick")], two, "oldest_first", 10)).toHaveLength(2);
    expect(insertLogs(two, [log(10, "tick")], "oldest_first", 10)).toHaveLength(3);
  });

  test("the limit keeps the newest", () => {
    const rows = [log(1, "1"), log(2, "2"), log(3, "3")];
    expect(insertLogs([], rows, "newest_first", 2).map((row) => row.body)).toEqual(["3", "2"]);
    expect(insertLogs([], rows, "oldest_first", 2).map((row) => row.body)).toEqual(["2", "3"]);
  });

  test("times of different length compare as numbers, and a record without a time stands where it was observed", () => {
    const observed = { ...log(0, "observed"), timeUnixNano: "0", observedTimeUnixNano: "15000000" };
    const rows = insertLogs([], [log(9, "9"), log(100, "100"), observed], "oldest_first", 10);
    expect(rows.map((row) => row.body)).toEqual(["9", "observed", "100"]);
  });
});

test("the histogram counts what is inside the range, by severity", () => {
  const rows = [
    log(1_000, "a"),
    log(1_050, "b", 17),
    log(1_099, "c", 0),
    log(2_000, "outside"),
    log(999, "before"),
  ];
  const { counts, binMs, countMax } = countBySeverity(rows, { fromMs: 1_000, toMs: 2_000 }, 10);
  expect(Array.from(binMs.slice(0, 2))).toEqual([1_000, 1_100]);
  expect(countMax).toBe(3);
  expect([
    counts[SEVERITIES.indexOf("info")]![0],
    counts[SEVERITIES.indexOf("error")]![0],
    counts[SEVERITIES.length]![0],
  ]).toEqual([1, 1, 1]);
  expect(counts.reduce((sum, column) => sum + column.reduce((a, b) => a + b, 0), 0)).toBe(3);
});
