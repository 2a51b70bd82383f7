import { propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BaggagePropagator, carrierGetter, carrierSetter } from "./propagation.ts";

const propagator = new BaggagePropagator();

function extract(baggage: unknown): Record<string, string> {
  const context = propagator.extract(ROOT_CONTEXT, { baggage }, carrierGetter);
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
  return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
}

function inject(entries: Record<string, string>): string | undefined {
  const carrier: Record<string, string> = {};
  const baggage = propagation.createBaggage(
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, { value }])),
  );
  propagator.inject(propagation.setBaggage(ROOT_CONTEXT, baggage), carrier, carrierSetter);
  return carrier["baggage"];
}

describe("BaggagePropagator (58)", () => {
  test.each([
    ["one", "a=1", { a: "1" }],
    ["several, with spaces", " a = 1 , b=2", { a: "1", b: "2" }],
    ["percent-encoded", "a=%C3%A9%2C%20x", { a: "é, x" }],
    ["several headers", ["a=1", "b=2"], { a: "1", b: "2" }],
    ["an empty value", "a=", { a: "" }],
    ["a wrong member beside right ones", "a=1,=2,b c=3,d=%E9,e=5", { a: "1", e: "5" }],
    ["nothing", undefined, {}],
  ])("reads %s", (_, header, expected) => {
    expect(extract(header)).toEqual(expected);
  });

  test("keeps properties on the way", () => {
    const context = propagator.extract(ROOT_CONTEXT, { baggage: "a=1; p=2 ;q" }, carrierGetter);
    const carrier: Record<string, string> = {};
    propagator.inject(context, carrier, carrierSetter);
    expect(carrier["baggage"]).toBe("a=1;p=2;q");
  });

  test("writes 64 members and 8 192 bytes, whole members only", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key-${i}`, "v"]));
    expect(Object.keys(extract(inject(many)))).toHaveLength(180);
    const big = { a: "x".repeat(8_000), b: "y".repeat(300), c: "z" };
    expect(extract(inject(big))).toEqual({ a: big.a, c: "z" });
  });

  test("writes nothing for none, and leaves a key out that is no token", () => {
    expect(inject({})).toBeUndefined();
    expect(inject({ "no token": "1", ok: "2" })).toBe("ok=2");
  });

  test("any text survives", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (value) => {
        expect(extract(inject({ key: value }))).toEqual({ key: value });
      }),
    );
  });
});
