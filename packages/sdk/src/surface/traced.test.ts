// Decorators are proved with real ones, compiled by tsc, in decorators.test.ts: neither Vitest nor Node can
// read them. Here: the wrapper, and the shapes of a call.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { getCurrentSpan, traced, withSpan } from "../index.ts";
import { startTestTelemetry } from "../testing/testing.ts";
import type { TestTelemetry } from "../testing/testing.ts";

let telemetry: TestTelemetry;

beforeEach(() => {
  telemetry = startTestTelemetry();
});
afterEach(() => telemetry.stop());

const names = async (): Promise<string[]> => (await telemetry.spans()).map(({ name }) => name);

describe("traced as a wrapper", () => {
  test("takes its name from the function, a string, or options (133)", async () => {
    function charge(amount: number): number {
      return amount * 2;
    }
    expect(traced(charge)(1)).toBe(2);
    expect(traced("named", charge)(2)).toBe(4);
    expect(traced({ name: "optioned" }, charge)(3)).toBe(6);
    expect(traced("curried")(charge)(4)).toBe(8);
    expect(traced("with attributes", { a: 1 })(charge)(5)).toBe(10);
    expect(traced(() => 1)()).toBe(1);
    expect(await names()).toEqual([
      "charge",
      "named",
      "optioned",
      "curried",
      "with attributes",
      "anonymous",
    ]);
    expect(telemetry.collector.span("with attributes").attributes).toMatchObject({ a: 1 });
    expect(telemetry.collector.span("charge").attributes).toMatchObject({
      "code.function.name": "charge",
    });
  });

  test("keeps this, name, length and properties (134)", () => {
    const fn = Object.assign(
      function area(this: { width: number }, height: number, _extra?: string): number {
        return this.width * height;
      },
      { unit: "m2" },
    );
    const wrapped = traced(fn);
    expect(wrapped.call({ width: 3 }, 4)).toBe(12);
    expect([wrapped.name, wrapped.length, wrapped.unit]).toEqual(["area", 2, "m2"]);
  });

  test("computes attributes from the arguments, and records the result when asked", async () => {
    const pay = traced(
      { name: "pay", attributes: (id: string) => ({ "order.id": id }), recordResult: true },
      async (id: string) => `paid ${id}`,
    );
    expect(await pay("o-1")).toBe("paid o-1");
    const add = traced({ name: "add", recordResult: true }, (a: number, b: number) => a + b);
    expect(add(1, 2)).toBe(3);
    await telemetry.spans();
    expect(telemetry.collector.span("pay").attributes).toMatchObject({
      "order.id": "o-1",
      result: "paid o-1",
    });
    expect(telemetry.collector.span("add").attributes).toMatchObject({ result: 3 });
  });

  test("attributes that cannot be computed cost nothing but themselves", async () => {
    const fragile = traced(
      {
        name: "fragile",
        attributes: () => {
          throw new Error("no");
        },
      },
      () => 1,
    );
    expect(fragile()).toBe(1);
    expect(await names()).toEqual(["fragile"]);
  });

  test("nested calls nest spans, recursion of 1 000 levels included (30, 135)", async () => {
    const descend = traced("descend", (depth: number): number =>
      depth === 0 ? 0 : 1 + descend(depth - 1),
    );
    expect(descend(1_000)).toBe(1_000);
    const spans = await telemetry.spans();
    expect(spans).toHaveLength(1_001);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    let depth = 0;
    for (let at = spans[0]; at?.parentSpanId !== undefined; at = byId.get(at.parentSpanId)) depth++;
    expect(depth).toBe(1_000);
  });

  test("refuses a class, and what is no function, with the way out", () => {
    class Cart {
      readonly items = 0;
    }
    expect(() => traced(Cart as unknown as () => void)).toThrow('Cannot trace class "Cart"');
    expect(() => traced("x")(7 as unknown as () => void)).toThrow("Cannot trace 7");
  });
});

describe("traced generators", () => {
  test("a span lasts from the first step to exhaustion, and is current in each step", async () => {
    const count = traced("count", function* (to: number): Generator<number, string> {
      for (let i = 0; i < to; i++) {
        expect(getCurrentSpan()).toBeDefined();
        yield i;
      }
      return "end";
    });
    const generator = count(3);
    expect(await telemetry.spans()).toHaveLength(0);
    expect([...generator]).toEqual([0, 1, 2]);
    expect(getCurrentSpan()).toBeUndefined();
    expect(await names()).toEqual(["count"]);
  });

  test("return and throw end it; an error marks it", async () => {
    const forever = traced("forever", function* () {
      for (;;) yield 1;
    });
    for (const value of forever()) {
      expect(value).toBe(1);
      break;
    }
    const thrown = forever();
    thrown.next();
    expect(() => thrown.throw(new Error("stop"))).toThrow("stop");
    const spans = await telemetry.spans();
    expect(spans.map(({ status }) => status.code)).toEqual([0, 2]);
  });

  test("belongs to the span that called it, not to the one that steps it", async () => {
    const one = traced("one", function* () {
      yield 1;
    });
    const generator = withSpan("caller", () => one());
    withSpan("stepper", () => [...generator]);
    await telemetry.spans();
    const { collector } = telemetry;
    expect(collector.span("one").parentSpanId).toBe(collector.span("caller").spanId);
  });

  test("async generators, too; they stay async iterables", async () => {
    const stream = traced("stream", async function* (fail: boolean) {
      yield 1;
      await Promise.resolve();
      if (fail) throw new Error("broken");
      yield 2;
    });
    const seen: number[] = [];
    for await (const value of stream(false)) seen.push(value);
    expect(seen).toEqual([1, 2]);
    await expect(async () => {
      for await (const value of stream(true)) seen.push(value);
    }).rejects.toThrow("broken");
    const spans = await telemetry.spans();
    expect(spans.map(({ status }) => status.code)).toEqual([0, 2]);
  });
});
