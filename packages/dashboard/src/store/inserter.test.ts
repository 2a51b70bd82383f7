import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeRequest } from "@telemetry/otlp";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClickHouseClient, Engine } from "../engine/engine.ts";
import { openClient, openEngine } from "../engine/engine.ts";
import { Station } from "../self/self.ts";
import { Inserter, type RefusedRange } from "./inserter.ts";
import { applySchema } from "./migrate.ts";
import { planRows } from "./native/native.ts";
import { traces } from "./schema.ts";
import { Semaphore } from "./semaphore.ts";
import { encodeRequest, spanOf, traceRequest } from "./testdata/requests.ts";
import { openUnreliableDoor, type UnreliableDoor } from "./testdata/unreliable-door.ts";

const DAY_MS = 86_400_000;
let directory: string;
let engine: Engine;
let door: UnreliableDoor;
let client: ClickHouseClient;
let station: Station;
let abort: AbortController;
let repairs: number;
let inserts = 0;
let viewFailures: string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-inserter-"));
  engine = await openEngine({ dataDirectory: directory });
  await engine.whenReady();
  door = await openUnreliableDoor(engine.endpoint);
  client = openClient(door.endpoint);
  await applySchema(client, door.endpoint, 7 * 86_400);
});

afterAll(async () => {
  await client.close();
  await door.close();
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  await client.command({ query: "TRUNCATE TABLE otel_traces" });
  door.inserts.length = 0;
  door.decide = () => "pass";
  station = new Station("store");
  abort = new AbortController();
  repairs = 0;
  viewFailures = [];
});

function openInserter(partsMax?: number): Inserter {
  const repairSchema = async () => {
    repairs++;
    await applySchema(client, door.endpoint, 7 * 86_400);
  };
  return new Inserter({
    client,
    station,
    places: new Semaphore(2),
    repairSchema,
    abort: abort.signal,
    backoffMsMax: 20,
    ...(partsMax === undefined ? {} : { partsMax }),
  });
}

/** Inserts spans of these names as one intent and returns what was set aside. */
async function insert(
  names: readonly string[],
  token = `test/${inserts++}`,
  inserter = openInserter(),
) {
  const request = traceRequest(names.map((name, index) => spanOf(index, { name })));
  const batch = decodeRequest("traces", "protobuf", encodeRequest("traces", request));
  const options = { receivedAtMs: Date.now(), retentionMs: DAY_MS, countOversized: () => {} };
  const refused: RefusedRange[] = [];
  await inserter.insert({
    table: traces,
    planned: planRows(batch, options),
    token,
    setAside: async (range) => void refused.push(range),
    onViewFailed: async ({ reason }) => void viewFailures.push(reason),
  });
  return refused;
}

const untilInserts = (which: (body: Buffer) => boolean, count: number) =>
  vi.waitFor(() => expect(door.inserts.filter(which).length).toBeGreaterThanOrEqual(count), {
    timeout: 20_000,
    interval: 5,
  });

async function storedNames(): Promise<string[]> {
  const query = "SELECT SpanName AS name FROM otel_traces";
  const answer = await client.query({ query, format: "JSONEachRow" });
  return (await answer.json<{ name: string }>()).map((row) => row.name).toSorted();
}

