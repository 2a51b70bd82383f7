// lost-blocks.test.ts — a real engine whose folder is left as a kill between two of its steps leaves it.

import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClickHouseClient } from "./client.ts";
import { openClient, openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";

let dataDirectory: string;
let engine: Engine;
let client: ClickHouseClient;

beforeEach(async () => {
  dataDirectory = mkdtempSync(join(tmpdir(), "telemetry-lost-"));
  await open();
  for (const query of [
    `CREATE TABLE rows (n UInt32) ENGINE = MergeTree PARTITION BY n % 2 ORDER BY n SETTINGS non_replicated_deduplication_window = 100`,
    `CREATE TABLE sums (n UInt32, times UInt64) ENGINE = SummingMergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100`,
    `CREATE MATERIALIZED VIEW view TO sums AS SELECT n, count() AS times FROM rows GROUP BY n`,
  ]) {
    await client.command({ query });
  }
});

afterEach(async () => {
  await close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

async function open(): Promise<void> {
  engine = await openEngine({ dataDirectory });
  await engine.whenReady();
  client = openClient(engine.endpoint);
}

async function close(): Promise<void> {
  await client.close();
  await engine.close();
}

/** One block under a token, as the store sends it. */
async function insert(...numbers: number[]): Promise<void> {
  await client.command({
    query: `INSERT INTO rows VALUES ${numbers.map((number) => `(${number})`).join(", ")}`,
    clickhouse_settings: {
      insert_deduplication_token: numbers.join("-"),
      deduplicate_blocks_in_dependent_materialized_views: 1,
    },
  });
}

async function ask<Row>(query: string): Promise<Row[]> {
  return await (await client.query({ query, format: "JSONEachRow" })).json<Row>();
}

const stored = async () =>
  (await ask<{ n: number }>("SELECT n FROM rows ORDER BY n")).map((row) => row.n);

const summed = async () =>
  (await ask<{ n: number }>("SELECT n FROM sums GROUP BY n HAVING sum(times) = 1 ORDER BY n")).map(
    (row) => row.n,
  );

async function pathsOf(table: string, where = "1"): Promise<string[]> {
  const query = `SELECT path FROM system.parts WHERE active AND table = '${table}' AND ${where}`;
  return (await ask<{ path: string }>(query)).map((row) => row.path);
}

/** The folder after a kill that left these parts without their names. */
async function loseParts(paths: readonly string[]): Promise<void> {
  await close();
  for (const path of paths) rmSync(path, { recursive: true });
  await open();
}

describe("after a kill between a block's token and its part", () => {
  test("the block is inserted again, and only what was lost of it", async () => {
    await insert(1, 2);
    await insert(3, 4);
    const odd = await pathsOf("rows", "partition = '1'");
    const even = await pathsOf("rows", "partition = '0'");
    await loseParts([odd[0]!, even[1]!]);
    expect(await stored()).toHaveLength(2);

    await insert(1, 2);
    await insert(3, 4);
    expect(await stored()).toEqual([1, 2, 3, 4]);
    expect(await summed()).toEqual([1, 2, 3, 4]);
    expect(readFileSync(join(dataDirectory, "engine/engine.log"), "utf8")).toContain(
      "Deduplication logs were repaired: `default`.`rows`",
    );
  });

  test("a side table gets its part of the block, the table itself nothing", async () => {
    await insert(1, 2);
    await insert(3, 4);
    await loseParts((await pathsOf("sums")).slice(-1));
    expect((await summed()).length).toBeLessThan(4);

    await insert(1, 2);
    await insert(3, 4);
    expect(await stored()).toEqual([1, 2, 3, 4]);
    expect(await summed()).toEqual([1, 2, 3, 4]);
  });
});

describe("what is there stays known", () => {
  test("also when it was inserted without deduplication, which no log tells", async () => {
    await insert(1, 2);
    const query = "INSERT INTO rows VALUES (3)";
    await client.command({ query, clickhouse_settings: { insert_deduplicate: 0 } });
    await close();
    await open();
    expect(await stored()).toEqual([1, 2, 3]);
  });

  test("also when its part was merged into another", async () => {
    await insert(1, 2);
    await insert(3, 4);
    await client.command({ query: "OPTIMIZE TABLE rows FINAL" });
    await close();
    await open();

    await insert(1, 2);
    await insert(3, 4);
    expect(await stored()).toEqual([1, 2, 3, 4]);
    expect(readFileSync(join(dataDirectory, "engine/engine.log"), "utf8")).not.toContain(
      "repaired",
    );
  });

  test("also when the last line of the log was cut off, and another one joined its rest", async () => {
    await insert(1, 2);
    const [part = ""] = await pathsOf("rows");
    const logs = join(dirname(part), "deduplication_logs");
    const log = join(logs, readdirSync(logs)[0]!);
    await close();
    const whole = readFileSync(log, "utf8");
    appendFileSync(log, "1\t0_7_7");
    await open();
    expect(readFileSync(log, "utf8")).toBe(whole);

    await insert(3, 4);
    await close();
    const [first = "", ...others] = readFileSync(log, "utf8").split("\n");
    writeFileSync(log, [`1\t0_9_9_0\t0_123${first}`, ...others].join("\n"));
    await open();
    await insert(1, 2);
    await insert(3, 4);
    expect(await stored()).toEqual([1, 2, 3, 4]);
  });
});
