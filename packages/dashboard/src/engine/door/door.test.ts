// door.test.ts — the contract of an engine door: what the unmodified @clickhouse/client, and HTTP itself, may rely on.
// It runs against the door in this process and against the engine's child process.

import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session } from "chdb";
import fc from "fast-check";
import type { ClickHouseClient, DataFormat } from "@clickhouse/client";
import { openClient, openEngine, planReaderStatement } from "../engine.ts";
import type { ClickHouseEndpoint } from "../engine.ts";
import { engineLimits } from "../engine-config.ts";
import { openDoor } from "./door.ts";

interface OpenedDoor {
  readonly endpoint: ClickHouseEndpoint;
  close(): Promise<void>;
}

testEngineDoor("in this process", async (directory) => {
  const socketPath = join(directory, "engine.sock");
  const openSession = () => new Session(join(directory, "clickhouse"));
  const door = await openDoor({
    openSession,
    socketPath,
    incomingDirectory: join(directory, "incoming"),
    limits: { ...engineLimits(), readerRowsMax: 100, readerBytesMax: 100_000 },
  });
  return {
    endpoint: { url: "http://localhost", socketPath, database: "default" },
    close: () => door.close(),
  };
});

testEngineDoor("in the engine process", async (directory) => {
  const engine = await openEngine({ dataDirectory: directory });
  await engine.whenReady();
  return { endpoint: engine.endpoint, close: () => engine.close() };
});

