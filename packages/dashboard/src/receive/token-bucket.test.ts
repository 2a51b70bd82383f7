import { describe, expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

describe("TokenBucket", () => {
  test("gives a second's worth at once, then the rate", () => {
    const bucket = new TokenBucket(10, 0);
    for (let taken = 0; taken < 10; taken++) {
      expect(bucket.waitMs(0)).toBe(0);
      bucket.take(1, 0);
    }
    expect(bucket.waitMs(0)).toBe(100);
    expect(bucket.waitMs(50)).toBe(50);
    expect(bucket.waitMs(100)).toBe(0);
  });

  test("lets one large amount through, which is paid before the next", () => {
    const bucket = new TokenBucket(1_000, 0);
    bucket.take(61_000, 0);
    expect(bucket.waitMs(0)).toBe(60_001);
    expect(bucket.waitMs(60_001)).toBe(0);
  });

  test("saves no more than a second's worth, and a clock that is set back gives nothing", () => {
    const bucket = new TokenBucket(10, 0);
    bucket.take(10, 1_000_000);
    expect(bucket.waitMs(1_000_000)).toBe(100);
    expect(bucket.waitMs(500_000)).toBe(100);
  });

  test("of less than one a second gives one at a time", () => {
    const bucket = new TokenBucket(0.5, 0);
    expect(bucket.waitMs(0)).toBe(0);
    bucket.take(1, 0);
    expect(bucket.waitMs(0)).toBe(2_000);
  });

  test("over a long time nobody gets more than the rate", () => {
    const bucket = new TokenBucket(100, 0);
    let taken = 0;
    for (let nowMs = 0; nowMs < 60_000; nowMs += 7) {
      if (bucket.waitMs(nowMs) > 0) continue;
      const amount = 1 + ((nowMs * 31) % 400);
      bucket.take(amount, nowMs);
      taken += amount;
    }
    expect(taken).toBeGreaterThan(6_000);
    expect(taken).toBeLessThan(100 + 6_000 + 400);
  });
});
