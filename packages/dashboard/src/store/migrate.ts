// migrate.ts — brings the tables of a database to our schema, whoever made them, without touching a row.
//
// Nothing is known of a database but its column list, so that is what decides: missing tables and columns are
// added, and no row is dropped. Only side tables of ours are made again where they changed. Tables that an OpenTelemetry Collector filled are used as they are
// when their attributes are JSON; its inserts name their columns and go on working.

import type { ClickHouseClient } from "@clickhouse/client";
import type { ClickHouseEndpoint } from "../engine/engine.ts";
import { openClient } from "../engine/engine.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import type { MaterializedView, Table } from "./tables/tables.ts";
import {
  NEWER_SETTINGS,
  allTables,
  columnDefinition,
  createTable,
  createView,
  materializedViews,
  schemaVersion,
  signalTables,
} from "./tables/tables.ts";

/** The tables in this database cannot be used; the message says why and what to do. */
export class SchemaMismatchError extends Error {
  override readonly name = "SchemaMismatchError";
}

/** What a query may count on; see {@link describeSchema}. */
export interface SchemaFeatures {
  /** Version that was applied; 0 when this database has never seen a dashboard. */
  readonly version: number;
  /** Whether our own columns are there (flags, `…Exact`, schema URLs, …): false for untouched tables of a Collector. */
  readonly exactColumns: boolean;
  /** Whether the side tables hold all that the signal tables hold. Otherwise read the signal tables: slower. */
  readonly sideTables: boolean;
}

type ColumnTypes = ReadonlyMap<string, { readonly type: string; readonly hasDefault: boolean }>;

/** Columns by table, of tables that exist. */
type ExistingTables = ReadonlyMap<string, ColumnTypes>;

/**
 * Applies the schema and returns the signal tables with the column types that they really have.
 * @throws {SchemaMismatchError} when a table of that name cannot hold our rows.
 */
export async function applySchema(
  client: ClickHouseClient,
  endpoint: ClickHouseEndpoint,
  retentionSeconds: number,
): Promise<readonly Table[]> {
  await createDatabase(endpoint);
  const before = await readTables(client);
  const newerSettings = await knownSettings(client, Object.keys(NEWER_SETTINGS));
  for (const table of signalTables) checkAttributes(table, before.get(table.name));
  const isFirst = !before.has(schemaVersion.name);
  const sideTablesComplete = isFirst
    ? await areEmpty(client, before)
    : (await describeSchema(client)).sideTables;
  const version = isFirst ? SCHEMA_VERSION : (await describeSchema(client)).version;
  const changed = materializedViews.filter((view) => (view.version ?? 1) > version);
  for (const view of changed) await drop(client, view);
  for (const table of allTables) {
    const isDropped = changed.some((view) => view.to === table.name);
    const existing = isDropped ? undefined : before.get(table.name);
    if (existing === undefined)
      await client.command({ query: createTable(table, retentionSeconds, newerSettings) });
    else await addMissingColumns(client, table, existing);
  }
  for (const view of materializedViews) await client.command({ query: createView(view) });
  for (const view of changed) {
    await client.command({ query: `INSERT INTO ${view.to} ${view.select}` });
  }
  if (isFirst || version < SCHEMA_VERSION) await recordVersion(client, sideTablesComplete);
  const after = await readTables(client);
  return signalTables.map((table) => withRealTypes(table, after.get(table.name)));
}

/** What the tables in this database offer to queries. */
export async function describeSchema(client: ClickHouseClient): Promise<SchemaFeatures> {
  const tables = await readTables(client);
  const exactColumns = tables.get("otel_traces")?.has("SpanAttributesExact") ?? false;
  if (!tables.has(schemaVersion.name)) return { version: 0, exactColumns, sideTables: false };
  const answer = await client.query({
    query: `SELECT max(Version) AS version, min(SideTablesComplete) AS complete FROM ${schemaVersion.name}`,
    format: "JSONEachRow",
  });
  const [row] = await answer.json<{ version: number; complete: boolean }>();
  return { version: row?.version ?? 0, exactColumns, sideTables: row?.complete === true };
}

