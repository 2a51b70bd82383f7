import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Repeats } from "./repeats.ts";
import { hashBody } from "./segment.ts";

const MINUTE_MS = 60_000;
const hash = (name: string) => hashBody(Buffer.from(name));

/** Repeats whose clock is moved by hand. */
function withClock(options: { hashesMax?: number } = {}) {
  const clock = { ms: 5_000 };
  return { clock, repeats: new Repeats({ ...options, nowMs: () => clock.ms }) };
}

describe("Repeats", () => {
  test("knows a hash for ten minutes, and not for ever", () => {
    const { clock, repeats } = withClock();
    repeats.add(hash("a"));

    clock.ms += 10 * MINUTE_MS;
    expect(repeats.has(hash("a"))).toBe(true);
    expect(repeats.has(hash("b"))).toBe(false);
    clock.ms += 21 * MINUTE_MS;
    expect(repeats.has(hash("a"))).toBe(false);
    expect(repeats.size).toBe(0);
  });

  test("any hash added within the window is known, however they come", () => {
    const arrivals = fc.array(fc.record({ afterMs: fc.nat(5 * MINUTE_MS), name: fc.nat(30) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(arrivals, (list) => {
        const { clock, repeats } = withClock();
        const addedAtMs = new Map<number, number>();
        for (const { afterMs, name } of list) {
          clock.ms += afterMs;
          const knownAtMs = addedAtMs.get(name);
          if (knownAtMs !== undefined && clock.ms - knownAtMs < 10 * MINUTE_MS) {
            expect(repeats.has(hash(String(name)))).toBe(true);
          }
          repeats.add(hash(String(name)));
          addedAtMs.set(name, clock.ms);
        }
      }),
    );
  });

  test("never holds more than two full generations, and counts when that shortens the window", () => {
    const { repeats } = withClock({ hashesMax: 10 });
    for (let index = 0; index < 35; index++) repeats.add(hash(String(index)));

    expect(repeats.size).toBe(15);
    expect(repeats.shortenedCount).toBe(3);
    expect(repeats.has(hash("34"))).toBe(true);
  });

  test("the file brings both generations back, for a window from then on", () => {
    const before = withClock();
    before.repeats.add(hash("old"));
    before.clock.ms += 11 * MINUTE_MS;
    before.repeats.add(hash("new"));
    const after = withClock();

    expect(after.repeats.restore(Buffer.from(before.repeats.encode()))).toBe(true);
    expect(after.repeats.size).toBe(2);
    after.clock.ms += 9 * MINUTE_MS;
    expect(after.repeats.has(hash("old"))).toBe(true);
    after.clock.ms += 9 * MINUTE_MS;
    expect(after.repeats.has(hash("new"))).toBe(true);
    expect(after.repeats.has(hash("old"))).toBe(false);
  });

  test("a file that does not prove itself changes nothing", () => {
    const repeats = new Repeats();
    repeats.add(hash("a"));
    const file = Buffer.from(repeats.encode());
    for (const bad of [
      file.subarray(0, 10),
      file.subarray(0, -1),
      Buffer.from(file).fill(1, 20, 21),
    ]) {
      const restored = new Repeats();
      expect(restored.restore(bad)).toBe(false);
      expect(restored.size).toBe(0);
    }
  });
});
