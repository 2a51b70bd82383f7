// retention.ts — keeps the tables below `--retention` and `--retention-bytes`, and counts what goes.
//
// By age, a part goes when its newest row is too old: with partitions of a day, rows stay up to a day longer.
// By bytes, the oldest partition of all tables goes first; of the last one only the oldest parts, so that a busy
// day loses its morning and not itself. Only tables that we made are touched: those carry our comment. What a
// Collector keeps in a database of yours is its own business.

import { type ClickHouseClient, TupleParam } from "@clickhouse/client";
import type { Station } from "../self/self.ts";
import type { Table } from "./tables/tables.ts";
import { sideTables, signalTables } from "./tables/tables.ts";

const TABLES: readonly Table[] = [...signalTables, ...sideTables];
const SIGNAL_TABLE_NAMES = new Set(signalTables.map((table) => table.name));

export interface RetentionOptions {
  readonly client: ClickHouseClient;
  readonly station: Station;
  readonly ageMsMax: number;
  readonly bytesMax: number;
  readonly nowMs: number;
}

interface Part {
  readonly table: string;
  readonly partition: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly rows: number;
  /** Epoch seconds of the newest row. */
  readonly newestSeconds: number;
}

/** Drops what is too old, then what is too much. */
export async function enforceRetention(options: RetentionOptions): Promise<void> {
  const { client, station, ageMsMax, bytesMax, nowMs } = options;
  const oldestSeconds = (nowMs - ageMsMax) / 1_000;
  const found = await listParts(client);
  const expired = found.filter((part) => part.newestSeconds < oldestSeconds);
  await dropParts(client, expired);
  count(station, "expired", expired);

  let parts = found.filter((part) => part.newestSeconds >= oldestSeconds);
  for (let total = sizeOf(parts); total > bytesMax; total = sizeOf(parts)) {
    const oldest = oldestOf(parts);
    await dropParts(client, oldest);
    count(station, "evicted", oldest);
    parts = parts.filter((part) => !oldest.includes(part));
  }
  station.set("stored_bytes", sizeOf(parts));
}

async function listParts(client: ClickHouseClient): Promise<Part[]> {
  const answer = await client.query({
    query: `SELECT table, partition_id AS partition, name, toFloat64(bytes_on_disk) AS sizeBytes,
        toFloat64(rows) AS rows, toFloat64(toUnixTimestamp(max_time)) AS newestSeconds
      FROM system.parts
      WHERE active AND database = currentDatabase() AND table IN (
        SELECT name FROM system.tables
        WHERE database = currentDatabase() AND (name, comment) IN {tables: Array(Tuple(String, String))})`,
    query_params: { tables: TABLES.map(({ name, comment }) => new TupleParam([name, comment])) },
    format: "JSONEachRow",
  });
  return answer.json<Part>();
}

/** Parts by name, so that a late row which has just opened another part of the partition stays. */
async function dropParts(client: ClickHouseClient, parts: readonly Part[]): Promise<void> {
  for (const { table, name } of parts) {
    await client.command({ query: `ALTER TABLE ${table} DROP PART '${name}'` });
  }
}

/** What goes next: the oldest partition, or the oldest part where there is only one partition. */
function oldestOf(parts: readonly Part[]): Part[] {
  const [oldest, next] = [...new Set(parts.map((part) => part.partition))].toSorted(
    (left, right) => Number(left) - Number(right), // dates, or epoch seconds, written as numbers
  );
  if (next !== undefined) return parts.filter((part) => part.partition === oldest);
  return parts
    .toSorted((left, right) => left.newestSeconds - right.newestSeconds)
    .slice(0, Math.ceil(parts.length / 4));
}

function count(station: Station, why: "expired" | "evicted", parts: readonly Part[]): void {
  if (parts.length === 0) return;
  const rows = parts.filter((part) => SIGNAL_TABLE_NAMES.has(part.table));
  station.count(
    `stored_rows_${why}`,
    rows.reduce((sum, part) => sum + part.rows, 0),
  );
  station.count(`stored_bytes_${why}`, sizeOf(parts));
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}
