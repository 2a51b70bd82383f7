// lost-blocks.ts — makes ClickHouse forget that it knows blocks which it does not have.
//
//   insert with token ─▶ token into the table's deduplication log ─▶ part gets its name
//                                                    └── kill -9 here: known, and lost
//
// ClickHouse 26.7 writes the log first. If it is killed before the part has its name, the part is gone, and the same
// block sent again is answered "stored" and dropped. (75 µs on an idle machine; seen with strace.) So after
// the folder is opened, and before the first insert, the newest entries of each log are compared with the parts
// that are there. What is missing gets an entry of the kind that ClickHouse itself writes when a part is dropped.
//
// DEDUPLICATION LOG "<table>/deduplication_logs/deduplication_log_<n>.txt", ClickHouse's own. Lines of
//
//   1 <tab> part name <tab> block id      the block is in this part, or in one that was merged from it
//   2 <tab> part name <tab> block id      it is not any more
//
// A last line that was cut off would join the next one, and end the reading of the log there: it is cut away.

import { appendFileSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";

/** A table of the MergeTree family. */
export interface StoredTable {
  readonly directory: string;
  /** Names of its active parts. */
  readonly parts: readonly string[];
}

/** Asks for what {@link forgetLostBlocks} needs, as JSONEachRow. */
export const STORED_TABLES_SQL = `SELECT t.data_paths[1] AS directory, groupArrayIf(p.name, p.name != '') AS parts
FROM system.tables AS t
LEFT JOIN (SELECT database, table, name FROM system.parts WHERE active) AS p ON p.database = t.database AND p.table = t.name
WHERE t.engine LIKE '%MergeTree' AND notEmpty(t.data_paths)
GROUP BY directory`;

/** Lost are only the inserts of the last moment. A new log is begun after an entry, so two may matter. */
const LOGS_READ = 2;
const TAIL_LINES_MAX = 1_000;

interface Entry {
  readonly part: string;
  readonly blockId: string;
}

interface PartRange {
  readonly partition: string;
  readonly from: number;
  readonly to: number;
}

/** Returns how many logs were changed: where any was, ClickHouse has to read them again. */
export function forgetLostBlocks(tables: readonly StoredTable[]): number {
  return tables.filter(repairTable).length;
}

function repairTable({ directory, parts }: StoredTable): boolean {
  const paths = logPaths(join(directory, "deduplication_logs"));
  const newest = paths.at(-1);
  if (newest === undefined) return false;
  const wasCut = cutHalfLine(newest);
  const ranges = parts.flatMap((name) => parsePartName(name) ?? []);
  const lost = knownBlocks(paths).filter(({ part }) => {
    const range = parsePartName(part);
    return range !== undefined && !ranges.some((other) => covers(other, range));
  });
  if (lost.length > 0) {
    appendFileSync(newest, lost.map(({ part, blockId }) => `2\t${part}\t${blockId}\n`).join(""));
  }
  return wasCut || lost.length > 0;
}

/** The newest logs, oldest first. */
function logPaths(directory: string): string[] {
  return namesIn(directory)
    .flatMap((name) => {
      const number = /^deduplication_log_(\d+)\.txt$/.exec(name)?.[1];
      return number === undefined ? [] : [{ number: Number(number), name }];
    })
    .toSorted((left, right) => left.number - right.number)
    .slice(-LOGS_READ)
    .map(({ name }) => join(directory, name));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // a table without deduplication
    throw error;
  }
}

function cutHalfLine(path: string): boolean {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf("\n") + 1;
  if (end === bytes.length) return false;
  truncateSync(path, end);
  return true;
}

/** The blocks that the ends of the logs call stored. */
function knownBlocks(paths: readonly string[]): Entry[] {
  const known = new Map<string, Entry>();
  const lines = paths.flatMap((path) => readFileSync(path, "utf8").split("\n"));
  for (const line of lines.slice(-TAIL_LINES_MAX)) {
    const [kind, part = "", blockId = ""] = line.split("\t");
    if (kind === "1") known.set(blockId, { part, blockId });
    if (kind === "2") known.delete(blockId);
  }
  return [...known.values()];
}

/** `<partition>_<first block>_<last block>_<level>[_<mutation>]` */
function parsePartName(name: string): PartRange | undefined {
  const match = /^([^_]+)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name);
  if (match === null) return undefined;
  const [, partition = "", from, to] = match;
  return { partition, from: Number(from), to: Number(to) };
}

function covers(part: PartRange, other: PartRange): boolean {
  return part.partition === other.partition && part.from <= other.from && part.to >= other.to;
}
