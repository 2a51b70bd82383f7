import { describe, expect, test } from "vitest";
import { OpenSpans } from "./open-spans.ts";

interface Fake {
  openIndex: number;
  readonly startMs: number;
}
const fake = (startMs: number): Fake => ({ openIndex: -1, startMs });

describe("OpenSpans (40)", () => {
  test("knows what is open, in any order of ending", () => {
    const open = new OpenSpans<Fake>();
    const spans = Array.from({ length: 50 }, (_, i) => fake(i));
    for (const span of spans) open.add(span);
    const shuffled = [...spans].sort((a, b) => ((a.startMs * 37) % 50) - ((b.startMs * 37) % 50));
    for (const span of shuffled.slice(0, 30)) {
      open.remove(span);
      open.remove(span);
    }
    expect(open.size).toBe(20);
    expect(new Set(open.list())).toEqual(new Set(shuffled.slice(30)));
    for (const span of shuffled.slice(30)) open.remove(span);
    expect(open.list()).toEqual([]);
  });

  test("is bounded: the oldest are forgotten and counted, and still end", () => {
    const open = new OpenSpans<Fake>(100);
    const spans = Array.from({ length: 101 }, (_, i) => fake(i));
    for (const span of spans) open.add(span);
    expect(open.forgottenCount).toBe(10);
    expect(open.size).toBe(91);
    expect(open.list().some(({ startMs }) => startMs < 10)).toBe(false);
    open.remove(spans[0]!);
    expect(open.size).toBe(91);
  });

  test("leaves its spans alone when one ends that began in another registry", () => {
    const [before, now] = [new OpenSpans<Fake>(), new OpenSpans<Fake>()];
    const [early, own] = [fake(0), fake(1)];
    before.add(early);
    now.remove(early);
    now.add(own);
    now.remove(early);
    expect(now.list()).toEqual([own]);
  });
});
