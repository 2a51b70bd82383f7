import { expect, test } from "vitest";
import { niceTicks, roundStepMs } from "./axis.ts";

test("ticks are round and inside", () => {
  expect(niceTicks(0, 771, 6)).toEqual({ step: 200, ticks: [0, 200, 400, 600] });
  expect(niceTicks(0.3, 1.1, 4).ticks.map((tick) => tick.toFixed(1))).toEqual([
    "0.4",
    "0.6",
    "0.8",
    "1.0",
  ]);
  expect(niceTicks(5, 5, 4).ticks).toEqual([]);
});

test("a step is round and makes at most so many points", () => {
  expect(roundStepMs(15 * 60_000, 120)).toBe(10_000);
  expect(roundStepMs(5 * 60_000, 300)).toBe(1_000);
  expect(roundStepMs(400 * 86_400_000, 10)).toBe(86_400_000);
});
