// Context through everything asynchronous that Node has: 60 to 64 of ACCEPTANCE.md.

import { EventEmitter, once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { context, createContextKey, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  bind,
  extractContext,
  getCurrentSpan,
  runWithContext,
  startSpan,
  withSpan,
} from "../index.ts";
import { startTestTelemetry } from "../testing/testing.ts";
import type { TestTelemetry } from "../testing/testing.ts";
import { BAGGAGE_KEY, ROOT, runSuppressed, SPAN_KEY } from "./context.ts";

let telemetry: TestTelemetry;

beforeEach(() => {
  telemetry = startTestTelemetry();
});
afterEach(() => telemetry.stop());

const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe("the current span survives", () => {
  const ways: [string, () => Promise<unknown>][] = [
    ["await", () => Promise.resolve()],
    ["Promise.all", () => Promise.all([later(1), Promise.resolve()])],
    ["Promise.race", () => Promise.race([later(1), later(2)])],
    ["Promise.any", () => Promise.any([later(1), Promise.reject(new Error("x"))])],
    ["setTimeout", () => later(1)],
    ["setImmediate", () => new Promise((resolve) => void setImmediate(resolve))],
    ["queueMicrotask", () => new Promise<void>((resolve) => queueMicrotask(resolve))],
    ["process.nextTick", () => new Promise((resolve) => process.nextTick(resolve))],
    [
      "an async iterator",
      async () => {
        for await (const chunk of Readable.from(["a", "b"])) expect(chunk).toBeTypeOf("string");
      },
    ],
    [
      "an event",
      () => {
        const emitter = new EventEmitter();
        setImmediate(() => emitter.emit("ready"));
        return once(emitter, "ready");
      },
    ],
  ];
  test.each(ways)("%s (61)", async (_, wait) => {
    await withSpan("scope", async (span) => {
      await wait();
      expect(getCurrentSpan()).toBe(span);
    });
    expect(getCurrentSpan()).toBeUndefined();
  });
});

describe("context", () => {
  test("of two interleaved tasks does not mix (60)", async () => {
    const task = (name: string, waitMs: number): Promise<void> =>
      withSpan(name, async () => {
        await later(waitMs);
        startSpan(`${name}.child`).end();
        await later(waitMs);
      });
    await Promise.all([task("a", 3), task("b", 2)]);
    await telemetry.spans();
    const { collector } = telemetry;
    for (const name of ["a", "b"]) {
      expect(collector.span(`${name}.child`).parentSpanId).toBe(collector.span(name).spanId);
    }
    expect(getCurrentSpan()).toBeUndefined();
  });

  test("is right in 1 000 concurrent tasks of depth 4 (62)", async () => {
    const descend = (path: string, depth: number): Promise<void> =>
      withSpan(path, async () => {
        await later(Math.random() * 5);
        if (depth > 1) await descend(`${path}.${depth}`, depth - 1);
      });
    const tasks = Array.from({ length: 250 }, (_, i) => descend(String(i), 4));
    await Promise.all(tasks);
    const spans = await telemetry.spans();
    expect(spans).toHaveLength(1_000);
    const names = new Map(spans.map((span) => [span.spanId, span.name]));
    for (const { name, parentSpanId } of spans) {
      const expected = name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : undefined;
      expect(parentSpanId === undefined ? undefined : names.get(parentSpanId)).toBe(expected);
    }
  });

  test("does not leak to the caller, to later ticks, or past an exception (63)", async () => {
    const seen: unknown[] = [];
    withSpan("scope", () => void setTimeout(() => seen.push(getCurrentSpan()), 1));
    expect(getCurrentSpan()).toBeUndefined();
    expect(() =>
      withSpan("throws", () => {
        throw new Error("x");
      }),
    ).toThrow("x");
    expect(getCurrentSpan()).toBeUndefined();
    await later(5);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toBeDefined();
  });

  test("is carried over a queue by hand, and detached work starts a new trace (64)", async () => {
    const queue: (() => void)[] = [];
    withSpan("producer", () => {
      queue.push(bind(() => startSpan("bound").end()));
      const held = context.active();
      queue.push(() => runWithContext(held, () => startSpan("run with").end()));
      queue.push(() => withSpan("detached", { root: true }, () => {}));
    });
    for (const job of queue) job();
    await telemetry.spans();
    const { collector } = telemetry;
    const producer = collector.span("producer");
    expect(collector.span("bound").parentSpanId).toBe(producer.spanId);
    expect(collector.span("run with").parentSpanId).toBe(producer.spanId);
    expect(collector.span("detached").traceId).not.toBe(producer.traceId);
  });

  test("bind keeps this, arguments and length", () => {
    function add(this: { base: number }, a: number): number {
      return this.base + a;
    }
    const bound = bind(add);
    expect(bound.length).toBe(1);
    expect(bound.call({ base: 2 }, 3)).toBe(5);
  });
});

describe("the api's context", () => {
  const KEY = createContextKey("test");

  test("holds the api's three well-known values and any other, immutably", () => {
    const baggage = propagation.createBaggage({ a: { value: "1" } });
    const span = startSpan("s");
    const full = ROOT.setValue(SPAN_KEY, span).setValue(BAGGAGE_KEY, baggage).setValue(KEY, 7);
    expect(trace.getSpan(full)).toBe(span);
    expect(propagation.getBaggage(full)).toBe(baggage);
    expect(full.getValue(KEY)).toBe(7);
    expect(full.deleteValue(KEY).getValue(KEY)).toBeUndefined();
    expect(trace.getSpan(full.deleteValue(SPAN_KEY))).toBeUndefined();
    expect(propagation.getBaggage(full.deleteValue(BAGGAGE_KEY))).toBeUndefined();
    expect(ROOT.getValue(KEY)).toBeUndefined();
    expect(full.getValue(KEY)).toBe(7);
  });

  test("understands contexts built from ROOT_CONTEXT, and keeps their identity", async () => {
    const parent = startSpan("parent");
    const foreign = trace.setSpan(ROOT_CONTEXT.setValue(KEY, 1), parent);
    context.with(foreign, () => {
      expect(context.active()).toBe(foreign);
      withSpan("child", () => expect(context.active().getValue(KEY)).toBe(1));
    });
    await telemetry.spans();
    expect(telemetry.collector.span("child").parentSpanId).toBe(parent.spanContext().spanId);
  });

  test("with passes this and arguments; attach lasts until it is disposed", () => {
    const held = ROOT.setValue(KEY, 5);
    const add = function (this: { base: number }, a: number): number {
      return this.base + a + (context.active().getValue(KEY) as number);
    };
    expect(context.with(held, add, { base: 1 }, 2)).toBe(8);
    const token = context.attach(held);
    expect(context.active()).toBe(held);
    token.dispose();
    expect(context.active().getValue(KEY)).toBeUndefined();
  });

  test("detached in another order than attached is said, and restored as asked", () => {
    const [first, second] = [ROOT.setValue(KEY, 1), ROOT.setValue(KEY, 2)];
    const tokens = [context.attach(first), context.attach(second)];
    tokens[0]!.dispose();
    expect(telemetry.telemetry.status().counters).toMatchObject({
      "context.detached_out_of_order": 1,
    });
    expect(context.active().getValue(KEY)).toBeUndefined();
    context.attach(ROOT);
  });

  test("there is exactly one AsyncLocalStorage in the SDK: each further one costs every run of the process", () => {
    const source = resolve(import.meta.dirname, "..");
    const files = globSync("**/*.ts", { cwd: source }).filter((file) => !file.endsWith(".test.ts"));
    const made = files.filter((file) =>
      readFileSync(resolve(source, file), "utf8").includes("new AsyncLocalStorage"),
    );
    expect(made).toEqual(["context/context-manager.ts"]);
  });

  test("binds functions and emitters; once and removal go on working", () => {
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    const listener = (): void => void seen.push(context.active().getValue(KEY));
    const held = ROOT.setValue(KEY, "bound");
    expect(context.bind(held, emitter)).toBe(emitter);
    context.bind(ROOT, emitter);
    emitter.on("a", listener);
    emitter.once("b", listener);
    emitter.emit("a");
    emitter.emit("b");
    emitter.emit("b");
    expect(seen).toEqual(["bound", "bound"]);
    emitter.off("a", listener);
    emitter.once("c", listener);
    emitter.removeListener("c", listener);
    expect([emitter.listenerCount("a"), emitter.listenerCount("c")]).toEqual([0, 0]);
    const fn = context.bind(held, (key: symbol) => context.active().getValue(key));
    expect([fn(KEY), fn.length]).toEqual(["bound", 1]);
    expect(context.bind(held, 7)).toBe(7);
  });

  test("a bound emitter adds, lists and removes listeners as Node's own does, and others' once goes on working", () => {
    const held = ROOT.setValue(KEY, "bound");
    const emitter = context.bind(held, new EventEmitter());
    const seen: unknown[] = [];
    const say = (what: string) => (): void =>
      void seen.push(`${what} ${String(context.active().getValue(KEY))}`);
    const [first, second, third, fourth] = ["first", "second", "third", "fourth"].map(say);
    emitter.addListener("a", third!).prependListener("a", second!);
    emitter.prependOnceListener("a", first!);
    EventEmitter.prototype.once.call(emitter, "a", fourth!);
    expect(emitter.listeners("a").slice(0, 3)).toEqual([first, second, third]);
    emitter.emit("a");
    emitter.emit("a");
    expect(seen).toEqual(
      ["first", "second", "third", "fourth", "second", "third"].map((name) => `${name} bound`),
    );
    expect(emitter.listenerCount("a")).toBe(2);
    emitter.removeListener("a", second!).off("a", third!);
    expect(emitter.listenerCount("a")).toBe(0);
    expect(() => emitter.on("a", undefined as never)).toThrow(
      /listener.* must be of type function/,
    );
    expect(() => emitter.once("a", undefined as never)).toThrow(/must be of type function/);
    emitter.on("b", function (this: unknown, ...args: unknown[]) {
      seen.push(this, args);
    });
    emitter.emit("b", 1, 2);
    expect(seen.slice(-2)).toEqual([emitter, [1, 2]]);
  });

  test("inside a suppressed context nothing is recorded, in our api and in the official one (84)", async () => {
    runSuppressed(() => {
      runSuppressed(() => startSpan("hidden").end());
      withSpan("hidden", () => trace.getTracer("t").startSpan("hidden").end());
    });
    expect(await telemetry.spans()).toEqual([]);
  });

  test("an extracted context without traceparent starts a new trace", () => {
    withSpan("current", (current) => {
      runWithContext(extractContext({}), () => {
        const span = startSpan("new");
        expect(span.spanContext().traceId).not.toBe(current.spanContext().traceId);
        span.end();
      });
    });
  });
});