function testEngineDoor(name: string, open: (directory: string) => Promise<OpenedDoor>): void {
  describe(`the engine door ${name}`, () => {
    const directory = mkdtempSync(join(tmpdir(), "engine-door-"));
    let door: OpenedDoor;
    let client: ClickHouseClient;

    beforeAll(async () => {
      door = await open(directory);
      client = openClient(door.endpoint);
    });
    afterAll(async () => {
      await client.close();
      await door.close();
      rmSync(directory, { recursive: true, force: true });
    });

    const rows = async <Row>(
      query: string,
      options: Record<string, unknown> = {},
    ): Promise<Row[]> =>
      await (await client.query({ query, format: "JSONEachRow", ...options })).json<Row>();
    const text = async (query: string, format: DataFormat, options: Record<string, unknown> = {}) =>
      await (await client.query({ query, format, ...options })).text();
    const value = async (query: string, options: Record<string, unknown> = {}): Promise<unknown> =>
      ((await rows<{ value: unknown }>(query, options))[0] ?? {}).value;
    const http = (
      path: string,
      options: { method?: string; body?: string; headers?: Record<string, string> } = {},
    ) => askHttp(door.endpoint.socketPath ?? "", path, options);
    const until = async (condition: () => Promise<boolean>) => {
      for (let attempt = 0; attempt < 200; attempt++) {
        if (await condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error("Cannot go on: the condition did not hold within 4 s");
    };
    const running = async (part: string) =>
      Number(
        await value(
          `SELECT count() AS value FROM system.processes WHERE query LIKE '%${part}%' AND query NOT LIKE '%system.processes%'`,
        ),
      );

    test("answers a ping, with and without a query", async () => {
      expect(await client.ping()).toEqual({ success: true });
      expect(await client.ping({ select: true })).toEqual({ success: true });
    });

    test("runs commands and reports what an insert has written", async () => {
      await client.command({
        query: "CREATE TABLE numbers_of (a UInt64, s String) ENGINE = MergeTree ORDER BY a",
      });
      const result = await client.insert({
        table: "numbers_of",
        values: [
          { a: 1, s: "one" },
          { a: "18446744073709551615", s: "it's \\ \n \u{1F600}" },
        ],
        format: "JSONEachRow",
      });
      expect(result.summary).toMatchObject({ written_rows: "2" });
      expect(
        await rows("SELECT toString(a) AS a, s FROM numbers_of ORDER BY numbers_of.a"),
      ).toEqual([
        { a: "1", s: "one" },
        { a: "18446744073709551615", s: "it's \\ \n \u{1F600}" },
      ]);
    });

    // ---- formats

    const countOf: Partial<Record<DataFormat, (answer: string) => number>> = {
      JSON: (answer) => JSON.parse(answer).data.length,
      JSONStrings: (answer) => JSON.parse(answer).data.length,
      JSONCompact: (answer) => JSON.parse(answer).data.length,
      JSONCompactStrings: (answer) => JSON.parse(answer).data.length,
      JSONColumnsWithMetadata: (answer) => JSON.parse(answer).data.number?.length ?? 0,
      JSONObjectEachRow: (answer) => Object.keys(JSON.parse(answer)).length,
      JSONEachRow: lines,
      JSONStringsEachRow: lines,
      JSONCompactEachRow: lines,
      JSONCompactStringsEachRow: lines,
      JSONCompactEachRowWithNames: (answer) => lines(answer) - 1,
      JSONCompactEachRowWithNamesAndTypes: (answer) => lines(answer) - 2,
      JSONCompactStringsEachRowWithNames: (answer) => lines(answer) - 1,
      JSONCompactStringsEachRowWithNamesAndTypes: (answer) => lines(answer) - 2,
      CSV: lines,
      CSVWithNames: (answer) => lines(answer) - 1,
      CSVWithNamesAndTypes: (answer) => lines(answer) - 2,
      TabSeparated: lines,
      TabSeparatedRaw: lines,
      TabSeparatedWithNames: (answer) => lines(answer) - 1,
      TabSeparatedWithNamesAndTypes: (answer) => lines(answer) - 2,
    };
    test.each(Object.entries(countOf))(
      "joins the blocks of an answer in %s",
      async (format, count) => {
        const query = "SELECT number, toString(number) AS text FROM numbers(100000)";
        const answer = await text(query, format as DataFormat);
        expect(count(answer)).toBe(100_000);
        expect(answer).toContain("99999");
        const none = await text(`${query} WHERE number < 0`, format as DataFormat);
        expect(count(none)).toBe(0);
      },
    );

    test("answers in Native, which can be inserted again as it is", async () => {
      await client.command({
        query:
          "CREATE TABLE copies (number UInt64, text String) ENGINE = MergeTree ORDER BY number",
      });
      const native = await client.exec({
        query: "SELECT number, toString(number) AS text FROM numbers(200000) FORMAT Native",
      });
      const insert = await client.exec({
        query: "INSERT INTO copies (number, text) FORMAT Native",
        values: native.stream,
      });
      insert.stream.resume();
      expect(insert.summary).toMatchObject({ written_rows: "200000" });
      expect(
        await rows("SELECT count() AS n, sum(number) AS s, max(text) AS t FROM copies"),
      ).toEqual([{ n: 200_000, s: 19_999_900_000, t: "99999" }]);
    });

    test("streams a million rows without holding them", async () => {
      const result = await client.query({
        query: "SELECT number FROM numbers(1000000)",
        format: "JSONEachRow",
      });
      let count = 0;
      for await (const chunk of result.stream()) count += chunk.length;
      expect(count).toBe(1_000_000);
    });

    test("says which format and query id the answer has", async () => {
      const result = await client.query({
        query: "SELECT 1",
        format: "JSONCompact",
        query_id: "named-by-client",
      });
      expect(result.query_id).toBe("named-by-client");
      expect(result.response_headers).toMatchObject({
        "x-clickhouse-query-id": "named-by-client",
        "x-clickhouse-format": "JSONCompact",
        "content-type": "application/json; charset=UTF-8",
      });
      await result.text();
    });

    // ---- inserts

    test("inserts a stream, compressed, in JSONEachRow", async () => {
      const gzip = openClient(door.endpoint, { compression: { request: true, response: true } });
      await client.command({
        query: "CREATE TABLE streamed (n UInt32, t String) ENGINE = MergeTree ORDER BY n",
      });
      const values = Readable.from(
        Array.from({ length: 5_000 }, (_, n) => ({ n, t: "x".repeat(n % 50) })),
        { objectMode: true },
      );
      await gzip.insert({ table: "streamed", values, format: "JSONEachRow" });
      const result = await gzip.query({
        query: "SELECT count() AS c, sum(length(t)) AS l FROM streamed",
        format: "JSONEachRow",
      });
      expect(result.response_headers["content-encoding"]).toBe("gzip");
      expect(await result.json()).toEqual([{ c: 5_000, l: 122_500 }]);
      const large = await gzip.query({
        query: "SELECT number FROM numbers(300000)",
        format: "TabSeparated",
      });
      expect(lines(await large.text())).toBe(300_000);
      await gzip.close();
    });

    test("inserts values and named columns, with settings in the statement", async () => {
      await client.command({
        query:
          "CREATE TABLE valued (a UInt8, b String DEFAULT 'none') ENGINE = MergeTree ORDER BY a",
      });
      await client.command({
        query: "INSERT INTO valued (a, b) VALUES (1, 'FORMAT; it''s'), (2, 'two')",
      });
      await client.insert({
        table: "valued",
        columns: ["a"],
        values: [{ a: 3 }],
        format: "JSONEachRow",
      });
      const path = `/?query=${encodeURIComponent("INSERT INTO valued (a, b) SETTINGS max_insert_threads = 1 FORMAT CSV")}`;
      expect((await http(path, { method: "POST", body: '4,"four"\n' })).status).toBe(200);
      const values = `/?query=${encodeURIComponent("INSERT INTO valued (a, b) VALUES")}`;
      expect((await http(values, { method: "POST", body: "(5, 'five')" })).status).toBe(200);
      expect(await rows("SELECT a, b FROM valued ORDER BY a")).toEqual([
        { a: 1, b: "FORMAT; it's" },
        { a: 2, b: "two" },
        { a: 3, b: "none" },
        { a: 4, b: "four" },
        { a: 5, b: "five" },
      ]);
    });

    test("keeps types when strings become JSON", async () => {
      await client.command({
        query: "CREATE TABLE typed (id UInt8, j JSON) ENGINE = MergeTree ORDER BY id",
      });
      const native = await client.exec({
        query: `SELECT toUInt8(1) AS id, '{"big": 9007199254740993, "half": 0.5, "yes": true, "s": "x"}' AS j FORMAT Native`,
      });
      (
        await client.exec({
          query: "INSERT INTO typed (id, j) FORMAT Native",
          values: native.stream,
        })
      ).stream.resume();
      expect(await value("SELECT JSONAllPathsWithTypes(j) AS value FROM typed")).toEqual({
        big: "Int64",
        half: "Float64",
        s: "String",
        yes: "Bool",
      });
    });

    test("drops a block whose deduplication token it knows, and keeps the same bytes under another", async () => {
      await client.command({
        query:
          "CREATE TABLE tokens (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100",
      });
      const insert = (token: string) =>
        client.insert({
          table: "tokens",
          values: [{ a: 1 }, { a: 2 }],
          format: "JSONEachRow",
          clickhouse_settings: { insert_deduplication_token: token },
        });
      await insert("id/0-2/tokens");
      await insert("id/0-2/tokens");
      expect(await value("SELECT count() AS value FROM tokens")).toBe(2);
      await insert("id/2-4/tokens");
      expect(await value("SELECT count() AS value FROM tokens")).toBe(4);
    });

    test("refuses a broken insert whole, and leaves no file behind", async () => {
      await client.command({
        query: "CREATE TABLE refused (a UInt8) ENGINE = MergeTree ORDER BY a",
      });
      const values = Readable.from([{ a: 1 }, { a: "no number" }], { objectMode: true });
      await expect(
        client.insert({ table: "refused", values, format: "JSONEachRow" }),
      ).rejects.toMatchObject({ code: "27" });
      expect(await value("SELECT count() AS value FROM refused")).toBe(0);
      await expect(
        client.exec({ query: "INSERT INTO refused SELECT 1", values: Readable.from(["x"]) }),
      ).rejects.toMatchObject({ code: "48" });
    });

    test("an insert without rows is an error, as on a server", async () => {
      await client.command({
        query: "CREATE TABLE empty_of (a UInt8) ENGINE = MergeTree ORDER BY a",
      });
      const values = Readable.from([], { objectMode: true });
      await expect(
        client.insert({ table: "empty_of", values, format: "JSONEachRow" }),
      ).rejects.toMatchObject({ code: "108" });
      expect(await value("SELECT count() AS value FROM empty_of")).toBe(0);
    });

    // ---- parameters, settings, database

    test("gives parameters to the query as they were sent", async () => {
      const awkward =
        'it\'s "quoted" \\ back `tick` \t tab \n line \u{1F600} ü {x:String} /* */ --';
      expect(await value("SELECT {p: String} AS value", { query_params: { p: awkward } })).toBe(
        awkward,
      );
      expect(
        await value("SELECT {p: Array(String)} AS value", {
          query_params: { p: [awkward, "", "'"] },
        }),
      ).toEqual([awkward, "", "'"]);
      expect(
        await value("SELECT {p: Map(String, String)} AS value", {
          query_params: { p: { [awkward]: awkward } },
        }),
      ).toEqual({ [awkward]: awkward });
      expect(
        await value("SELECT {p: Nullable(String)} AS value", { query_params: { p: null } }),
      ).toBeNull();
      expect(
        await value("SELECT toString({p: UInt64}) AS value", {
          query_params: { p: 18446744073709551615n },
        }),
      ).toBe("18446744073709551615");
      expect(
        await value("SELECT {p: Identifier} AS value FROM (SELECT 7 AS seven)", {
          query_params: { p: "seven" },
        }),
      ).toBe(7);
    });

    test("any string survives as a parameter", async () => {
      const unit = fc.constantFrom(
        "'",
        '"',
        "\\",
        "\0",
        "\n",
        "\r",
        "\t",
        "\b",
        "N",
        "{x:",
        ",",
        "]",
        "ü",
        "\u{1F600}",
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.string({ unit, maxLength: 20 }), { maxLength: 4 }),
          async (sent) => {
            const options = { query_params: { p: sent, text: sent.join() } };
            expect(await value("SELECT {p: Array(String)} AS value", options)).toEqual(sent);
            expect(await value("SELECT {text: String} AS value", options)).toBe(sent.join());
          },
        ),
        { numRuns: 50 },
      );
    });

    test("takes parameters from a multipart form", async () => {
      const values = Array.from({ length: 2_000 }, (_, n) => `it's value ${n}`);
      expect(
        await value("SELECT length({p: Array(String)}) AS value", {
          query_params: { p: values },
          use_multipart_params: true,
        }),
      ).toBe(2_000);
    });

    test("takes parameters of half a megabyte in the URL", async () => {
      const values = Array.from({ length: 15_000 }, (_, n) => n.toString(16).padStart(32, "0"));
      const options = { query_params: { ids: values } };
      expect(await value("SELECT length({ids: Array(String)}) AS value", options)).toBe(15_000);
    });

    test("a parameter that was not sent is an error, also after another request has sent it", async () => {
      for (let request = 0; request < 10; request++) {
        await value("SELECT {given: String} AS value", { query_params: { given: "x" } });
        await expect(value("SELECT {given: String} AS value")).rejects.toMatchObject({
          code: "456",
        });
      }
    });

    test("settings hold for the request that sent them, and for no other", async () => {
      const query =
        "SELECT getSetting('max_threads') AS value, getSetting('max_memory_usage') AS memory";
      const [before] = await rows(query);
      for (let request = 0; request < 10; request++) {
        expect(
          await value(query, {
            clickhouse_settings: { max_threads: 7, max_memory_usage: "77777777" },
          }),
        ).toBe(7);
        expect(await rows(query)).toEqual([before]);
      }
      await client.command({ query: "SET max_threads = 9" });
      for (let request = 0; request < 10; request++) expect(await rows(query)).toEqual([before]);
    });

    test("a request may make itself read-only, and no other", async () => {
      const readonly = { clickhouse_settings: { max_threads: 3, readonly: "1" as const } };
      await client.command({
        query: "CREATE TABLE writable (a UInt8) ENGINE = MergeTree ORDER BY a",
      });
      for (let request = 0; request < 10; request++) {
        expect(await value("SELECT getSetting('max_threads') AS value", readonly)).toBe(3);
        const drop = client.command({ query: "DROP TABLE writable", ...readonly });
        await expect(drop).rejects.toMatchObject({ code: "164" });
        expect(await value("SELECT 1 AS value", { clickhouse_settings: { max_threads: 4 } })).toBe(
          1,
        );
      }
      await client.command({ query: "DROP TABLE writable" });
    });

    test("an unknown setting is an error and harms nobody else", async () => {
      const settings = { clickhouse_settings: { no_such_setting: "1" } };
      await expect(value("SELECT 1 AS value", settings)).rejects.toMatchObject({
        code: "115",
        type: "UNKNOWN_SETTING",
      });
      expect(await value("SELECT 1 AS value")).toBe(1);
    });

    test("runs in the database of the request", async () => {
      await client.command({ query: "CREATE DATABASE IF NOT EXISTS `other one`" });
      const other = openClient({ ...door.endpoint, database: "other one" });
      await other.command({ query: "CREATE TABLE here (a UInt8) ENGINE = MergeTree ORDER BY a" });
      await other.insert({ table: "here", values: [{ a: 1 }], format: "JSONEachRow" });
      expect(
        await (await other.query({ query: "SELECT * FROM here", format: "JSONEachRow" })).json(),
      ).toEqual([{ a: 1 }]);
      await other.close();
      for (let request = 0; request < 10; request++) {
        await expect(rows("SELECT * FROM here")).rejects.toMatchObject({ code: "60" });
      }
      const nowhere = openClient({ ...door.endpoint, database: "nowhere" });
      await expect(nowhere.query({ query: "SELECT 1" })).rejects.toMatchObject({ code: "81" });
      await nowhere.close();
    });

    // ---- errors

    test("an error has ClickHouse's code, type and message", async () => {
      await expect(rows("SELECT * FROM no_such_table")).rejects.toMatchObject({
        code: "60",
        type: "UNKNOWN_TABLE",
      });
      await expect(rows("SELEC 1")).rejects.toMatchObject({ code: "62", type: "SYNTAX_ERROR" });
      const answer = await http("/", { method: "POST", body: "SELECT * FROM no_such_table" });
      expect(answer).toMatchObject({
        status: 404,
        headers: { "x-clickhouse-exception-code": "60" },
      });
      expect((await http("/", { method: "POST", body: "" })).status).toBe(400);
    });

    test("an error in the middle of an answer reaches the reader of the stream", async () => {
      const result = await client.query({
        query: "SELECT throwIf(number = 300000, 'stopped on purpose') AS n FROM numbers(1000000)",
        format: "JSONEachRow",
        clickhouse_settings: { max_block_size: "10000", max_threads: 1 },
      });
      let count = 0;
      await expect(async () => {
        for await (const chunk of result.stream()) count += chunk.length;
      }).rejects.toMatchObject({ code: "395" });
      expect(count).toBeGreaterThanOrEqual(10_000);
    });

    test("what a failed query had written is in nobody's answer", async () => {
      const failing =
        "SELECT throwIf(number = 400000) AS n FROM numbers(500000) SETTINGS max_threads = 1";
      for (let request = 0; request < 8; request++) {
        await expect(text(failing, "JSON")).rejects.toMatchObject({ code: "395" });
        expect(await text("SELECT 1", "TabSeparated")).toBe("1\n");
      }
    });

    test("limits of time and memory hold", async () => {
      const slow = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1";
      await expect(
        rows(slow, { clickhouse_settings: { max_execution_time: 1 } }),
      ).rejects.toMatchObject({ code: "159" });
      await expect(
        text("SELECT repeat('x', 1000) FROM numbers(1000000)", "JSON", {
          clickhouse_settings: { max_memory_usage: "100000000" },
        }),
      ).rejects.toMatchObject({ code: "241" });
    });

    // ---- cancel

    test("a query whose receiver leaves is killed", async () => {
      const abort = new AbortController();
      const asked = client.query({
        query:
          "SELECT count() AS left_alone FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
        format: "JSONEachRow",
        abort_signal: abort.signal,
      });
      await until(async () => (await running("left_alone")) === 1);
      abort.abort();
      await expect(asked).rejects.toThrow("aborted");
      await until(async () => (await running("left_alone")) === 0);
    });

    test("a stream whose receiver leaves is ended", async () => {
      const result = await client.query({
        query: "SELECT number AS half_read FROM system.numbers",
        format: "JSONEachRow",
      });
      for await (const chunk of result.stream()) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      result.close();
      await until(async () => (await running("half_read")) === 0);
      expect(await value("SELECT 1 AS value")).toBe(1);
    });

    test("KILL QUERY finds a query by the id its client gave", async () => {
      const asked = client.query({
        query: "SELECT count() AS by_id FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
        query_id: "kill-me",
      });
      const killed = expect(asked).rejects.toMatchObject({ code: "394" });
      await until(async () => (await running("by_id")) === 1);
      await client.command({ query: "KILL QUERY WHERE query_id = 'kill-me'" });
      await killed;
      await client.command({ query: "KILL QUERY WHERE query_id = 'nobody'" });
      await expect(
        client.command({ query: "KILL QUERY WHERE query_id = 'x' SYNC" }),
      ).rejects.toMatchObject({ code: "48" });
    });

    // ---- what is refused

    test("refuses web pages, unknown paths, HTTP sessions and changes by GET", async () => {
      expect((await http("/?query=SELECT%201")).body).toBe("1\n");
      expect(
        (await http("/?query=SELECT%201", { headers: { Origin: "http://example.com" } })).status,
      ).toBe(403);
      expect((await http("/nowhere")).status).toBe(404);
      expect((await http("/?query=SELECT%201&session_id=x")).status).toBe(501);
      expect(
        (await http(`/?query=${encodeURIComponent("DROP TABLE IF EXISTS numbers_of")}`)).status,
      ).toBe(403);
      expect((await http("/?query=SELECT%201&role=admin")).status).toBe(500);
      expect(
        (await http("/", { method: "POST", body: "x", headers: { "Content-Encoding": "rot13" } }))
          .status,
      ).toBe(501);
    });

    // ---- SQL from people

    const read = (query: string, options: Record<string, unknown> = {}) =>
      rows(query, { role: "reader", ...options });

    test("a reader selects, explains, shows and describes", async () => {
      expect(
        await read("WITH 1 AS one SELECT one, {p: String} AS p", { query_params: { p: "it's" } }),
      ).toEqual([{ one: 1, p: "it's" }]);
      expect(
        await read("SELECT 'file' AS file_name, 'INTO OUTFILE' AS text; -- and a comment"),
      ).toEqual([{ file_name: "file", text: "INTO OUTFILE" }]);
      expect(await read("EXPLAIN SELECT 1")).not.toEqual([]);
      expect(await read("SHOW DATABASES")).toContainEqual({ name: "default" });
      expect(await read("DESCRIBE TABLE system.one")).toMatchObject([
        { name: "dummy", type: "UInt8" },
      ]);
      expect(
        await text("SELECT 1 AS a FORMAT CSV", "JSONEachRow", { role: "reader" }).catch(
          (error: Error) => error.message,
        ),
      ).toMatch(/Syntax error/);
    });

    test("a reader gets no more rows, bytes or memory than allowed", async () => {
      if (name === "in this process") {
        expect(await read("SELECT number FROM numbers(1000)")).toHaveLength(100);
        await expect(read("SELECT repeat('x', 10000) AS x FROM numbers(50)")).rejects.toMatchObject(
          { code: "396" },
        );
      } else {
        expect(await read("SELECT number FROM numbers(100000)")).toHaveLength(10_000);
      }
      await expect(
        read("SELECT 1", { clickhouse_settings: { max_execution_time: 0 } }),
      ).rejects.toMatchObject({ code: "164" });
      await expect(read("SELECT 1 SETTINGS max_execution_time = 0")).rejects.toMatchObject({
        code: "164",
      });
    });

    const outfile = join(directory, "written-by-a-reader");
    test.each([
      ["two statements", "SELECT 1; SELECT 2", "62"],
      ["SELECT INTO OUTFILE", `SELECT 'evil' INTO OUTFILE '${outfile}' TRUNCATE`, "164"],
      ["SHOW INTO OUTFILE", `SHOW TABLES INTO OUTFILE '${outfile}'`, "164"],
      ["DESCRIBE INTO OUTFILE", `DESCRIBE TABLE system.one INTO OUTFILE '${outfile}'`, "164"],
      ["KILL QUERY", "KILL QUERY WHERE 1", "164"],
      ["SYSTEM", "SYSTEM STOP MERGES", "164"],
      ["USE", "USE system", "164"],
      ["SET", "SET readonly = 0", "164"],
      ["INSERT", "INSERT INTO numbers_of VALUES (1, 'x')", "164"],
      ["DROP", "DROP TABLE numbers_of", "164"],
      ["EXPLAIN of an insert", "EXPLAIN INSERT INTO numbers_of SELECT 1, ''", "80"],
      ["EXPLAIN ANALYZE of an insert", "EXPLAIN ANALYZE INSERT INTO numbers_of SELECT 1, ''", "48"],
      [
        "lifting readonly inside",
        "SELECT * FROM (SELECT * FROM file('/etc/hostname', 'LineAsString') SETTINGS readonly = 0)",
        "164",
      ],
      ["settings with other names first", "SELECT 1 SETTINGS a.b = 1, readonly = 0", "164"],
      ["statements in parallel", "SELECT 1 PARALLEL WITH SELECT 2", "164"],
      ["the table function file", "SELECT * FROM file('/etc/hostname', 'LineAsString')", "164"],
      ["the function file", "SELECT file('/etc/hostname')", "164"],
      ["file in backquotes", "SELECT `file`('/etc/hostname')", "164"],
      ["file as an argument", "SELECT arrayMap(file, ['/etc/hostname'])", "164"],
      ["file applied to columns", "SELECT * APPLY(file) FROM (SELECT '/etc/hostname')", "164"],
      ["a name as a parameter", "SELECT arrayMap({f: Identifier}, ['/etc/hostname'])", "164"],
      ["url", "SELECT * FROM url('http://127.0.0.1:1/')", "164"],
    ])("a reader is refused %s", async (_name, query, code) => {
      await expect(read(query, { query_params: { f: "file" } })).rejects.toMatchObject({ code });
    });

    test("a statement of a person's is planned for a server by the same rules", async () => {
      expect(await planReaderStatement(client, "select 1 as a -- one\nFORMAT CSV", 7)).toBe(
        "SELECT * FROM (SELECT 1 AS a) LIMIT 7",
      );
      const lifting = "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)";
      await expect(planReaderStatement(client, lifting, 7)).rejects.toMatchObject({ code: "164" });
      await expect(planReaderStatement(client, "SELECT 1; SELECT 2", 7)).rejects.toMatchObject({
        code: "62",
      });
    });

    test("nothing a reader sent has left a trace", async () => {
      const { existsSync } = await import("node:fs");
      expect(existsSync(outfile)).toBe(false);
      expect(await value("SELECT count() AS value FROM numbers_of")).toBe(2);
      await expect(
        client.query({ query: "SELECT 1", role: "reader", session_id: "x" }),
      ).rejects.toMatchObject({ code: "48" });
    });
  });
}

function lines(text: string): number {
  return text === "" ? 0 : text.trimEnd().split("\n").length;
}

function askHttp(
  socketPath: string,
  path: string,
  options: { method?: string; body?: string; headers?: Record<string, string> },
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, body } = options;
    const asked = request({ socketPath, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
