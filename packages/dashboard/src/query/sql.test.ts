import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openQuery, SqlError, TooHeavyError, type Query } from "./query.ts";
import { openTestTables, type TestTables } from "./testdata/test-tables.ts";

describe("SQL from people", () => {
  let tables: TestTables;
  let query: Query;
  beforeAll(async () => {
    tables = await openTestTables();
    query = openQuery({ client: tables.client });
  }, 60_000);
  afterAll(() => tables.close());

  test("answers with columns, types, and all digits", async () => {
    const statement =
      "SELECT toInt64(9007199254740993) AS big, 'x' AS text, [1, 2] AS list, NULL AS none, 0.5 AS half";

    expect(await query.sql(statement)).toEqual({
      columns: [
        { name: "big", type: "Int64" },
        { name: "text", type: "String" },
        { name: "list", type: "Array(UInt8)" },
        { name: "none", type: "Nullable(Nothing)" },
        { name: "half", type: "Float64" },
      ],
      rows: [["9007199254740993", "x", [1, 2], null, 0.5]],
      isTruncated: false,
    });
  });

  test("cuts what is too long, and says so", async () => {
    const answer = await query.sql("SELECT number FROM system.numbers");

    expect(answer.rows).toHaveLength(10_000);
    expect(answer.isTruncated).toBe(true);
  });

  test.each([
    "SELECT 1; SELECT 2",
    "SELECT 'evil' INTO OUTFILE '/tmp/telemetry-evil' TRUNCATE FORMAT TSVRaw",
    "KILL QUERY WHERE 1",
    "INSERT INTO otel_logs (Body) VALUES ('x')",
    "DROP TABLE otel_logs",
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SET max_memory_usage = 0",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT",
    "SELECT * FROM nothing_of_that_name",
  ])("refuses %s", async (statement) => {
    await expect(query.sql(statement)).rejects.toThrow(SqlError);
  });

  test("holds a server of yours to the same rules, whose settings a sub-query could change", async () => {
    const remote = openQuery({ client: tables.client, isEmbedded: false });

    expect((await remote.sql("SELECT 1 AS one FORMAT CSV")).rows).toEqual([[1]]);
    for (const statement of [
      "SELECT * FROM (SELECT * FROM file('/etc/hostname', 'LineAsString') SETTINGS readonly = 0)",
      "SELECT file('/etc/hostname')",
      "DROP TABLE otel_logs",
    ]) {
      await expect(remote.sql(statement)).rejects.toThrow(SqlError);
    }
  });

  test("stops what needs too much memory", async () => {
    const statement = "SELECT groupArray(toString(number)) FROM numbers(100000000)";

    await expect(query.sql(statement)).rejects.toThrow(TooHeavyError);
  }, 60_000);
});
