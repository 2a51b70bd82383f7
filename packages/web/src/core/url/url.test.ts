import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  LOG_LEVELS,
  OVERVIEW_CHARTS,
  TRACE_ORDERS,
  TRACE_TABS,
  formatLocation,
  parseLocation,
} from "./url.ts";
import type { Location } from "./url.ts";

const text = fc.string({ minLength: 1 });
const hex = (digits: number): fc.Arbitrary<string> =>
  fc
    .string({
      unit: fc.constantFrom(..."0123456789abcdef".split("")),
      minLength: digits,
      maxLength: digits,
    })
    .filter((id) => !/^0+$/.test(id));

const page: fc.Arbitrary<Location["page"]> = fc.oneof(
  fc.record({ name: fc.constant("overview" as const), chart: fc.constantFrom(...OVERVIEW_CHARTS) }),
  fc.record({ name: fc.constant("traces" as const), order: fc.constantFrom(...TRACE_ORDERS) }),
  fc.record(
    {
      name: fc.constant("trace" as const),
      traceId: hex(32),
      spanId: hex(16),
      tab: fc.constantFrom(...TRACE_TABS),
      search: fc.string(),
      zoom: fc
        .tuple(fc.nat(), fc.nat())
        .map(([from, length]) => [from, from + length + 1] as const),
    },
    { requiredKeys: ["name", "traceId", "tab", "search"] },
  ),
  fc.record({ name: fc.constant("logs" as const), level: fc.constantFrom(...LOG_LEVELS) }),
  fc.record(
    {
      name: fc.constant("metrics" as const),
      metric: text,
      aggregate: text,
      groupBy: fc.array(text, { maxLength: 4 }),
      table: fc.boolean(),
    },
    { requiredKeys: ["name", "groupBy", "table"] },
  ),
  fc.constant({ name: "pipeline" as const }),
);

const location: fc.Arbitrary<Location> = fc.record({
  page,
  range: fc.oneof(
    fc
      .integer({ min: 1, max: 10_000 })
      .map((minutes) => ({ kind: "last" as const, ms: minutes * 60_000 })),
    fc
      .tuple(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1, max: 1e9 }))
      .map(([fromMs, length]) => ({ kind: "between" as const, fromMs, toMs: fromMs + length })),
  ),
  filter: fc.string(),
});

describe("the URL", () => {
  test("holds the whole state of every page", () => {
    fc.assert(
      fc.property(location, (state) => {
        expect(parseLocation(formatLocation(state))).toEqual(state);
      }),
    );
  });

  test("leaves out what is at its default", () => {
    expect(formatLocation(parseLocation("/"))).toBe("/");
    expect(formatLocation(parseLocation("/traces?order=newest&from=-15m"))).toBe("/traces");
    expect(formatLocation(parseLocation("/overview"))).toBe("/");
  });

  test("takes a trace id in any form, and ignores what it does not know", () => {
    const expected = "/trace/4bf92f3577b34da6a3ce929d0e0e4736";
    for (const path of [
      "/trace/4BF92F35-77B3-4DA6-A3CE-929D0E0E4736",
      "/traces/4bf92f3577b34da6a3ce929d0e0e4736",
      "/trace/S%2FkvNXezTaajzpKdDg5HNg==?tab=nonsense&zoom=9-3&span=xyz&unknown=1",
    ]) {
      expect(formatLocation(parseLocation(path))).toBe(expected);
    }
  });

  test.each(["/nowhere", "/trace/123", "/trace/%E0%A4%A", "/logs/7", "/a/b/c"])(
    "%s is no page",
    (path) => {
      expect(parseLocation(path).page).toEqual({ name: "unknown", path });
      expect(formatLocation(parseLocation(path))).toBe(path);
    },
  );
});