/** What a side table holds follows from the rows: in a new version it is made again from them. */
async function drop(client: ClickHouseClient, { name, to }: MaterializedView): Promise<void> {
  await client.command({ query: `DROP VIEW IF EXISTS ${name}` });
  await client.command({ query: `DROP TABLE IF EXISTS ${to}` });
}

async function createDatabase(endpoint: ClickHouseEndpoint): Promise<void> {
  if (endpoint.database === "default") return;
  const client = openClient({ ...endpoint, database: "default" });
  try {
    const name = endpoint.database.replaceAll("`", "\\`");
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS \`${name}\`` });
  } finally {
    await client.close();
  }
}

async function readTables(client: ClickHouseClient): Promise<ExistingTables> {
  const answer = await client.query({
    query: `SELECT table, name, type, default_kind != '' AS hasDefault FROM system.columns
      WHERE database = currentDatabase() AND (table LIKE 'otel\\_%' OR table LIKE 'telemetry\\_%')`,
    format: "JSONEachRow",
  });
  const rows = await answer.json<{
    table: string;
    name: string;
    type: string;
    hasDefault: boolean | number;
  }>();
  const tables = new Map<string, Map<string, { type: string; hasDefault: boolean }>>();
  for (const { table, name, type, hasDefault } of rows) {
    const columns = tables.get(table) ?? new Map();
    tables.set(table, columns.set(name, { type, hasDefault: Boolean(hasDefault) }));
  }
  return tables;
}

/** Those settings of tables that this version of ClickHouse has. */
async function knownSettings(
  client: ClickHouseClient,
  names: readonly string[],
): Promise<readonly string[]> {
  const answer = await client.query({
    query:
      "SELECT name FROM system.merge_tree_settings WHERE has({names:Array(String)}, name) ORDER BY name",
    query_params: { names },
    format: "JSONEachRow",
  });
  return (await answer.json<{ name: string }>()).map(({ name }) => name);
}

function checkAttributes(table: Table, existing: ColumnTypes | undefined): void {
  for (const { name, type } of table.columns) {
    const found = existing?.get(name)?.type;
    if (found === undefined || !type.startsWith("JSON") || found.startsWith("JSON")) continue;
    throw new SchemaMismatchError(
      `Cannot use table "${table.name}": column "${name}" is ${found}, and JSON is needed; choose another database with --clickhouse URL/DATABASE, or let the Collector's exporter write JSON`,
    );
  }
}

async function areEmpty(client: ClickHouseClient, tables: ExistingTables): Promise<boolean> {
  for (const { name } of signalTables) {
    if (!tables.has(name)) continue;
    const answer = await client.query({
      query: `SELECT 1 FROM ${name} LIMIT 1`,
      format: "JSONEachRow",
    });
    if ((await answer.json()).length > 0) return false;
  }
  return true;
}

async function addMissingColumns(
  client: ClickHouseClient,
  table: Table,
  existing: ColumnTypes,
): Promise<void> {
  const changes = table.columns.flatMap((column) => {
    const found = existing.get(column.name);
    if (found === undefined) return [`ADD COLUMN IF NOT EXISTS ${columnDefinition(column)}`];
    if (column.alias === undefined || found.hasDefault) return [];
    // A column that somebody stores stays stored, and is computed where we do not send it.
    return [`MODIFY COLUMN \`${column.name}\` DEFAULT ${column.alias}`];
  });
  if (changes.length === 0) return;
  await client.command({ query: `ALTER TABLE ${table.name} ${changes.join(", ")}` });
}

async function recordVersion(client: ClickHouseClient, sideTablesComplete: boolean): Promise<void> {
  await client.command({
    query: `INSERT INTO ${schemaVersion.name} (Version, AppliedAt, SideTablesComplete)
      SELECT ${SCHEMA_VERSION}, now(), ${sideTablesComplete}`,
  });
}

/** JSON columns are sent as exactly the type the table has. */
function withRealTypes(table: Table, existing: ColumnTypes | undefined): Table {
  const columns = table.columns.map((column) => {
    const found = existing?.get(column.name)?.type;
    return found !== undefined && column.type.startsWith("JSON")
      ? { ...column, type: found }
      : column;
  });
  return { ...table, columns };
}
