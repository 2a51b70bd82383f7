import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClickHouseClient, Engine } from "../engine/engine.ts";
import { openClient, openEngine } from "../engine/engine.ts";
import { applySchema, describeSchema, SchemaMismatchError } from "./migrate.ts";
import { decodeRequest } from "@telemetry/otlp";
import { encodeBlock, planRows } from "./native/native.ts";
import { allTables, materializedViews, SCHEMA_VERSION, traces } from "./schema.ts";
import { encodeRequest, spanOf, traceRequest } from "./testdata/requests.ts";
import { Readable } from "node:stream";

const WEEK_SECONDS = 7 * 86_400;
let directory: string;
let engine: Engine;
let databases = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-migrate-"));
  engine = await openEngine({ dataDirectory: directory });
  await engine.whenReady();
});

afterAll(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A database of its own, not yet created. */
async function inDatabase(
  run: (client: ClickHouseClient, endpoint: Engine["endpoint"]) => Promise<void>,
) {
  const endpoint = { ...engine.endpoint, database: `db ${databases++}` };
  const client = openClient(endpoint);
  try {
    await run(client, endpoint);
  } finally {
    await client.close();
  }
}

async function createDatabase(database: string): Promise<void> {
  const client = openClient(engine.endpoint);
  await client.command({ query: `CREATE DATABASE \`${database}\`` });
  await client.close();
}

/** The traces table of the Collector's exporter in its JSON form, as far as it differs from ours. */
const COLLECTOR_TABLE = `CREATE TABLE otel_traces (
  Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
  SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
  ResourceAttributes JSON, ResourceAttributesKeys Array(LowCardinality(String)), ScopeName String, ScopeVersion String,
  SpanAttributes JSON, SpanAttributesKeys Array(LowCardinality(String)), Duration UInt64,
  StatusCode LowCardinality(String), StatusMessage String,
  Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes JSON),
  Links Nested (TraceId String, SpanId String, TraceState String, Attributes JSON)
) ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)`;

async function rowsOf<Row>(client: ClickHouseClient, query: string): Promise<Row[]> {
  return (await client.query({ query, format: "JSONEachRow" })).json();
}

describe("applySchema", () => {
  test("makes database, tables and views; again it changes nothing", () =>
    inDatabase(async (client, endpoint) => {
      await applySchema(client, endpoint, WEEK_SECONDS);
      await applySchema(client, endpoint, WEEK_SECONDS);
      const names = await rowsOf<{ name: string }>(
        client,
        "SELECT name FROM system.tables WHERE database = currentDatabase()",
      );
      expect(names.map((row) => row.name).toSorted()).toEqual(
        [...allTables, ...materializedViews].map((table) => table.name).toSorted(),
      );
      expect(await describeSchema(client)).toEqual({
        version: SCHEMA_VERSION,
        exactColumns: true,
        sideTables: true,
      });
    }));

  test("tells every column's meaning to who describes the table", () =>
    inDatabase(async (client, endpoint) => {
      await applySchema(client, endpoint, WEEK_SECONDS);
      const without = await rowsOf(
        client,
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND comment = '' AND table NOT LIKE '%_mv'",
      );
      expect(without).toEqual([]);
    }));

  test.each([
    [86_400, "toStartOfHour(Timestamp)"],
    [WEEK_SECONDS, "toDate(Timestamp)"],
    [200 * 86_400, "toYYYYMM(Timestamp)"],
  ])("with %i seconds of retention partitions by %s", (seconds, expression) =>
    inDatabase(async (client, endpoint) => {
      await applySchema(client, endpoint, seconds);
      expect(
        await rowsOf(
          client,
          "SELECT partition_key FROM system.tables WHERE name = 'otel_traces' AND database = currentDatabase()",
        ),
      ).toEqual([{ partition_key: expression }]);
    }),
  );

  test("adds our columns to a Collector's tables, whose rows stay and whose inserts go on", () =>
    inDatabase(async (client, endpoint) => {
      await createDatabase(endpoint.database);
      await client.command({ query: COLLECTOR_TABLE });
      const insert = `INSERT INTO otel_traces (Timestamp, TraceId, SpanName, SpanAttributes, SpanAttributesKeys) VALUES (now64(9), 'a', 'theirs', '{"k":1}', ['k'])`;
      await client.command({ query: insert });
      expect(await describeSchema(client)).toEqual({
        version: 0,
        exactColumns: false,
        sideTables: false,
      });

      const tables = await applySchema(client, endpoint, WEEK_SECONDS);
      await client.command({ query: insert });
      expect(await describeSchema(client)).toEqual({
        version: SCHEMA_VERSION,
        exactColumns: true,
        sideTables: false,
      });

      // Ours go beside them; JSON is sent as the type that is there.
      const table = tables.find((candidate) => candidate.name === "otel_traces");
      expect(table?.columns.find((column) => column.name === "SpanAttributes")?.type).toMatch(
        /^JSON/,
      );
      const batch = decodeRequest(
        "traces",
        "protobuf",
        encodeRequest("traces", traceRequest([spanOf(1)])),
      );
      const options = {
        receivedAtMs: Date.now(),
        retentionMs: WEEK_SECONDS * 1_000,
        countOversized: () => {},
      };
      const { block } = encodeBlock(table ?? traces, planRows(batch, options), 0, 1);
      const columns = block.columnNames.map((name) => `\`${name}\``).join(", ");
      const { stream } = await client.exec({
        query: `INSERT INTO otel_traces (${columns}) FORMAT Native`,
        values: Readable.from(block.take(), { objectMode: false }),
      });
      await stream.resume().toArray();
      expect(
        await rowsOf(
          client,
          "SELECT SpanName, SpanAttributesKeys AS keys, SpanAttributesExact AS exact FROM otel_traces ORDER BY SpanName, Timestamp",
        ),
      ).toEqual([
        { SpanName: "span 1", keys: ["http.response.status_code", "http.route"], exact: "" },
        { SpanName: "theirs", keys: ["k"], exact: "" },
        { SpanName: "theirs", keys: ["k"], exact: "" },
      ]);
    }));

  test("makes a side table of a former version again, from the rows that are there", () =>
    inDatabase(async (client, endpoint) => {
      await applySchema(client, endpoint, WEEK_SECONDS);
      for (const query of [
        "DROP VIEW telemetry_service_minute_mv",
        "DROP TABLE telemetry_service_minute",
        "CREATE TABLE telemetry_service_minute (Minute DateTime, ServiceName String, EntryCount UInt64) ENGINE = SummingMergeTree ORDER BY Minute",
        "TRUNCATE TABLE telemetry_schema_version",
        "INSERT INTO telemetry_schema_version VALUES (1, now(), true)",
        "INSERT INTO otel_traces (Timestamp, ServiceName, TraceState) VALUES (now64(9), 'shop', 'ot=th:8'), (now64(9), 'shop', '')",
      ]) {
        await client.command({ query });
      }
      const counted = "SELECT sum(EntryCount) AS entries FROM telemetry_service_minute";
      for (let times = 0; times < 2; times++) {
        await applySchema(client, endpoint, WEEK_SECONDS);
        expect(await rowsOf(client, counted)).toEqual([{ entries: 3 }]);
      }
      await client.command({
        query: "INSERT INTO otel_traces (Timestamp, ServiceName) VALUES (now64(9), 'shop')",
      });
      expect(await rowsOf(client, counted)).toEqual([{ entries: 4 }]);
      expect(await describeSchema(client)).toMatchObject({
        version: SCHEMA_VERSION,
        sideTables: true,
      });
    }));

  test("refuses tables whose attributes are maps, with a sentence that says what to do", () =>
    inDatabase(async (client, endpoint) => {
      await createDatabase(endpoint.database);
      await client.command({
        query: COLLECTOR_TABLE.replace("SpanAttributes JSON", "SpanAttributes Map(String, String)"),
      });
      const applied = applySchema(client, endpoint, WEEK_SECONDS);
      await expect(applied).rejects.toThrow(SchemaMismatchError);
      await expect(applied).rejects.toThrow(
        'Cannot use table "otel_traces": column "SpanAttributes" is Map(String, String), and JSON is needed; choose another database',
      );
    }));
});
