// Every vector that is kept and one that is not, through everything in which Node can suspend a function: the
// context must be the same after it. Then many at once, deep, and after failures. (29 to 32, 60 to 64, 144)

import { AsyncResource } from "node:async_hooks";
import { EventEmitter, on, once } from "node:events";
import { readFile } from "node:fs";
import { PassThrough, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bind,
  extractContext,
  getCurrentSpan,
  injectContext,
  runWithContext,
  startSpan,
  withSpan,
} from "../../index.ts";
import { startTestTelemetry } from "../../testing/testing.ts";
import type { TestTelemetry } from "../../testing/testing.ts";
import { TRACE_ID, VECTORS } from "./vectors.ts";

let telemetry: TestTelemetry;
beforeAll(() => {
  telemetry = startTestTelemetry({ batch: { queueSize: 10_000 } });
});
afterAll(() => telemetry.stop());

/** Calls `check` on the other side of something asynchronous. */
type Runtime = (check: () => void) => Promise<unknown>;

const viaCallback =
  (schedule: (callback: () => void) => unknown): Runtime =>
  (check) =>
    new Promise<void>((done, failed) => {
      schedule(() => {
        try {
          check();
          done();
        } catch (error) {
          failed(error);
        }
      });
    });

const RUNTIMES: readonly [string, Runtime][] = [
  ["await", async (check) => (await Promise.resolve(), check())],
  ["then", (check) => Promise.resolve().then(check)],
  ["Promise.all", async (check) => (await Promise.all([sleep(1), sleep(0)]), check())],
  ["Promise.race", async (check) => (await Promise.race([sleep(1), sleep(0)]), check())],
  [
    "Promise.any",
    async (check) => (await Promise.any([Promise.reject(new Error("x")), sleep(0)]), check()),
  ],
  [
    "Promise.allSettled",
    async (check) => (await Promise.allSettled([Promise.reject(new Error("x"))]), check()),
  ],
  // oxlint-disable-next-line unicorn/no-thenable -- a promise of another library
  ["a thenable", async (check) => (await { then: (done: () => void) => done() }, check())],
  ["setTimeout", viaCallback((callback) => setTimeout(callback, 1))],
  [
    "setInterval",
    viaCallback((callback) => {
      const timer = setInterval(() => (clearInterval(timer), callback()), 1);
    }),
  ],
  ["setImmediate", viaCallback((callback) => setImmediate(callback))],
  ["queueMicrotask", viaCallback((callback) => queueMicrotask(callback))],
  ["process.nextTick", viaCallback((callback) => process.nextTick(callback))],
  ["a callback of node:fs", viaCallback((callback) => readFile(import.meta.filename, callback))],
  [
    "a bound listener",
    viaCallback((callback) => {
      const emitter = new EventEmitter();
      emitter.on("ready", bind(callback));
      runWithContext(extractContext({}), () => setImmediate(() => emitter.emit("ready")));
    }),
  ],
  [
    "events.once",
    async (check) => {
      const emitter = new EventEmitter();
      setImmediate(() => emitter.emit("ready"));
      await once(emitter, "ready");
      check();
    },
  ],
  [
    "events.on",
    async (check) => {
      const emitter = new EventEmitter();
      setImmediate(() => emitter.emit("ready"));
      for await (const _ of on(emitter, "ready")) break;
      check();
    },
  ],
  [
    "a readable stream",
    async (check) => {
      for await (const _ of Readable.from(["a", "b"])) check();
    },
  ],
  [
    "a pipeline of streams",
    (check) => {
      const transform = new Transform({
        transform: bind(
          (chunk: unknown, _: unknown, done: (error: null, chunk: unknown) => void) => {
            check();
            done(null, chunk);
          },
        ),
      });
      return pipeline(Readable.from(["a", "b"]), transform, new PassThrough().resume());
    },
  ],
  [
    "an async generator",
    async (check) => {
      const generate = async function* (): AsyncGenerator<number> {
        await sleep(0);
        check();
        yield 1;
        check();
      };
      for await (const _ of generate()) check();
    },
  ],
  [
    "a generator resumed elsewhere, bound",
    async (check) => {
      const steps = (function* (): Generator {
        yield;
        check();
      })();
      const next = bind(() => void steps.next());
      next();
      await runWithContext(extractContext({}), async () => (await sleep(0), next()));
    },
  ],
  [
    "an AsyncResource",
    viaCallback((callback) => {
      const resource = new AsyncResource("test");
      runWithContext(extractContext({}), () =>
        setImmediate(() => resource.runInAsyncScope(callback)),
      );
    }),
  ],
  [
    "a message port",
    viaCallback((callback) => {
      const { port1, port2 } = new MessageChannel();
      port1.once(
        "message",
        bind(() => (port1.close(), callback())),
      );
      port2.postMessage(0);
    }),
  ],
  [
    "a queue of one's own",
    viaCallback((callback) => {
      const queue = [bind(callback)];
      runWithContext(extractContext({}), () => setImmediate(() => queue.pop()!()));
    }),
  ],
];

/** Those that tell contexts apart: kept ones with and without a list, and a new trace. */
const CHOSEN = VECTORS.filter(({ name }) =>
  / (as specified|not sampled|with both flags|in several headers|of version ff) /.test(name),
);

