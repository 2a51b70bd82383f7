import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Diagnostics } from "../../diagnostics/diagnostics.ts";
import { addSpan, openScope, openSender, openSpanQueue } from "../../testdata/export-harness.ts";
import { Collector, openTestReceiver } from "../../testing/testing.ts";
import type { TestReceiver } from "../../testing/testing.ts";
import type { QueuedRequest } from "../delivery.ts";
import type { BatchQueue, Sender } from "../export.ts";
import type { SpoolLane } from "./spool-lane.ts";
import { Spool } from "./spool.ts";

let directory: string;
let receiver: TestReceiver;
let lines: string[];
let diagnostics: Diagnostics;
let spools: Spool[];
let senders: Sender[];
let queues: BatchQueue[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-spool-"));
  receiver = await openTestReceiver();
  lines = [];
  diagnostics = new Diagnostics({ write: (line) => lines.push(line) });
  [spools, senders, queues] = [[], [], []];
});
afterEach(async () => {
  for (const queue of queues) await queue.close(0);
  for (const sender of senders) sender.close();
  for (const spool of spools) await spool.close(1_000);
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

function openSpool(
  options: { sizeBytesMax?: number; tickMs?: number; directory?: string } = {},
): Spool {
  const spool = new Spool({ directory, sizeBytesMax: 1e9, diagnostics, ...options });
  spools.push(spool);
  return spool;
}

/** Spans over a spool to the receiver. */
function openQueue(spool: Spool, url = receiver.url, timeoutMs = 60): BatchQueue {
  const sender = openSender({ endpoint: url, timeoutMs }, diagnostics);
  senders.push(sender);
  const queue = openSpanQueue([{ name: "main", sender, spool }], diagnostics, { size: 10 });
  queues.push(queue);
  return queue;
}

/** The lane alone, and what it was told that others left. */
function openLane(spool: Spool): { lane: SpoolLane; leftovers: QueuedRequest[] } {
  const leftovers: QueuedRequest[] = [];
  const lane = spool.openLane("main", "traces", (found) => leftovers.push(...found));
  return { lane, leftovers };
}

/** Longer than a pause after a failure, on a slow machine. */
const until = <T>(assertion: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(assertion, { timeout: 20_000, interval: 20 });
const isFlushed = (queue: BatchQueue): Promise<void> =>
  until(async () => expect(await queue.flush(5_000)).toBe(true));
const text = (content: string) => ({ chunks: [Buffer.from(content)], itemCount: 1 });
const contentOf = async (request: QueuedRequest | undefined): Promise<string> => {
  const bytes = await request!.read();
  return bytes !== undefined && "chunks" in bytes ? Buffer.concat(bytes.chunks).toString() : "";
};
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));
/** Each once: where the machine is slow, a request whose answer came too late is sent again. */
const names = (): string[] => [...new Set(receiver.collected.spans.map(({ name }) => name))];
const traces = (queue: BatchQueue) => queue.destinationStatus()["main"]!;

describe("a spool", () => {
  test("holds each request in a file until it is delivered, and nothing afterwards", async () => {
    let onDisk: number[] = [];
    receiver.answer = () => {
      onDisk.push(filesIn(directory).length);
      return {};
    };
    const queue = openQueue(openSpool());
    const scope = openScope(queue);
    for (const name of numbers(25)) addSpan(scope, name);
    await isFlushed(queue);
    expect(names()).toEqual(numbers(25));
    expect(onDisk.length).toBeGreaterThanOrEqual(3);
    expect(Math.min(...onDisk)).toBeGreaterThanOrEqual(1);
    await until(() => expect(filesIn(directory)).toEqual([]));
    expect(traces(queue)).toMatchObject({ delivered: 25, waiting: 0, onDisk: 0, onDiskBytes: 0 });
  });

  test("takes what a receiver that is away cannot, beyond what memory holds, and sends it in order", async () => {
    receiver.answer = () => ({ status: 503 });
    const queue = openQueue(openSpool());
    const scope = openScope(queue);
    for (let round = 0; round < 10; round++) {
      for (const name of numbers(300, round * 300)) expect(addSpan(scope, name)).toBe(true);
      await queue.flush(1_000);
    }
    expect(traces(queue)).toMatchObject({ waiting: 0, onDisk: 3_000, dropped: 0, isAway: true });
    expect(lines.join()).toContain("spans wait on disk");
    receiver.answer = () => ({});
    await isFlushed(queue);
    expect(names()).toEqual(numbers(3_000));
  });

  test("keeps what could not be sent over the end of a process, and the next one sends it as it was", async () => {
    receiver.answer = () => ({ status: 503 });
    const first = openSpool();
    const queue = openQueue(first);
    const scope = openScope(queue);
    for (const name of numbers(25)) addSpan(scope, name);
    expect(await queue.close(1_000)).toBe(false);
    await first.close(1_000);
    expect(traces(queue)).toMatchObject({ dropped: 0, onDisk: 25 });
    const [tried] = receiver.requests;
    receiver.answer = () => ({});

    openQueue(openSpool());
    await until(() => expect(names()).toEqual(numbers(25)));
    expect(receiver.requests.at(-3)!.body).toEqual(tried!.body);
    await until(() => expect(filesIn(directory)).toEqual([]));
    expect(readdirSync(join(directory, "main", "traces"))).toEqual([]);
  });

  test("is for traces, metrics and logs of each destination apart", async () => {
    const spool = openSpool();
    const lanes = ["main", "other"].flatMap((destination) =>
      (["traces", "logs"] as const).map((signal) => spool.openLane(destination, signal, () => {})),
    );
    await Promise.all(lanes.map((lane) => lane.append(text("x"))));
    const folders = filesIn(directory).map((path) => path.slice(directory.length + 1).split("/"));
    expect(folders.map(([destination, signal]) => `${destination}/${signal}`).sort()).toEqual([
      "main/logs",
      "main/traces",
      "other/logs",
      "other/traces",
    ]);
    expect(folders.every(([, , owner]) => owner === folders[0]![2])).toBe(true);
  });

  test("makes folders and files that only this user can read", async () => {
    const { lane } = openLane(openSpool({ directory: join(directory, "new") }));
    await lane.append(text("x"));
    const [path] = filesIn(directory);
    expect(statSync(path!).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, "new", "main")).mode & 0o777).toBe(0o700);
  });
});

