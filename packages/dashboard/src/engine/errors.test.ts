// errors.test.ts — the table of write errors against the real engine: each input that it refuses, and why.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isEngineUnavailable, openClient, openEngine, prospectOf } from "./engine.ts";
import type { ClickHouseClient, Engine } from "./engine.ts";

const directory = mkdtempSync(join(tmpdir(), "engine-errors-"));
let engine: Engine;
let client: ClickHouseClient;

beforeAll(async () => {
  engine = await openEngine({ dataDirectory: directory });
  await engine.whenReady();
  client = openClient(engine.endpoint);
  await client.command({
    query: `CREATE TABLE rows (time DateTime64(9), id UInt8, attributes JSON) ENGINE = MergeTree
            PARTITION BY toDate(time) ORDER BY time`,
  });
});
afterAll(async () => {
  await client.close();
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

const DAY = 86_400;
/** What is wrong, and the rows as JSON text. */
const NEVER: Record<string, string[]> = {
  "a key that is both a value and a map": [
    '{"time": 1, "id": 1, "attributes": {"a.b": 1, "a": {"b": 2}}}',
  ],
  "a number that is none": ['{"time": 1, "id": 1, "attributes": {"a": NaN}}'],
  "JSON nested 1 500 deep": [
    `{"time": 1, "id": 1, "attributes": ${'{"a":'.repeat(1_500)}1${"}".repeat(1_500)}}`,
  ],
  "a value of the wrong type": ['{"time": 1, "id": "one", "attributes": {}}'],
  "an unknown column": ['{"time": 1, "no_such_column": 1}'],
  "rows of more than 100 days": Array.from(
    { length: 150 },
    (_, day) => `{"time": "${1_700_000_000 + day * DAY}", "id": 1, "attributes": {}}`,
  ),
};

async function insert(lines: string[], settings: Record<string, string> = {}): Promise<void> {
  await client
    .exec({
      query: `INSERT INTO rows FORMAT JSONEachRow`,
      values: Readable.from([lines.join("\n")], {
        objectMode: false,
      }),
      clickhouse_settings: { input_format_skip_unknown_fields: 0, ...settings },
    })
    .then(({ stream }) => void stream.resume());
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => new Error("it was accepted"),
    (error: unknown) => error,
  );
}

describe("prospectOf", () => {
  test.each(Object.keys(NEVER))("%s is refused for ever", async (what) => {
    const error = await errorOf(insert(NEVER[what] ?? []));
    expect(error).toMatchObject({ code: expect.stringMatching(/^\d+$/) });
    expect(prospectOf(error)).toBe("never");
    expect(isEngineUnavailable(error)).toBe(false);
  });

  test("a table that is not there, and a statement that is wrong, are refused for ever", async () => {
    for (const query of ["INSERT INTO nowhere VALUES (1)", "INSERT INTO rows VALUE"]) {
      expect(prospectOf(await errorOf(client.command({ query })))).toBe("never");
    }
  });

  test("want of time and memory passes", async () => {
    const rows = Array.from(
      { length: 5_000 },
      () => `{"time": 1, "id": 1, "attributes": {"a": "${"x".repeat(100)}"}}`,
    );
    const memory = await errorOf(insert(rows, { max_memory_usage: "1000000" }));
    expect(memory).toMatchObject({ code: "241" });
    expect(prospectOf(memory)).toBe("unclear");
    const query = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1";
    const time = await errorOf(
      client.query({ query, clickhouse_settings: { max_execution_time: 0.1 } }),
    );
    expect(time).toMatchObject({ code: "159" });
    expect(prospectOf(time)).toBe("later");
  });

  test("too many parts pass, too many partitions do not", () => {
    const parts = Object.assign(
      new Error("Too many parts (300). Merges are processing significantly slower"),
      { code: "252" },
    );
    const partitions = Object.assign(new Error("Too many partitions for single INSERT block"), {
      code: "252",
    });
    expect([prospectOf(parts), prospectOf(partitions)]).toEqual(["later", "never"]);
  });

  test("a sum that a materialized view cannot compute is refused for ever", async () => {
    const query =
      "SELECT addNanoseconds(now64(9), toUInt64(8000000000000000000) + number) FROM numbers(1)";
    const error = await errorOf(
      client.query({ query, format: "JSON" }).then((rows) => rows.json()),
    );
    expect(error).toMatchObject({ code: "407" });
    expect(prospectOf(error)).toBe("never");
  });

  test("what is not ClickHouse's is tried again, and a code that nobody knows is called so", () => {
    for (const error of [undefined, "text", new Error("?")])
      expect(prospectOf(error)).toBe("later");
    expect(prospectOf(Object.assign(new Error(), { code: "99999" }))).toBe("unknown");
    expect(prospectOf(Object.assign(new Error(), { code: "ECONNRESET" }))).toBe("unclear");
  });

  test("an engine that is not there is unavailable, and comes later", async () => {
    const nobody = openClient({
      url: "http://localhost",
      socketPath: join(directory, "nobody.sock"),
      database: "default",
    });
    const error = await errorOf(nobody.command({ query: "SELECT 1" }));
    expect(isEngineUnavailable(error)).toBe(true);
    expect(prospectOf(error)).toBe("later");
    await nobody.close();
  });
});
