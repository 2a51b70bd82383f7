import { describe, expect, test } from "vitest";
import { parsePace } from "./pace.ts";

describe("parsePace", () => {
  test("reads version 1, ignores what it does not know, and bounds what it is asked", () => {
    expect(parsePace("1; spans=100; metrics=500; open-spans; new=1")).toEqual({
      spansMs: 100,
      metricsMs: 500,
      openSpans: true,
    });
    expect(parsePace("1;spans=1")?.spansMs).toBe(20);
    expect(parsePace("1; spans=x; metrics=-1")).toEqual({
      spansMs: undefined,
      metricsMs: undefined,
      openSpans: false,
    });
    expect(parsePace("2; spans=100")).toBeUndefined();
    expect(parsePace("")).toBeUndefined();
  });
});
