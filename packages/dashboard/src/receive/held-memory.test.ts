import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnavailableError } from "./errors.ts";
import { HeldMemory, Share } from "./held-memory.ts";

/** Takes one unit at a time until it may not. Returns how many. */
function fill(memory: HeldMemory, share: Share): number {
  const holding = memory.open(share);
  try {
    for (;;) holding.take(1);
  } catch (error) {
    expect(error).toBeInstanceOf(UnavailableError);
    return share.heldBytes;
  }
}

describe("HeldMemory", () => {
  test("gives one sender half, and what it gives back to the next", () => {
    const memory = new HeldMemory(256);
    const share = new Share();
    const holding = memory.open(share);
    holding.take(128);
    expect(() => holding.take(1)).toThrow("too much is on its way at once");
    holding.release();
    expect(memory.heldBytes).toBe(0);
    expect(fill(memory, share)).toBe(128);
  });

  test("leaves as much free as each of many floods holds", () => {
    const memory = new HeldMemory(1_000);
    const floods = Array.from({ length: 9 }, () => new Share());
    const holdings = floods.map((share) => memory.open(share));
    for (let round = 0; round < 1_000; round++) {
      for (const holding of holdings) {
        try {
          holding.take(1);
        } catch {
          // it has its share
        }
      }
    }
    expect(floods.map(({ heldBytes }) => heldBytes)).toEqual(Array(9).fill(100));
    expect(fill(memory, new Share())).toBe(50); // half of what is free, for one more
  });

  test("counts what is in use already, whether there is room or not", () => {
    const memory = new HeldMemory(100);
    const share = new Share();
    const holding = memory.open(share);
    holding.add(150);
    expect(() => holding.take(1)).toThrow(UnavailableError);
    expect(() => memory.open(new Share()).take(1)).toThrow(UnavailableError);
    holding.release();
    expect(memory.heldBytes).toBe(0);
  });

  test("never gives more than it has, and knows what is held, whatever is asked in whatever order", () => {
    const step = fc.record({
      holding: fc.nat(9),
      sizeBytes: fc.nat(400),
      isRelease: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const memory = new HeldMemory(1_000);
        const shares = Array.from({ length: 3 }, () => new Share());
        const holdings = Array.from({ length: 10 }, (_, at) => memory.open(shares[at % 3]!));
        const held = Array<number>(10).fill(0);
        for (const { holding: at, sizeBytes, isRelease } of steps) {
          if (isRelease) {
            holdings[at]!.release();
            held[at] = 0;
            continue;
          }
          try {
            holdings[at]!.take(sizeBytes);
            held[at]! += sizeBytes;
          } catch (error) {
            expect(error).toBeInstanceOf(UnavailableError);
          }
          const total = held.reduce((sum, each) => sum + each, 0);
          expect(memory.heldBytes).toBe(total);
          expect(total).toBeLessThanOrEqual(1_000);
        }
      }),
    );
  });
});
