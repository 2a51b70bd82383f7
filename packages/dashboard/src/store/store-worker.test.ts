// The store's thread in this thread: what it says for what it is told, with a real spool and a real engine.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeRequest } from "@telemetry/otlp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClickHouseClient, Engine } from "../engine/engine.ts";
import { openClient, openEngine } from "../engine/engine.ts";
import { openJournal, openSpool, type Spool } from "../spool/spool.ts";
import type { FromWorker, WorkerOptions } from "./messages.ts";
import { StoreWorker } from "./store-worker.ts";
import type { Fields } from "./testdata/requests.ts";
import {
  encodeRequest,
  logRequest,
  metricRequest,
  nanosecondsAt,
  spanOf,
  traceRequest,
} from "./testdata/requests.ts";
import { openUnreliableDoor, type UnreliableDoor } from "./testdata/unreliable-door.ts";

let engine: Engine;
let door: UnreliableDoor;
let client: ClickHouseClient;
let engineDirectory: string;
let directory: string;
let spool: Spool;
let said: FromWorker[];
let worker: StoreWorker;
let running: Promise<void>;
let nextSpan = 1;

beforeAll(async () => {
  engineDirectory = mkdtempSync(join(tmpdir(), "telemetry-worker-"));
  engine = await openEngine({ dataDirectory: engineDirectory });
  await engine.whenReady();
  door = await openUnreliableDoor(engine.endpoint);
  client = openClient(engine.endpoint);
});

afterAll(async () => {
  await client.close();
  await door.close();
  await engine.close();
  rmSync(engineDirectory, { recursive: true, force: true });
});

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-worker-"));
  spool = await openSpool({ dataDirectory: directory });
  said = [];
  door.inserts.length = 0;
  door.decide = () => "pass";
});

afterEach(async () => {
  worker.receive({ type: "close" });
  await running;
  await spool.close();
  rmSync(directory, { recursive: true, force: true });
});

function start(overrides: Partial<WorkerOptions> = {}): void {
  worker = new StoreWorker(
    {
      endpoint: door.endpoint,
      spoolDirectory: spool.directory,
      spoolId: spool.id,
      quarantineDirectory: join(directory, "quarantine"),
      ends: { traces: spool.end("traces"), metrics: spool.end("metrics"), logs: spool.end("logs") },
      retentionMs: 7 * 86_400_000,
      retentionBytes: 1e12,
      ...overrides,
    },
    (message) => said.push(message),
  );
  running = worker.run();
}

async function append(body: Uint8Array): Promise<number> {
  const entry = { signal: "traces", encoding: "protobuf", body, receivedAtMs: Date.now() } as const;
  const appended = await spool.append(entry);
  return "position" in appended ? appended.position : -1;
}

const bodyOf = (fields: Fields = {}) =>
  encodeRequest("traces", traceRequest([spanOf(nextSpan++, fields)]));

async function send(fields: Fields = {}): Promise<number> {
  const body = bodyOf(fields);
  const position = await append(body);
  const batch = decodeRequest("traces", "protobuf", body.slice());
  worker.receive({ type: "request", signal: "traces", position, receivedAtMs: Date.now(), batch });
  return position;
}

const checkpoint = () =>
  said.findLast((message) => message.type === "checkpoint" && message.signal === "traces");

const untilStored = (position: number) =>
  vi.waitFor(() => expect(checkpoint()).toMatchObject({ position }), {
    timeout: 5_000,
    interval: 5,
  });

const untilStatus = (status: object) =>
  vi.waitFor(
    () => expect(said.findLast((message) => message.type === "status")).toMatchObject({ status }),
    { timeout: 5_000, interval: 10 },
  );

async function stored(name: string): Promise<number> {
  const answer = await client.query({
    query: "SELECT count() AS count FROM otel_traces WHERE SpanName = {name: String}",
    query_params: { name },
    format: "JSONEachRow",
  });
  return Number((await answer.json<{ count: string }>())[0]?.count);
}