describe("Inserter", () => {
  test("sends all rows of an intent as one insert, once for a token", async () => {
    expect(await insert(["a", "b"], "same")).toEqual([]);
    expect(await insert(["a", "b"], "same")).toEqual([]);
    expect(door.inserts).toHaveLength(2);
    expect(await storedNames()).toEqual(["a", "b"]);
  });

  test("tries again while ClickHouse says later, with the same bytes", async () => {
    let failures = 3;
    door.decide = () =>
      failures-- > 0
        ? { code: 202, message: "Too many queries. (TOO_MANY_SIMULTANEOUS_QUERIES)" }
        : "pass";
    await insert(["a"]);
    expect(door.inserts).toHaveLength(4);
    expect(door.inserts.every((body) => body.equals(door.inserts[0] as Buffer))).toBe(true);
    expect(await storedNames()).toEqual(["a"]);
    expect(station.status()).toMatchObject({ state: "ok", counters: { insert_retries: 3 } });
  });

  test("says what it waits for", async () => {
    door.decide = () => ({ code: 243, message: "No space left. (NOT_ENOUGH_SPACE)" });
    const inserting = insert(["a"]);
    inserting.catch(() => {});
    while (station.status().state === "ok") await new Promise((resolve) => setTimeout(resolve, 5));
    expect(station.status().message).toMatch(/requests wait in the spool: .*No space left/);
    abort.abort(new Error("closed"));
    await expect(inserting).rejects.toThrow("aborted");
  });

  test("halves what is refused until the bad rows stand alone", async () => {
    const names = Array.from({ length: 64 }, (_, index) => `span ${index}`);
    names[3] = names[40] = "bad";
    door.decide = (body) =>
      body.includes("bad") ? { code: 117, message: "Incorrect data. (INCORRECT_DATA)" } : "pass";
    const refused = await insert(names);
    expect(refused.map((range) => [range.from, range.to]).toSorted()).toEqual([
      [3, 4],
      [40, 41],
    ]);
    expect(refused[0]?.reason).toContain("Incorrect data");
    expect(refused.map((range) => range.row["SpanName"])).toEqual(["bad", "bad"]);
    expect(await storedNames()).toEqual(names.filter((name) => name !== "bad").toSorted());
  });

  test("sets aside whole what is refused after so many inserts", async () => {
    door.decide = () => ({ code: 117, message: "Incorrect data. (INCORRECT_DATA)" });
    const names = Array.from({ length: 100 }, (_, index) => `span ${index}`);
    const refused = await insert(names, "bounded", openInserter(20));
    expect(door.inserts.length).toBeLessThanOrEqual(21);
    expect(refused.reduce((sum, range) => sum + range.to - range.from, 0)).toBe(100);
  });

  test("holds a row to account at which the engine breaks down again and again", async () => {
    door.decide = (body) => (body.includes("crash") ? "break" : "pass");
    const refused = await insert(["a", "crash"]);
    expect(refused).toMatchObject([
      { from: 1, to: 2, reason: expect.stringMatching(/hang up|ECONNRESET/) },
    ]);
    expect(await storedNames()).toEqual(["a"]);
  });

  test("holds a row to account for a failure that nobody knows, after much patience", async () => {
    const message = "Something new. (NEVER_HEARD_OF)";
    door.decide = (body) => (body.includes("odd") ? { code: 99_999, message } : "pass");
    const refused = await insert(["a", "b", "odd", "c"]);
    expect(refused).toMatchObject([{ from: 2, to: 3, reason: expect.stringContaining("new") }]);
    expect(await storedNames()).toEqual(["a", "b", "c"]);
    expect(door.inserts.filter((body) => body.includes("odd")).length).toBeGreaterThan(70);
  });

  test("blames no row for what is known to pass, however long", async () => {
    const message = "Replica is not there. (NO_ACTIVE_REPLICAS)";
    door.decide = (body) => (body.includes("SpanName") ? { code: 254, message } : "pass");
    const inserting = insert(["a"]);
    await untilInserts((body) => body.includes("SpanName"), 60);
    door.decide = () => "pass";
    expect(await inserting).toEqual([]);
    expect(await storedNames()).toEqual(["a"]);
  });

  test("blames no row while ClickHouse breaks every connection, however long", async () => {
    door.decide = () => "break";
    const inserting = insert(["a", "b"]);
    await untilInserts(() => true, 14);
    door.decide = () => "pass";
    expect(await inserting).toEqual([]);
    expect(await storedNames()).toEqual(["a", "b"]);
  });

  test("stores nothing twice when ClickHouse takes a block and every answer gets lost", async () => {
    door.decide = (body) => (body.includes("SpanName") ? "lose the answer" : "pass");
    const inserting = insert(["a", "b", "c"]);
    await untilInserts((body) => body.includes("SpanName"), 8);
    door.decide = () => "pass";
    expect(await inserting).toEqual([]);
    expect(await storedNames()).toEqual(["a", "b", "c"]);
  });

  test("gives no row up while others use the memory of the whole server", async () => {
    const message = "(total) memory limit exceeded: would use 1 GiB. (MEMORY_LIMIT_EXCEEDED)";
    door.decide = (body) => (body.includes("SpanName") ? { code: 241, message } : "pass");
    const inserting = insert(["a"]);
    await untilInserts((body) => body.includes("SpanName"), 14);
    door.decide = () => "pass";
    expect(await inserting).toEqual([]);
    expect(await storedNames()).toEqual(["a"]);
  });

  test("halves a block that is too large for ClickHouse's memory", async () => {
    door.decide = (body) =>
      body.length > 3_000
        ? { code: 241, message: "Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)" }
        : "pass";
    const names = ["a", "b", "c", "d"].map((name) => name.repeat(300));
    expect(await insert(names)).toEqual([]);
    expect(await storedNames()).toEqual(names);
  });

  test("stores rows once at which a view fails for ever, and gives the other views theirs", async () => {
    await client.command({
      query:
        "CREATE MATERIALIZED VIEW gone ENGINE = MergeTree ORDER BY n AS SELECT 1 AS n FROM otel_traces",
    });
    const [inner] = await (
      await client.query({ query: "SHOW TABLES LIKE '.inner%'", format: "JSONEachRow" })
    ).json<{ name: string }>();
    await client.command({ query: `DROP TABLE \`${inner?.name}\` SYNC` });
    try {
      expect(await insert(["a", "b"])).toEqual([]);
      expect(await storedNames()).toEqual(["a", "b"]);
      expect(viewFailures).toEqual([expect.stringContaining("Target table")]);
    } finally {
      await client.command({ query: "DROP VIEW gone" });
    }
  });

  test("makes a missing column again instead of blaming the rows", async () => {
    await client.command({ query: "ALTER TABLE otel_traces DROP COLUMN StatusMessage" });
    expect(await insert(["a"])).toEqual([]);
    expect(repairs).toBe(1);
    expect(await storedNames()).toEqual(["a"]);
  });
});
