// Several destinations: each gets everything once and in order, and what happens to one is not felt by another.

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { BatchLimits } from "../options/options.ts";
import { addSpan, openScope, openSender, openSpanQueue } from "../testdata/export-harness.ts";
import { Collector, openTestReceiver } from "../testing/testing.ts";
import type { TestAnswer, TestReceiver, TestRequest } from "../testing/testing.ts";
import type { BatchQueue, Destination } from "./export.ts";

const NAMES = ["first", "second", "third"];

let receivers: TestReceiver[];
let lines: string[];
let diagnostics: Diagnostics;
let destinations: Destination[];
let queues: BatchQueue[];

beforeEach(async () => {
  receivers = await Promise.all(NAMES.map(() => openTestReceiver()));
  lines = [];
  destinations = [];
  queues = [];
  diagnostics = new Diagnostics({ write: (line) => lines.push(line) });
});
afterEach(async () => {
  for (const queue of queues) await queue.close(0);
  for (const { sender } of destinations) sender.close();
  for (const receiver of receivers) await receiver.close();
});

/** One queue to as many of the receivers. */
function openQueue(count: number, limits: Partial<BatchLimits> = {}, timeoutMs = 300): BatchQueue {
  const opened = receivers.slice(0, count).map(({ url }, index) => ({
    name: NAMES[index]!,
    sender: openSender({ endpoint: url, timeoutMs }, diagnostics),
  }));
  destinations.push(...opened);
  const queue = openSpanQueue(opened, diagnostics, limits);
  queues.push(queue);
  return queue;
}

/** Each once: where the machine is slow, a request whose answer came too late is sent again. */
const namesAt = (index: number): string[] => [
  ...new Set(receivers[index]!.collected.spans.map(({ name }) => name)),
];
const until = <T>(assertion: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(assertion, { timeout: 20_000, interval: 10 });
const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));