describe("what is left behind", () => {
  test("belongs to one of several who want it", async () => {
    const dead = openSpool();
    const { lane } = openLane(dead);
    for (const name of numbers(20)) await lane.append(text(name));
    await dead.close(1_000);
    const others = Array.from({ length: 5 }, () => openLane(openSpool({ tickMs: 20 })));
    const found = (): QueuedRequest[] => others.flatMap(({ leftovers }) => leftovers);
    await until(() => expect(found()).toHaveLength(20));
    expect(await Promise.all(found().map(contentOf))).toEqual(numbers(20));
    expect(others.filter(({ leftovers }) => leftovers.length > 0)).toHaveLength(1);
  });

  test("is not taken from a process that shows signs of life, and is when it shows none", async () => {
    const { lane, leftovers } = openLane(openSpool({ tickMs: 20 }));
    await lane.append(text("alive"));
    const [path] = filesIn(directory);
    // As a process of another machine leaves it: nobody here can know whether that one is there.
    const folder = join(directory, "main", "traces", "ffffffff-1-2-abcdefab.0");
    mkdirSync(folder);
    writeFileSync(join(folder, "000000000000-1-21.otlp"), readFileSync(path!));

    const other = openLane(openSpool({ tickMs: 20 }));
    const found = (): QueuedRequest[] => [...leftovers, ...other.leftovers];
    await until(() => expect(found()).toHaveLength(1));
    expect(await contentOf(found()[0])).toBe("alive");
    expect(filesIn(directory)).toContain(path);
    expect(diagnostics.counters()["spool.adopted"]).toBe(1);
  });

  test("is sent in turns with what this process records, so that neither waits for the other", async () => {
    const dead = openSpool();
    const queue = openQueue(dead, receiver.url);
    receiver.answer = () => ({ status: 503 });
    const scope = openScope(queue);
    for (const name of numbers(40)) addSpan(scope, name);
    await queue.close(500);
    await dead.close(1_000);
    const living = openQueue(openSpool());
    await until(() => expect(traces(living)).toMatchObject({ onDisk: 40, isAway: true }));
    addSpan(openScope(living), "now");
    receiver.answer = () => ({});
    await isFlushed(living);
    // Behind the request that was under way already.
    expect(names().indexOf("now")).toBe(10);
    await until(() => expect(names()).toHaveLength(41));
    expect(names().filter((name) => name !== "now")).toEqual(numbers(40));
  });

  test("for a destination that has another name now stays, which doctor() can say", async () => {
    const before = openSpool();
    const lane = before.openLane("old-name", "traces", () => {});
    await lane.append(text("x"));
    await before.close(1_000);
    openLane(openSpool());
    await until(() =>
      expect(diagnostics.recent().map(({ sentence }) => sentence)).toEqual([
        expect.stringContaining("holds for old-name: no destination of this process has such"),
      ]),
    );
    expect(filesIn(directory)).toHaveLength(1);
  });

  test("that was taken from this process is not sent by it, and said", async () => {
    const { lane } = openLane(openSpool());
    const request = await lane.append(text("x"));
    rmSync(join(directory, "main"), { recursive: true });
    expect(await request!.read()).toBeUndefined();
    expect(lines.join()).toContain("another process has taken it");
    expect(await contentOf(await lane.append(text("goes on")))).toBe("goes on");
  });
});