describe.each(RUNTIMES)("%s", (_, runtime) => {
  test.each(CHOSEN)("$name", async ({ lines, relayed }) => {
    const carrier = lines.map(([name, value]) => [name, value]);
    let checks = 0;
    await runWithContext(extractContext(carrier), () =>
      withSpan("scope", async (span) => {
        const before = injectContext<Record<string, string>>({});
        await runtime(() => {
          checks++;
          expect(getCurrentSpan()).toBe(span);
          expect(injectContext({})).toEqual(before);
        });
        expect(getCurrentSpan()).toBe(span);
        expect(before["traceparent"]?.includes(TRACE_ID)).toBe(relayed !== undefined);
        expect(before["tracestate"]).toBe(relayed?.tracestate);
      }),
    );
    expect(checks).toBeGreaterThan(0);
    expect(getCurrentSpan()).toBeUndefined();
  });

  test("an exception behind it leaves no span current (63)", async () => {
    const failing = withSpan("fails", () =>
      runtime(() => {
        throw new Error("behind");
      }),
    );
    await expect(failing).rejects.toThrow("behind");
    expect(getCurrentSpan()).toBeUndefined();
  });
});

/** Every span's name is its path below the root: "7", "7.0", "7.0.1". */
async function expectParentsByName(spanCount: number): Promise<void> {
  const spans = await telemetry.spans();
  expect(spans).toHaveLength(spanCount);
  const names = new Map(spans.map((span) => [span.spanId, span.name]));
  for (const { name, parentSpanId } of spans) {
    const dot = name.lastIndexOf(".");
    const expected = dot === -1 ? undefined : name.slice(0, dot);
    expect(parentSpanId === undefined ? undefined : names.get(parentSpanId)).toBe(expected);
  }
}

describe("many at once and deep", () => {
  test("1 000 concurrent tasks of depth 4 with random delays: every parent is right (62)", async () => {
    await telemetry.spans();
    telemetry.collector.clear();
    const descend = (path: string, depth: number): Promise<void> =>
      withSpan(path, async () => {
        await sleep(Math.random() * 10);
        if (depth > 1) await descend(`${path}.0`, depth - 1);
        await sleep(Math.random() * 2);
      });
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => descend(String(i), 4)));
    await expectParentsByName(4_000);
    expect(getCurrentSpan()).toBeUndefined();
  });

  test.each([
    ["synchronous", (fn: () => unknown) => fn()],
    ["asynchronous", async (fn: () => unknown) => (await Promise.resolve(), fn())],
  ])("recursion of depth 1 000, %s: each depth follows from the parents (30)", async (_, step) => {
    telemetry.collector.clear();
    const descend = (depth: number): unknown =>
      withSpan(String(depth), () => (depth === 999 ? undefined : step(() => descend(depth + 1))));
    await descend(0);
    const spans = await telemetry.spans();
    expect(spans).toHaveLength(1_000);
    const depths = new Map(spans.map(({ spanId, name }) => [spanId, Number(name)]));
    for (const { name, parentSpanId } of spans) {
      expect(parentSpanId === undefined ? 0 : depths.get(parentSpanId)! + 1).toBe(Number(name));
    }
  });

  test("364 spans of a task tree with fan-out 3 are isomorphic to it (29)", async () => {
    telemetry.collector.clear();
    const decompose = (path: string, depth: number): Promise<unknown> =>
      withSpan(path, async () => {
        await sleep(Math.random());
        if (depth === 0) return;
        await Promise.all([0, 1, 2].map((at) => decompose(`${path}.${at}`, depth - 1)));
      });
    await decompose("0", 5);
    await expectParentsByName(364);
  });

  test("an error marks every task that it escapes from, and none above the one that handles it (31)", async () => {
    telemetry.collector.clear();
    const failed = new Error("1.2.3");
    const run = (handledBy: string): Promise<unknown> =>
      withSpan(`1 ${handledBy}`, () =>
        withSpan(`1.2 ${handledBy}`, async () => {
          const leaf = withSpan(`1.2.3 ${handledBy}`, async () => {
            await sleep(0);
            throw failed;
          });
          return handledBy === "1.2" ? leaf.catch(() => "handled") : leaf;
        }),
      );
    await expect(run("nobody")).rejects.toBe(failed);
    await expect(run("1.2")).resolves.toBe("handled");
    const codes = (await telemetry.spans()).map(({ name, status }) => [name, status.code]);
    expect(Object.fromEntries(codes)).toEqual({
      "1 nobody": 2,
      "1.2 nobody": 2,
      "1.2.3 nobody": 2,
      "1 1.2": 0,
      "1.2 1.2": 0,
      "1.2.3 1.2": 2,
    });
  });

  test("attempts are siblings under their task, which does not fail when the last one succeeds (32)", async () => {
    telemetry.collector.clear();
    const attempt = (number: number): Promise<number> =>
      withSpan("attempt", { attributes: { "retry.attempt": number } }, async () => {
        await sleep(0);
        if (number < 3) throw new Error(`attempt ${number}`);
        return number;
      });
    await withSpan("task", async () => {
      for (let number = 1; ; number++) {
        const done = await attempt(number).catch(() => undefined);
        if (done !== undefined) return;
      }
    });
    const spans = await telemetry.spans();
    const task = telemetry.collector.span("task");
    const attempts = spans.filter(({ name }) => name === "attempt");
    expect(task.status.code).toBe(0);
    expect(
      attempts.map(({ parentSpanId, attributes, status }) => [
        parentSpanId === task.spanId,
        attributes["retry.attempt"],
        status.code,
      ]),
    ).toEqual([
      [true, 1, 2],
      [true, 2, 2],
      [true, 3, 0],
    ]);
  });

  test("two interleaved tasks keep their own children (60)", async () => {
    telemetry.collector.clear();
    const task = (name: string): Promise<void> =>
      withSpan(name, async () => {
        await sleep(1);
        startSpan(`${name}.child`).end();
      });
    await Promise.all([task("a"), task("b")]);
    await expectParentsByName(4);
  });
});
