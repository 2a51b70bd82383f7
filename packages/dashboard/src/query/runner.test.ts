import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { TooHeavyError, UnavailableError } from "./failures.ts";
import { Runner } from "./runner.ts";
import { openTestTables, type TestTables } from "./testdata/test-tables.ts";

/** Runs for twenty seconds, a row every 50 ms. */
const SLOW = "SELECT number, sleepEachRow(0.05) FROM numbers(400) SETTINGS max_block_size = 1";

describe("Runner", () => {
  let tables: TestTables;
  let runner: Runner;
  beforeAll(async () => {
    tables = await openTestTables();
    runner = new Runner(tables.client);
  }, 60_000);
  afterAll(() => tables.close());

  const runningCount = async () => {
    const answer = await tables.client.query({
      query:
        "SELECT count() AS running FROM system.processes WHERE query LIKE '%sleepEachRow%' AND query NOT LIKE '%system.processes%'",
      format: "JSONEachRow",
    });
    return Number((await answer.json<{ running: string }>())[0]?.running);
  };

  test("answers in rows, with all digits", async () => {
    const question = {
      sql: "SELECT {big:UInt64} AS big, {text:String} AS text, nan AS none",
      params: { big: "18446744073709551615", text: "it's \\ \n" },
    };

    expect(await runner.rows(question)).toEqual([
      { big: "18446744073709551615", text: "it's \\ \n", none: null },
    ]);
  });

  test("ends the query when its asker goes away, while it runs", async () => {
    const leave = new AbortController();
    const rows = runner.rows({ sql: SLOW, signal: leave.signal });
    await vi.waitFor(async () => expect(await runningCount()).toBe(1), 10_000);

    leave.abort();

    await expect(rows).rejects.toThrow("aborted");
    await vi.waitFor(async () => expect(await runningCount()).toBe(0), 10_000);
    expect(runner.station.status().counters.cancelled).toBe(1);
  });

  test("ends the query when its reader stops reading", async () => {
    for await (const block of runner.stream({ sql: SLOW })) {
      expect(block.length).toBeGreaterThan(0);
      break;
    }

    await vi.waitFor(async () => expect(await runningCount()).toBe(0), 10_000);
  });

  test("lets the event loop have its turn between the parts of a large answer", async () => {
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const sizes: number[] = [];
    for await (const block of runner.stream<{ text: string }>({
      sql: "SELECT repeat('x', 1000) AS text FROM numbers(5000)",
    })) {
      sizes.push(block.length);
    }
    clearImmediate(timer);

    expect(sizes.reduce((sum, size) => sum + size)).toBe(5_000);
    expect(Math.max(...sizes)).toBeLessThan(50);
    expect(turns).toBeGreaterThan(100);
  });

  test("gives its place back however a question ends", async () => {
    const questions = Array.from({ length: 30 }, (_, index) =>
      runner
        .rows({ sql: index % 2 === 0 ? "SELECT 1" : "SELECT throwIf(1)" })
        .catch(() => "failed"),
    );

    const ends = await Promise.all(questions);
    expect(ends.filter((end) => end === "failed")).toHaveLength(15);
    expect(await runner.rows({ sql: "SELECT 1 AS one" })).toEqual([{ one: 1 }]);
  });

  test.each([
    ["memory", "SELECT groupArray(toString(number)) FROM numbers(100000000)"],
    ["time", "SELECT count() FROM system.numbers SETTINGS max_execution_time = 1"],
  ])(
    "says so when a question needs too much %s",
    async (_, sql) => {
      await expect(runner.rows({ sql })).rejects.toThrow(TooHeavyError);
    },
    60_000,
  );

  test("an error after the first rows is an error, not a short answer", async () => {
    const sql = "SELECT throwIf(number = 300000), toString(number) FROM numbers(400000)";

    await expect(runner.rows({ sql })).rejects.toThrow("throwIf");
  });

  test("says later at once while tables or the engine are not there", async () => {
    await expect(runner.rows({ sql: "SELECT * FROM not_made_yet" })).rejects.toThrow(
      UnavailableError,
    );

    const { pid } = tables.engine;
    process.kill(pid as number, "SIGKILL");
    const askedAt = Date.now();
    await expect(runner.rows({ sql: "SELECT 1" })).rejects.toThrow(UnavailableError);
    expect(Date.now() - askedAt).toBeLessThan(1_000);
    await vi.waitFor(async () => expect(await runner.rows({ sql: "SELECT 1 AS one" })).toEqual([{ one: 1 }]), 10_000); // prettier-ignore
  }, 30_000);
});