describe("damage", () => {
  test("a torn file is set aside, counted and said; its neighbours are sent", async () => {
    receiver.answer = () => ({ status: 503 });
    const queue = openQueue(openSpool());
    const scope = openScope(queue);
    for (const name of numbers(30)) addSpan(scope, name);
    await queue.flush(200);
    const [, second] = filesIn(directory).toSorted();
    writeFileSync(second!, readFileSync(second!).subarray(0, 100));
    receiver.answer = () => ({});
    await until(async () => {
      await queue.flush(2_000);
      expect(traces(queue).onDisk).toBe(0);
    });
    expect(names()).toEqual([...numbers(10), ...numbers(10, 20)]);
    expect(traces(queue)).toMatchObject({ delivered: 20, dropped: 10, onDisk: 0 });
    expect(diagnostics.counters()["spool.torn"]).toBe(1);
    expect(lines.join()).toContain("its checksum is wrong; it was put into");
    await until(() => expect(filesIn(directory)).toHaveLength(1));
    expect(filesIn(directory)[0]).toContain(".torn");
  });

  test("what is set aside is bounded, too", async () => {
    const { lane } = openLane(openSpool());
    const requests = [];
    for (const name of numbers(25)) requests.push(await lane.append(text(name)));
    for (const path of filesIn(directory)) writeFileSync(path, "no spool file");
    for (const request of requests) {
      expect(await request!.read()).toEqual({ lost: "a file of the spool is torn" });
      await request!.remove();
    }
    expect(filesIn(directory)).toHaveLength(20);
    expect(diagnostics.counters()["spool.torn"]).toBe(25);
  });

  test("files and folders that are none of ours are left alone", async () => {
    const lanes = join(directory, "main", "traces");
    const ours = join(lanes, "ffffffff-1-2-abcdefab.0");
    const folders = [lanes, join(lanes, "somebody's"), join(lanes, "backup.0"), ours];
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "notes.txt"), "mine");
    }
    openLane(openSpool({ tickMs: 5 }));
    await until(() => expect(existsSync(ours)).toBe(false));
    const notes = filesIn(directory);
    expect(notes).toHaveLength(4);
    expect(notes).toEqual(
      expect.arrayContaining(folders.slice(0, 3).map((folder) => join(folder, "notes.txt"))),
    );
    expect(lines).toEqual([]);
  });
});

