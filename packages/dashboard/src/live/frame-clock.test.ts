import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FrameClock } from "./frame-clock.ts";

describe("FrameClock", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("after silence the frame comes at once, and what follows in the same turn is in it", () => {
    const onFrame = vi.fn();
    const clock = new FrameClock(50, onFrame);
    clock.request();
    clock.request();
    expect(onFrame).not.toHaveBeenCalled();
    vi.advanceTimersByTime(0);
    expect(onFrame).toHaveBeenCalledTimes(1);
  });

  test("frames are at least an interval apart", () => {
    const at: number[] = [];
    const clock = new FrameClock(50, () => at.push(performance.now()));
    for (let ms = 0; ms < 500; ms++) {
      clock.request();
      vi.advanceTimersByTime(1);
    }
    expect(at).toHaveLength(11);
    for (const [index, time] of at.entries()) {
      if (index > 0) expect(time - at[index - 1]!).toBeGreaterThanOrEqual(50);
    }
  });

  test("a frame that nobody asked for does not come, and none comes after the end", () => {
    const onFrame = vi.fn();
    const clock = new FrameClock(50, onFrame);
    vi.advanceTimersByTime(1_000);
    clock.request();
    clock.close();
    vi.advanceTimersByTime(1_000);
    expect(onFrame).not.toHaveBeenCalled();
  });
});