describe("several destinations (85)", () => {
  test("get the same records, as the same bytes, encoded once", async () => {
    const queue = openQueue(3, { size: 4 });
    const scope = openScope(queue);
    for (const name of numbers(10)) addSpan(scope, name);
    expect(await queue.flush(2_000)).toBe(true);
    const bodies = receivers.map(({ requests }) =>
      requests.map(({ body }) => body.toString("hex")),
    );
    expect(namesAt(0)).toEqual(numbers(10));
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).toEqual(bodies[0]);
  });

  test("one that never answers delays nobody, and only its queue fills", async () => {
    receivers[0]!.answer = () => ({ hang: true });
    const queue = openQueue(2, { size: 10, queueSize: 30 }, 5_000);
    const scope = openScope(queue);
    for (let round = 0; round < 6; round++) {
      for (const name of numbers(10, round * 10)) expect(addSpan(scope, name)).toBe(true);
      await until(() => expect(namesAt(1)).toHaveLength((round + 1) * 10));
    }
    expect(namesAt(1)).toEqual(numbers(60));
    expect(queue.destinationStatus()).toMatchObject({
      first: { waiting: 30, waitingMax: 30, delivered: 0, dropped: 30 },
      second: { waiting: 0, delivered: 60, dropped: 0 },
    });
    expect(queue.status()).toMatchObject({ waiting: 30, droppedCount: 30 });
    expect(lines.filter((line) => line.includes('"first": its queue is full'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("second"))).toEqual([]);
  });

  test("a record that no destination has room for is dropped at each", async () => {
    for (const receiver of receivers) receiver.answer = () => ({ hang: true });
    const queue = openQueue(2, { size: 10, queueSize: 10 }, 5_000);
    const scope = openScope(queue);
    for (const name of numbers(12)) addSpan(scope, name);
    expect(queue.destinationStatus()).toMatchObject({
      first: { waiting: 10, dropped: 2 },
      second: { waiting: 10, dropped: 2 },
    });
  });

  test("flush waits for all, and says false where one could not be reached or refused some", async () => {
    const queue = openQueue(2, {}, 30);
    const scope = openScope(queue);
    receivers[0]!.answer = () => ({ status: 503 });
    addSpan(scope, "a");
    expect(await queue.flush(1_000)).toBe(false);
    expect([namesAt(0), namesAt(1)]).toEqual([[], ["a"]]);
    receivers[0]!.answer = () => ({ status: 400 });
    expect(await queue.flush(1_000)).toBe(false);
    expect(queue.destinationStatus()["first"]).toMatchObject({ refused: 1, waiting: 0 });
    expect(await queue.flush(1_000)).toBe(true);
  });

  test("retries are counted where they happen", async () => {
    receivers[0]!.answer = (_, index) => (index < 2 ? { status: 503 } : {});
    const queue = openQueue(2);
    addSpan(openScope(queue), "a");
    expect(await queue.flush(1_000)).toBe(true);
    expect(queue.destinationStatus()).toMatchObject({
      first: { retried: 2, delivered: 1, isAway: false },
      second: { retried: 0, delivered: 1 },
    });
  });

  test("one that is live gets records at its pace, the others join them at their own", async () => {
    receivers[1]!.answer = () => ({ headers: { "telemetry-live": "1; spans=20" } });
    const queue = openQueue(2, { delayMs: undefined });
    const scope = openScope(queue);
    addSpan(scope, "pace is known");
    await until(() => expect(queue.status().waiting).toBe(0));
    for (const name of numbers(3)) {
      addSpan(scope, name);
      await until(() => expect(namesAt(1)).toContain(name));
    }
    expect(namesAt(0)).toEqual(["pace is known"]);
    expect(queue.destinationStatus()["first"]!.waiting).toBe(3);
    expect(await queue.flush(1_000)).toBe(true);
    expect(namesAt(0)).toEqual(["pace is known", ...numbers(3)]);
    expect(receivers[0]!.requests).toHaveLength(2);
    expect(receivers[1]!.requests).toHaveLength(4);
  });

  test("bytes are not used again before the slowest destination has them", async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const queue = openQueue(2, { size: 20 }, 10_000);
    const slow = destinations[0]!.sender;
    const send = slow.send.bind(slow);
    slow.send = async (...request) => {
      await released;
      return send(...request);
    };
    const scope = openScope(queue);
    const names = numbers(400).map((name) => `${name} `.padEnd(600, name));
    for (const name of names.slice(0, 200)) addSpan(scope, name);
    await until(() => expect(namesAt(1)).toHaveLength(200));
    for (const name of names.slice(200)) addSpan(scope, name);
    await until(() => expect(namesAt(1)).toHaveLength(400));
    release();
    expect(await queue.flush(10_000)).toBe(true);
    expect(namesAt(1)).toEqual(names);
    expect(namesAt(0)).toEqual(names);
  });

  test("after close nothing waits anywhere, and what was not sent is counted", async () => {
    receivers[0]!.answer = () => ({ status: 503 });
    const queue = openQueue(2, {}, 20);
    addSpan(openScope(queue), "a");
    expect(await queue.close(500)).toBe(false);
    expect(queue.destinationStatus()).toMatchObject({
      first: { waiting: 0, dropped: 1, delivered: 0 },
      second: { waiting: 0, dropped: 0, delivered: 1 },
    });
  });
});

