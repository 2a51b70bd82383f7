// blame.ts — an insert fails again and again in a way that may be its own fault or ClickHouse's: a connection that
// breaks, memory that is not enough. Is it the block?
//
//   an insert without rows fails too                  ─▶ ClickHouse takes nothing now: wait, whatever it takes
//   it works, and the block's first row is stored     ─▶ only the answer is lost: the same token again
//   it works, and nothing of the block is stored      ─▶ the block
//
// Only in the last case may a block be halved. Its halves have tokens of their own, so rows that are stored
// already would be stored twice; and a ClickHouse that is away for long must never make rows look bad.

import { Readable } from "node:stream";
import type { ClickHouseClient } from "../engine/engine.ts";
import type { RowValues } from "./native/native.ts";
import type { Table } from "./tables/tables.ts";

/** Longer texts do not go into a condition: parameters travel in a URL. */
const TEXT_LENGTH_MAX = 1_000;

/** Whether the table takes inserts at this moment, and has not the row that the block begins with. */
export async function isBlocksFault(
  client: ClickHouseClient,
  table: Table,
  firstRow: RowValues,
): Promise<boolean> {
  try {
    await insertNothing(client, table);
    return !(await isStored(client, table, firstRow));
  } catch {
    return false; // ClickHouse is what fails; the insert that is repeated says how
  }
}

/** The same way as every insert goes, with one column and no rows. */
async function insertNothing(client: ClickHouseClient, table: Table): Promise<void> {
  const { name, type } = timeColumnOf(table);
  const head = [1, 0, name.length, ...Buffer.from(name), type.length, ...Buffer.from(type)];
  const { stream } = await client.exec({
    query: `INSERT INTO ${table.name} (\`${name}\`) FORMAT Native`,
    values: Readable.from([Uint8Array.from(head)], { objectMode: false }),
  });
  await stream.resume().toArray();
}

/** A row is known by its time and all its texts together. */
async function isStored(client: ClickHouseClient, table: Table, row: RowValues): Promise<boolean> {
  const time = timeColumnOf(table).name;
  const parameters: Record<string, unknown> = { time: row[time] };
  const conditions = [`${time} = fromUnixTimestamp64Nano({time: Int64}, 'UTC')`];
  for (const { name, type } of table.columns) {
    const value = row[name];
    if (!/^(LowCardinality\()?String\)?$/.test(type) || typeof value !== "string") continue;
    if (value.length > TEXT_LENGTH_MAX) continue;
    parameters[`text${conditions.length}`] = value;
    conditions.push(`\`${name}\` = {text${conditions.length}: String}`);
  }
  const answer = await client.query({
    query: `SELECT 1 FROM ${table.name} WHERE ${conditions.join(" AND ")} LIMIT 1`,
    query_params: parameters,
    format: "JSONEachRow",
  });
  return (await answer.json()).length > 0;
}

function timeColumnOf(table: Table): { name: string; type: string } {
  const found = table.columns.find((column) => column.name === table.timeColumn);
  if (found !== undefined) return found;
  throw new TypeError(`Cannot find the time of table "${table.name}": it has no time column`);
}