describe("limits", () => {
  test("beyond its bytes the spool refuses the newest, which waits in memory, and counts it", async () => {
    receiver.answer = () => ({ status: 503 });
    const queue = openQueue(openSpool({ sizeBytesMax: 3 * 4_096 }));
    const scope = openScope(queue);
    for (const name of numbers(50)) addSpan(scope, name);
    await queue.flush(300);
    expect(filesIn(directory)).toHaveLength(3);
    expect(traces(queue)).toMatchObject({ onDisk: 30, waiting: 20, dropped: 0 });
    expect(diagnostics.counters()["spool.refused"]).toBe(2);
    expect(lines.join()).toContain(
      'Cannot write more to the spool for traces to "main": it has 12',
    );
    receiver.answer = () => ({});
    await isFlushed(queue);
    expect(names()).toEqual(numbers(50));
  });

  test("what other processes have in the folder counts, too", async () => {
    const { lane: other } = openLane(openSpool({ tickMs: 10 }));
    for (const name of numbers(3)) await other.append(text(name));
    const { lane } = openLane(openSpool({ sizeBytesMax: 4 * 4_096, tickMs: 10 }));
    await lane.adopt();
    expect(await lane.append(text("fits"))).toBeDefined();
    expect(await lane.append(text("does not"))).toBeUndefined();
  });

  test("a folder that cannot be made is one sentence, and telemetry goes on from memory", async () => {
    writeFileSync(join(directory, "file"), "");
    const queue = openQueue(openSpool({ directory: join(directory, "file", "spool") }));
    const scope = openScope(queue);
    for (const name of numbers(30)) addSpan(scope, name);
    await isFlushed(queue);
    expect(names()).toEqual(numbers(30));
    expect(lines.filter((line) => line.includes("spool"))).toHaveLength(1);
    expect(lines.join()).toContain("it is no folder; telemetry goes on from memory");
  });

  const canMount = spawnSync("unshare", ["-rm", "true"]).status === 0;

  test.skipIf(!canMount)(
    "a full disk is one sentence, nothing is lost, and it is used again (needs unshare)",
    () => {
      const script = join(import.meta.dirname, "testdata", "fill-disk.ts");
      const command = `mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" --conditions=@telemetry/source "$3" "$1"`;
      const run = spawnSync(
        "unshare",
        ["-rm", "sh", "-c", command, "sh", directory, process.execPath, script],
        { encoding: "utf8" },
      );
      const { full, delivered, again } = JSON.parse(run.stdout) as Record<string, unknown>;
      expect(full).toMatchObject({ dropped: 0 });
      expect(full).toMatchObject({ waiting: expect.toSatisfy((count) => count > 0) as unknown });
      expect(delivered).toEqual(numbers(200));
      expect(again).toMatchObject({ waiting: 0, onDisk: 10 });
      expect(run.stderr.match(/the disk is full; telemetry goes on from memory/g)).toHaveLength(1);
    },
  );
});

test("whatever fails and whenever it is restarted, each span arrives once, those of one run in order (85)", async () => {
  type Action = "flush" | "restart" | "away" | "back" | { add: number };
  const action = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 25 }) }),
    fc.constantFrom<Action>("flush", "restart", "away", "back"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 15 }), async (actions) => {
      const own = join(directory, String(Math.random()));
      const seen = new Set<string>();
      const arrived: string[] = [];
      let isAway = false;
      receiver.answer = ({ body }) => {
        if (isAway) return { status: 503 };
        const collector = new Collector();
        collector.collect("traces", body);
        const hex = body.toString("hex");
        if (!seen.has(hex)) arrived.push(...collector.spans.map(({ name }) => name));
        seen.add(hex);
        return {};
      };
      let count = 0;
      const starts: number[] = [];
      const start = () => {
        const spool = openSpool({ directory: own, tickMs: 10 });
        const queue = openQueue(spool);
        starts.push(count);
        return { spool, queue, scope: openScope(queue) };
      };
      let running = start();
      const stop = async (): Promise<void> => {
        await running.queue.close(60);
        await running.spool.close(1_000);
        expect(traces(running.queue)).toMatchObject({ dropped: 0, refused: 0 });
      };
      for (const next of actions) {
        if (typeof next === "object") {
          for (let i = 0; i < next.add; i++) addSpan(running.scope, String(count++));
        } else if (next === "flush") await running.queue.flush(60);
        else if (next === "restart") {
          await stop();
          running = start();
        } else isAway = next === "away";
      }
      isAway = false;
      await running.queue.flush(2_000);
      await until(() => expect(arrived).toHaveLength(count));
      await until(() => expect(traces(running.queue).onDisk).toBe(0));
      const byRun = starts.flatMap((from, run) =>
        arrived.filter((name) => Number(name) >= from && Number(name) < (starts[run + 1] ?? count)),
      );
      expect(byRun).toEqual(numbers(count));
      await stop();
      expect(filesIn(own)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