describe("a request that is too large", () => {
  test("is halved until its parts pass, in order, and only at that destination", async () => {
    receivers[0]!.answer = ({ body }) => (spanNames(body).length > 3 ? { status: 413 } : {});
    const queue = openQueue(2, { size: 20 });
    const scope = openScope(queue);
    for (const name of numbers(20)) addSpan(scope, name);
    expect(await queue.flush(2_000)).toBe(true);
    expect([namesAt(0), namesAt(1)]).toEqual([numbers(20), numbers(20)]);
    expect(receivers[1]!.requests).toHaveLength(1);
    expect(queue.destinationStatus()["first"]).toMatchObject({ delivered: 20, dropped: 0 });
  });

  test("loses a record that is too large alone, counts it, says it once, and keeps its neighbours", async () => {
    receivers[0]!.answer = ({ body }) => (body.length > 5_000 ? { status: 413 } : {});
    const queue = openQueue(1);
    const scope = openScope(queue);
    for (const name of ["a", "b", "c", "d", "e"]) {
      addSpan(scope, name, name === "b" || name === "d" ? 6_000 : 0);
    }
    expect(await queue.flush(2_000)).toBe(false);
    expect(namesAt(0)).toEqual(["a", "c", "e"]);
    expect(queue.destinationStatus()["first"]).toMatchObject({ delivered: 3, dropped: 2 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("takes no request as large as a single one (HTTP 413)");
  });

  test("goes on with the half that is left after an outage", async () => {
    let isAway = false;
    receivers[0]!.answer = ({ body }) => {
      const names = spanNames(body);
      if (names.length > 2) return { status: 413 };
      if (names.includes("2") && !isAway) {
        isAway = true;
        return { status: 503 };
      }
      return {};
    };
    const queue = openQueue(1, {}, 15);
    const scope = openScope(queue);
    for (const name of numbers(4)) addSpan(scope, name);
    await queue.flush(2_000);
    await queue.flush(2_000);
    expect(namesAt(0)).toEqual(numbers(4));
  });
});

describe("whatever the receivers answer", () => {
  type Step = "accept" | "lose the answer" | "away" | "refuse";
  type Action = { add: number } | "flush";
  const step = fc.constantFrom<Step[]>("accept", "accept", "lose the answer", "away", "refuse");
  const scripts = fc.array(
    fc.record({
      steps: fc.array(step, { maxLength: 12 }),
      itemCountMax: fc.integer({ min: 1, max: 12 }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const actions = fc.array(
    fc.oneof(fc.record({ add: fc.integer({ min: 1, max: 25 }) }), fc.constant<Action>("flush")),
    { minLength: 1, maxLength: 12 },
  );

  test("each destination gets each record exactly once and in order, unless it was counted as lost", async () => {
    await fc.assert(
      fc.asyncProperty(scripts, actions, async (given, todo) => {
        const accepted = given.map(({ steps, itemCountMax }, index) => {
          const taken = new Accepted(steps, itemCountMax);
          receivers[index]!.answer = (request) => taken.answer(request);
          return taken;
        });
        const queue = openQueue(given.length, { size: 10, queueSize: 40 }, 25);
        const scope = openScope(queue);
        let count = 0;
        for (const action of todo) {
          if (action === "flush") await queue.flush(1_000);
          else for (let i = 0; i < action.add; i++) addSpan(scope, String(count++));
        }
        for (const taken of accepted) taken.recover();
        await until(async () => {
          await queue.flush(1_000);
          expect(queue.status().waiting).toBe(0);
        });
        for (const [index, { names }] of accepted.entries()) {
          const { delivered, refused, dropped } = queue.destinationStatus()[NAMES[index]!]!;
          const inOrder = names.map(Number).toSorted((a, b) => a - b);
          expect(names.map(Number)).toEqual(inOrder);
          expect(new Set(names).size).toBe(names.length);
          expect(delivered).toBe(names.length);
          expect(delivered + refused + dropped).toBe(count);
        }
      }),
      { numRuns: 60 },
    );
  });

  /** A receiver that follows a script, and recognises a repeat by its bytes as ours does. */
  class Accepted {
    readonly names: string[] = [];
    readonly #seen = new Set<string>();
    readonly #itemCountMax: number;
    #steps: Step[];

    constructor(steps: readonly Step[], itemCountMax: number) {
      this.#steps = [...steps];
      this.#itemCountMax = itemCountMax;
    }

    recover(): void {
      this.#steps = [];
    }

    answer({ body }: TestRequest): TestAnswer {
      const names = spanNames(body);
      if (names.length > this.#itemCountMax) return { status: 413 };
      const hex = body.toString("hex");
      if (this.#seen.has(hex)) return {};
      const step = this.#steps.shift() ?? "accept";
      if (step === "away") return { status: 503 };
      if (step === "refuse") return { status: 400 };
      this.#seen.add(hex);
      this.names.push(...names);
      return { drop: step === "lose the answer" };
    }
  }
});

function spanNames(body: Uint8Array): string[] {
  const collector = new Collector();
  collector.collect("traces", body);
  return collector.spans.map(({ name }) => name);
}
