import { describe, expect, test } from "vitest";
import {
  anchorAt,
  Clock,
  durationOf,
  hrTimeOf,
  instantFrom,
  isBefore,
  unixNanoOf,
} from "./clock.ts";

describe("Clock (37)", () => {
  test("counts from performance.timeOrigin, not from a truncated Date.now()", () => {
    const clock = new Clock();
    const drift = clock.epochMs() - (performance.timeOrigin + performance.now());
    expect(Math.abs(drift)).toBeLessThan(0.5);
    expect(Number(clock.unixNano() / 1_000_000n)).toBeCloseTo(Date.now(), -2);
  });

  test("keeps its anchor while the clocks agree, takes a new one after a step", () => {
    let ms = 0;
    let wallMs = 1_000_000;
    const clock = new Clock({ now: () => ms, wallNow: () => wallMs, timeOriginMs: 1_000_000 });
    const first = clock.anchorAt(ms);
    ms = 500;
    wallMs = 1_000_501;
    expect(clock.anchorAt(ms)).toBe(first);
    ms = 1_000;
    wallMs = 1_061_000; // the machine slept for a minute
    const second = clock.anchorAt(ms);
    expect(second).not.toBe(first);
    expect(second.wholeMs + ms).toBe(1_061_000);
    wallMs = 900_000; // somebody set the clock back
    ms = 2_000;
    expect(clock.anchorAt(ms).wholeMs + ms).toBe(900_000);
  });
});

describe("instants", () => {
  test("are exact to the nanosecond", () => {
    const instant = { anchor: { wholeMs: 1_763_665_000_123, ns: 456_789 }, ms: 1.000001 };
    expect(unixNanoOf(instant)).toBe(1_763_665_000_124_456_790n);
    expect(hrTimeOf(instant)).toEqual([1_763_665_000, 124_456_790]);
    expect(anchorAt(5.25)).toEqual({ wholeMs: 5, ns: 250_000 });
  });

  test("compare across anchors, and a duration is never negative", () => {
    const [a, b] = [anchorAt(1_000), anchorAt(2_000)];
    expect(isBefore(a, 500, b, 0)).toBe(true);
    expect(isBefore(a, 1_500, b, 0)).toBe(false);
    expect(isBefore(a, 1, a, 2)).toBe(true);
    expect(durationOf({ anchor: a, ms: 0 }, { anchor: b, ms: 0.5 })).toEqual([1, 500_000]);
    expect(durationOf({ anchor: b, ms: 0 }, { anchor: a, ms: 0 })).toEqual([0, 0]);
  });

  test("come from every form of time, and from nothing else", () => {
    const ms = (input: Parameters<typeof instantFrom>[0]): number | undefined => {
      const instant = instantFrom(input);
      return instant === undefined ? undefined : Number(unixNanoOf(instant)) / 1e6;
    };
    expect(ms(new Date(5_000))).toBe(5_000);
    expect(ms(1_763_665_000_123.5)).toBe(1_763_665_000_123.5);
    expect(ms([12, 500_000_000])).toBe(12_500);
    expect(ms(7_000_000n)).toBe(7);
    expect(ms(performance.now())).toBeCloseTo(Date.now(), -3);
    for (const input of [
      Number.NaN,
      Infinity,
      new Date(Number.NaN),
      [1, 2, 3],
      [1.5, 0],
      {},
      -1n,
    ]) {
      expect(instantFrom(input as number)).toBeUndefined();
    }
  });
});
