// retention.ts — keeps the tables below `--retention-bytes`: the oldest partition of all tables goes first.
//
// Age is left to the tables' TTL. A table is never emptied by bytes alone: of the newest partition only
// the oldest parts go, so that a busy day loses its morning and not itself. Everything dropped is counted.

import type { ClickHouseClient } from "@clickhouse/client";
import type { Station } from "../self/self.ts";
import { sideTables, signalTables } from "./tables/tables.ts";

const TABLE_NAMES = [...signalTables, ...sideTables].map((table) => table.name);

export interface ByteRetentionOptions {
  readonly client: ClickHouseClient;
  readonly station: Station;
  readonly bytesMax: number;
}

interface Part {
  readonly table: string;
  readonly partition: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly rows: number;
  /** Epoch seconds of the newest row, as far as the part knows. */
  readonly maxTime: number;
}

/** Drops what is over the limit. Resolves with the bytes that are left. */
export async function enforceByteRetention(options: ByteRetentionOptions): Promise<number> {
  const { station, bytesMax } = options;
  let parts = await listParts(options.client);
  let total = sizeOf(parts);
  while (total > bytesMax && parts.length > 0) {
    const partitions = [...new Set(parts.map((part) => part.partition))].toSorted(byNumber);
    const [oldest] = partitions as [string];
    const dropped = partitions.length > 1 ? parts.filter(inPartition(oldest)) : [oldestOf(parts)];
    await drop(options.client, dropped, partitions.length > 1);
    station.count("retention_bytes_dropped", sizeOf(dropped));
    station.count("retention_rows_dropped", countSignalRows(dropped));
    parts = parts.filter((part) => !dropped.includes(part));
    total -= sizeOf(dropped);
  }
  station.set("stored_bytes", total);
  return total;
}

async function listParts(client: ClickHouseClient): Promise<Part[]> {
  const answer = await client.query({
    query: `SELECT table, partition_id AS partition, name, toFloat64(bytes_on_disk) AS sizeBytes,
        toFloat64(rows) AS rows, toFloat64(toUnixTimestamp(max_time)) AS maxTime
      FROM system.parts
      WHERE active AND database = currentDatabase() AND table IN {tables: Array(String)}`,
    query_params: { tables: TABLE_NAMES },
    format: "JSONEachRow",
  });
  return answer.json<Part>();
}

async function drop(
  client: ClickHouseClient,
  parts: readonly Part[],
  isWholePartition: boolean,
): Promise<void> {
  const statements = isWholePartition
    ? parts.map(({ table, partition }) => `ALTER TABLE ${table} DROP PARTITION ID '${partition}'`)
    : parts.map(({ table, name }) => `ALTER TABLE ${table} DROP PART '${name}'`);
  for (const query of new Set(statements)) await client.command({ query });
}

/** The part with the oldest rows; merges make old parts large, so that few steps are needed. */
function oldestOf(parts: readonly Part[]): Part {
  return parts.reduce((oldest, part) => (part.maxTime < oldest.maxTime ? part : oldest));
}

function inPartition(partition: string): (part: Part) => boolean {
  return (part) => part.partition === partition;
}

/** Ids of partitions are dates or epoch seconds written as numbers. */
function byNumber(left: string, right: string): number {
  return Number(left) - Number(right);
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}

function countSignalRows(parts: readonly Part[]): number {
  const signals = new Set(signalTables.map((table) => table.name));
  return parts.reduce((sum, part) => sum + (signals.has(part.table) ? part.rows : 0), 0);
}

/** `7 d`, `90 min`: the largest unit that leaves no rest. */
export function formatDuration(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
  ] as const;
  const [name, size] = units.find(([, unit]) => ms % unit === 0) ?? ["ms", 1];
  return `${ms / size} ${name}`;
}
