import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { BatchLimits } from "../options/options.ts";
import { addSpan, openScope, openSender, openSpanQueue } from "../testdata/export-harness.ts";
import { openTestReceiver } from "../testing/testing.ts";
import type { TestReceiver } from "../testing/testing.ts";
import type { BatchQueue, Sender } from "./export.ts";

let receiver: TestReceiver;
let lines: string[];
let diagnostics: Diagnostics;
let sender: Sender;
let queues: BatchQueue[];

beforeEach(async () => {
  receiver = await openTestReceiver();
  lines = [];
  queues = [];
  diagnostics = new Diagnostics({ write: (line) => lines.push(line) });
  sender = openSender({ endpoint: receiver.url }, diagnostics);
});
afterEach(async () => {
  for (const queue of queues) await queue.close(10);
  sender.close();
  await receiver.close();
});

function openQueue(limits: Partial<BatchLimits> = {}): BatchQueue {
  const queue = openSpanQueue([{ name: "main", sender }], diagnostics, limits);
  queues.push(queue);
  return queue;
}

const names = (): string[] => receiver.collected.spans.map(({ name }) => name);

describe("BatchQueue", () => {
  test("sends the first record at once, the next ones after the delay", async () => {
    const queue = openQueue({ delayMs: 150 });
    const scope = openScope(queue);
    addSpan(scope, "first");
    // Answered, not only received: the pace of what follows depends on the answer.
    await vi.waitFor(() => expect(queue.status().waiting).toBe(0));
    expect(names()).toEqual(["first"]);
    const startMs = performance.now();
    addSpan(scope, "second");
    await vi.waitFor(() => expect(names()).toEqual(["first", "second"]));
    expect(performance.now() - startMs).toBeGreaterThan(100);
  });

  test("sends when a batch is full, and never more than a batch in a request (79)", async () => {
    const queue = openQueue({ size: 10 });
    const scope = openScope(queue);
    for (let i = 0; i < 35; i++) addSpan(scope, String(i));
    await queue.flush(1_000);
    expect(names()).toEqual(Array.from({ length: 35 }, (_, i) => String(i)));
    expect(receiver.requests).toHaveLength(4);
  });

  test("keeps a request near 1 MiB, whatever its records", async () => {
    const queue = openQueue();
    const scope = openScope(queue);
    for (let i = 0; i < 8; i++) addSpan(scope, String(i), 300_000);
    expect(await queue.flush(2_000)).toBe(true);
    expect(names()).toHaveLength(8);
    for (const { body } of receiver.requests) expect(body.length).toBeLessThan(1_400_000);
  });

  test("groups by scope under one resource (14)", async () => {
    const queue = openQueue();
    const [a, b] = [openScope(queue, "a"), openScope(queue, "b")];
    for (const [scope, name] of [
      [a, "1"],
      [b, "2"],
      [a, "3"],
    ] as const)
      addSpan(scope, name);
    await queue.flush(1_000);
    expect(receiver.collected.spans.map(({ scope, name }) => scope.name + name)).toEqual([
      "a1",
      "a3",
      "b2",
    ]);
    expect(receiver.requests).toHaveLength(1);
  });

  test("drops the newest when full, counts it, and says it once (80)", async () => {
    receiver.answer = () => ({ hang: true });
    const queue = openQueue({ queueSize: 20, size: 10 });
    const scope = openScope(queue);
    const kept = Array.from({ length: 30 }, (_, i) => addSpan(scope, String(i)));
    expect(kept.indexOf(false)).toBe(20);
    expect(queue.status()).toMatchObject({ waiting: 20, waitingMax: 20, droppedCount: 10 });
    expect(lines.filter((line) => line.includes("queue is full"))).toHaveLength(1);
  });

  test("keeps a batch that could not be delivered, in order, until the receiver is back (78)", async () => {
    const { url } = receiver;
    await receiver.close();
    sender.close();
    sender = openSender({ endpoint: url, timeoutMs: 30 }, diagnostics);
    const queue = openQueue();
    const scope = openScope(queue);
    addSpan(scope, "a");
    expect(await queue.flush(500)).toBe(false);
    addSpan(scope, "b");
    expect(await queue.flush(500)).toBe(false);
    expect(queue.status().waiting).toBe(2);
    receiver = await openTestReceiver({ port: Number(new URL(url).port) });
    expect(await queue.flush(2_000)).toBe(true);
    expect(names()).toEqual(["a", "b"]);
    expect(queue.status()).toMatchObject({ waiting: 0, droppedCount: 0 });
  });

  test("drops a batch that the receiver refuses, and goes on with the next (81)", async () => {
    receiver.answer = (_, index) => ({ status: index === 0 ? 400 : 200 });
    const queue = openQueue({ size: 2 });
    const scope = openScope(queue);
    for (const name of ["a", "b", "c", "d"]) addSpan(scope, name);
    expect(await queue.flush(1_000)).toBe(false);
    expect(names()).toEqual(["c", "d"]);
    expect(queue.status().droppedCount).toBe(2);
    expect(lines.join()).toContain("the receiver refused them (HTTP 400)");
  });

  test("flush gives up at its deadline (82)", async () => {
    receiver.answer = () => ({ hang: true });
    const queue = openQueue();
    addSpan(openScope(queue), "a");
    const startMs = performance.now();
    expect(await queue.flush(60)).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });

  test("after close everything is refused and counted (82)", async () => {
    const queue = openQueue();
    const scope = openScope(queue);
    addSpan(scope, "a");
    expect(await queue.close(1_000)).toBe(true);
    expect(addSpan(scope, "late")).toBe(false);
    expect(names()).toEqual(["a"]);
    expect(queue.status().droppedCount).toBe(1);
  });

  test("follows the pace of the receiver, unless a delay was set", async () => {
    receiver.answer = () => ({ headers: { "telemetry-live": "1; spans=20" } });
    const following = openScope(openQueue({ delayMs: undefined }), "following");
    const fixed = openScope(openQueue({ delayMs: 60_000 }), "fixed");
    addSpan(following, "f1");
    addSpan(fixed, "x1");
    await vi.waitFor(() => {
      expect(queues.map((queue) => queue.status().waiting)).toEqual([0, 0]);
    });
    expect(names().sort()).toEqual(["f1", "x1"]);
    addSpan(following, "f2");
    addSpan(fixed, "x2");
    await vi.waitFor(() => expect(names()).toContain("f2"));
    expect(names()).not.toContain("x2");
  });

  test("a record that is discarded leaves no trace", async () => {
    const queue = openQueue();
    const scope = openScope(queue);
    addSpan(scope, "a");
    scope.begin();
    scope.writer.string(5, "half a record");
    scope.discard();
    addSpan(scope, "b");
    await queue.flush(1_000);
    expect(names()).toEqual(["a", "b"]);
  });

  test("memory is used again: a thousand batches take no more chunks than one", async () => {
    const queue = openQueue({ size: 50 });
    const scope = openScope(queue);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 50; i++) addSpan(scope, `span ${i}`, 600);
      await queue.flush(1_000);
    }
    expect(receiver.collected.spans).toHaveLength(1_000);
    expect(queue.status()).toMatchObject({ waiting: 0, waitingBytes: 0 });
  });
});
