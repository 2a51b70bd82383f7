import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Repeats } from "./repeats.ts";
import { hashBody } from "./segment.ts";

const MINUTE_MS = 60_000;
const hash = (name: string) => hashBody(Buffer.from(name));

describe("Repeats", () => {
  test("knows a hash for ten minutes, and not for ever", () => {
    const repeats = new Repeats();
    const startMs = 1_700_000_000_000;
    repeats.add(hash("a"), startMs);

    expect(repeats.has(hash("a"), startMs + 10 * MINUTE_MS)).toBe(true);
    expect(repeats.has(hash("b"), startMs)).toBe(false);
    expect(repeats.has(hash("a"), startMs + 21 * MINUTE_MS)).toBe(false);
    expect(repeats.size).toBe(0);
  });

  test("any hash added within the window is known, however they come", () => {
    const arrivals = fc.array(fc.record({ afterMs: fc.nat(5 * MINUTE_MS), name: fc.nat(30) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(arrivals, (list) => {
        const repeats = new Repeats();
        const addedAtMs = new Map<number, number>();
        let nowMs = 1_700_000_000_000;
        for (const { afterMs, name } of list) {
          nowMs += afterMs;
          const knownAtMs = addedAtMs.get(name);
          if (knownAtMs !== undefined && nowMs - knownAtMs < 10 * MINUTE_MS) {
            expect(repeats.has(hash(String(name)), nowMs)).toBe(true);
          }
          repeats.add(hash(String(name)), nowMs);
          addedAtMs.set(name, nowMs);
        }
      }),
    );
  });

  test("never holds more than two full generations, and counts when that shortens the window", () => {
    const repeats = new Repeats({ hashesMax: 10 });
    for (let index = 0; index < 35; index++)
      repeats.add(hash(String(index)), 1_700_000_000_000 + index);

    expect(repeats.size).toBe(15);
    expect(repeats.shortenedCount).toBe(3);
    expect(repeats.has(hash("34"), 1_700_000_000_100)).toBe(true);
  });

  test("the file brings both generations back", () => {
    const before = new Repeats();
    before.add(hash("old"), 1_700_000_000_000);
    before.add(hash("new"), 1_700_000_000_000 + 11 * MINUTE_MS);
    const after = new Repeats();

    expect(after.restore(Buffer.from(before.encode()))).toBe(true);
    expect(after.size).toBe(2);
    expect(after.has(hash("old"), 1_700_000_000_000 + 12 * MINUTE_MS)).toBe(true);
    expect(after.has(hash("new"), 1_700_000_000_000 + 20 * MINUTE_MS)).toBe(true);
  });

  test("a file that does not prove itself changes nothing", () => {
    const repeats = new Repeats();
    repeats.add(hash("a"), Date.now());
    const file = Buffer.from(repeats.encode());
    for (const bad of [
      file.subarray(0, 10),
      file.subarray(0, -1),
      Buffer.from(file).fill(1, 40, 41),
    ]) {
      const restored = new Repeats();
      expect(restored.restore(bad)).toBe(false);
      expect(restored.size).toBe(0);
    }
  });
});