describe("The store's worker", () => {
  test("tells the checkpoints when it is ready, and each that follows", async () => {
    start();
    await untilStored(0);
    await send({ name: "first" });
    await untilStored(1);
    expect(await stored("first")).toBe(1);
    expect(
      said.filter((message) => message.type === "checkpoint").map((message) => message.signal),
    ).toEqual(expect.arrayContaining(["traces", "metrics", "logs"]));
  });

  test("stores all that waits, of each signal, in its tables", async () => {
    start();
    const timeUnixNano = nanosecondsAt(Date.now());
    const requests = {
      logs: logRequest([{ timeUnixNano }]),
      metrics: metricRequest([
        { name: "m", gauge: { dataPoints: [{ timeUnixNano, asDouble: 1 }] } },
      ]),
    };
    for (const signal of ["logs", "metrics"] as const) {
      const body = encodeRequest(signal, requests[signal]);
      await spool.append({ signal, encoding: "protobuf", body, receivedAtMs: Date.now() });
      worker.receive({ type: "request", signal, position: 0, receivedAtMs: Date.now() });
    }
    await vi.waitFor(
      () =>
        expect(said).toEqual(
          expect.arrayContaining([
            { type: "checkpoint", signal: "logs", position: 1 },
            { type: "checkpoint", signal: "metrics", position: 1 },
          ]),
        ),
      { timeout: 5_000 },
    );
  });

  test("inserts the first request at once and gathers what follows for half a second", async () => {
    start();
    await untilStored(0);
    await send();
    await untilStored(1);
    const start_ = performance.now();
    await send();
    await send();
    await untilStored(3);
    expect(door.inserts).toHaveLength(2);
    expect(performance.now() - start_).toBeGreaterThan(200);
  });

  test("does not wait for the half second when it is told to flush", async () => {
    start();
    await untilStored(0);
    await send();
    await untilStored(1);
    await send();
    const from = performance.now();
    let insertedAt = Infinity;
    door.decide = () => {
      insertedAt = performance.now();
      return "pass";
    };
    worker.receive({ type: "flush" });
    await untilStored(2);
    expect(insertedAt - from).toBeLessThan(300);
  });

  test("takes requests before ClickHouse answers, and stores them when it does", async () => {
    const closed = { ...door.endpoint, url: "http://127.0.0.1:1" };
    start({ endpoint: closed });
    await send({ name: "early" });
    await untilStatus({
      state: "degraded",
      message: expect.stringContaining("Nothing is stored yet"),
    });
    worker.receive({ type: "close" });
    await running;

    start();
    await untilStored(1);
    expect(await stored("early")).toBe(1);
  });

  test("keeps its cadence when the time of day is set back by an hour", async () => {
    start();
    await send({ name: "before the step" });
    await untilStored(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 });
    try {
      await send({ name: "after the step" });
      await untilStored(2);
      await send({ name: "half a second later" });
      await untilStored(3);
    } finally {
      vi.useRealTimers();
    }
  });

  test("finds in the spool what came without its batch before ClickHouse answered", async () => {
    start();
    const position = await append(bodyOf({ name: "left in the spool" }));
    worker.receive({ type: "request", signal: "traces", position, receivedAtMs: Date.now() });
    await untilStored(1);
    expect(await stored("left in the spool")).toBe(1);
  });

  test("waits while the data folder cannot be written, and goes on by itself", async () => {
    const quarantine = join(directory, "quarantine");
    start();
    await untilStored(0);
    rmSync(quarantine, { recursive: true });
    writeFileSync(quarantine, "in the way");
    await send({ name: "too old", startTimeUnixNano: "5" });
    await untilStatus({
      state: "degraded",
      message: expect.stringContaining("the data folder cannot be written"),
    });
    expect(checkpoint()).toMatchObject({ position: 0 });

    rmSync(quarantine);
    mkdirSync(quarantine);
    await untilStored(1);
    expect(readdirSync(quarantine)).toEqual(["00000001.jsonl"]);
  });

  test("begins with the open intent, in exactly its range", async () => {
    for (const name of ["open", "open", "later"]) await append(bodyOf({ name }));
    const journal = openJournal(spool.directory);
    journal.writeIntent("traces", { from: 0, to: 2, tables: ["otel_traces"], formatVersion: 1 });
    journal.close();
    start();
    await untilStored(3);
    const positions = said.flatMap((message) =>
      message.type === "checkpoint" && message.signal === "traces" ? [message.position] : [],
    );
    expect(positions).toEqual([0, 2, 3]);
    expect(await stored("open")).toBe(2);
  });

  test("passes over what it cannot read, and says so", async () => {
    await append(Uint8Array.of(0x0a, 0xff));
    await append(bodyOf({ name: "readable" }));
    start({ ends: { traces: 3, metrics: 0, logs: 0 } });
    await untilStored(3);
    expect(await stored("readable")).toBe(1);
    await untilStatus({
      counters: { requests_unreadable: 1, requests_missing: 2, requests_stored: 1 },
    });
    expect(
      said.findLast((message) => message.type === "status" && message.quarantined),
    ).toMatchObject({
      quarantined: [
        { summary: "request 0 of the spool", reason: expect.stringContaining("Cannot decode") },
      ],
    });
  });

  test("counts rows that are too old, too far ahead or refused, and stores the others", async () => {
    start();
    door.decide = (body) =>
      body.includes("refused")
        ? { code: 117, message: "Incorrect data. (INCORRECT_DATA)" }
        : "pass";
    await send({ name: "old", startTimeUnixNano: "5" });
    await send({ name: "ahead", startTimeUnixNano: nanosecondsAt(Date.now() + 3 * 86_400_000) });
    await send({ name: "refused" });
    await send({ name: "good beside" });
    await untilStored(4);
    expect(await stored("good beside")).toBe(1);
    await untilStatus({ counters: { rows_expired: 1, rows_ahead: 1, rows_quarantined: 1 } });
    const shown = said.findLast((message) => message.type === "status" && message.quarantined);
    expect(shown).toMatchObject({ quarantined: { length: 3 } });
  });

  test("drops at its start what is over the limit in bytes", async () => {
    start();
    await untilStored(0);
    await send({ name: "evicted" });
    await untilStored(1);
    worker.receive({ type: "close" });
    await running;

    start({ retentionBytes: 0 });
    await untilStatus({ counters: { stored_bytes: 0, stored_rows_evicted: expect.any(Number) } });
    expect(await stored("evicted")).toBe(0);
  });
});
