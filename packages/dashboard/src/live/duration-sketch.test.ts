import { describe, expect, test } from "vitest";
import { DurationSketch } from "./duration-sketch.ts";

describe("DurationSketch", () => {
  test("of 1 to 100 ms the quantiles are 50, 95 and 99, within 2.5 %", () => {
    const sketch = new DurationSketch();
    for (let ms = 100; ms >= 1; ms--) sketch.add(ms * 1e6);
    expect(Math.abs(sketch.quantileMs(0.5) / 50 - 1)).toBeLessThan(0.025);
    expect(Math.abs(sketch.quantileMs(0.95) / 95 - 1)).toBeLessThan(0.025);
    expect(Math.abs(sketch.quantileMs(0.99) / 99 - 1)).toBeLessThan(0.025);
  });

  test.each([0.5, 1, 250, 3_600_000])("one duration of %f ms is all its quantiles", (ms) => {
    const sketch = new DurationSketch();
    sketch.add(ms * 1e6);
    for (const q of [0, 0.5, 1]) {
      expect(Math.abs(sketch.quantileMs(q) / ms - 1)).toBeLessThan(0.025);
    }
  });

  test("what is too short or too long to tell apart stays at the ends", () => {
    const sketch = new DurationSketch();
    sketch.add(0);
    expect(sketch.quantileMs(0.5)).toBeLessThan(0.001);
    sketch.clear();
    sketch.add(1e18);
    expect(sketch.quantileMs(0.5)).toBeGreaterThan(4_000_000);
  });

  test("without durations there are no quantiles", () => {
    const sketch = new DurationSketch();
    sketch.add(1e6);
    sketch.clear();
    expect(sketch.count).toBe(0);
    expect(sketch.quantileMs(0.5)).toBeNaN();
  });
});
