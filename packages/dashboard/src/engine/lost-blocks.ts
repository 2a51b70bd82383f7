// lost-blocks.ts — makes ClickHouse know exactly the blocks that it has, after a crash or a disk that was full.
//
//   insert with token ─▶ token into the table's deduplication log ─▶ part gets its name ─▶ answer
//                         │                            └── kill -9 here: known, and lost
//                         └── the disk refuses the line: stored, and not known; the engine ends before it answers
//
// A block that is known and lost would be answered "stored" when it is sent again, and dropped (75 µs on an idle
// machine; seen with strace). One that is stored and not known would be stored twice. So after the folder is opened, and
// before the first insert, the newest entries of each log are compared with the parts that are there. What is lost
// gets an entry of the kind that ClickHouse itself writes when a part is dropped; after a lost write, a new part without an
// entry, of which nobody was told, is put aside.
//
// DEDUPLICATION LOG "<table>/deduplication_logs/deduplication_log_<n>.txt", ClickHouse's own. Lines of
//
//   1 <tab> part name <tab> block id      the block is in this part, or in one that was merged from it
//   2 <tab> part name <tab> block id      it is not any more
//
// ClickHouse reads a log up to the first line that is none, and knows nothing of what follows. A disk that was full for a
// moment leaves half a line, which the next one joins. What is no line is taken out.

import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A table of the MergeTree family. */
export interface StoredTable {
  /** As in SQL, quoted. */
  readonly name: string;
  readonly directory: string;
  /** Names of its active parts. */
  readonly parts: readonly string[];
}

/** What has to be done beside what was done to the logs. */
export interface BlockRepairs {
  /** Of these the logs were changed: ClickHouse has to read them again. */
  readonly changedTables: readonly string[];
  /** New parts that no log names: to be put aside if a write of a log was lost. Inserts without deduplication make such parts, too. */
  readonly unknownParts: readonly { readonly table: string; readonly part: string }[];
}

/** Asks for what {@link repairBlocks} needs, as JSONEachRow. */
export const STORED_TABLES_SQL = `SELECT concat('\`', t.database, '\`.\`', t.name, '\`') AS name,
  any(t.data_paths[1]) AS directory, groupArrayIf(p.name, p.name != '') AS parts
FROM system.tables AS t
LEFT JOIN (SELECT database, table, name FROM system.parts WHERE active) AS p ON p.database = t.database AND p.table = t.name
WHERE t.engine LIKE '%MergeTree' AND notEmpty(t.data_paths)
GROUP BY t.database, t.name`;

/** Lost are only the inserts of the last moment. A new log is begun after an entry, so two may matter. */
const LOGS_READ = 2;
const TAIL_LINES_MAX = 1_000;

interface Entry {
  readonly isDrop: boolean;
  readonly part: string;
  readonly blockId: string;
}

interface PartRange {
  readonly name: string;
  readonly partition: string;
  readonly from: number;
  readonly to: number;
  readonly level: number;
}

/** Repairs the logs of tables into which nobody inserts meanwhile. */
export function repairBlocks(tables: readonly StoredTable[]): BlockRepairs {
  const changedTables: string[] = [];
  const unknownParts: { table: string; part: string }[] = [];
  for (const table of tables) {
    const paths = logPaths(join(table.directory, "deduplication_logs"));
    if (paths.length === 0) continue;
    const { isChanged, unknown } = repairTable(table.parts, paths);
    if (isChanged) changedTables.push(table.name);
    unknownParts.push(...unknown.map((part) => ({ table: table.name, part })));
  }
  return { changedTables, unknownParts };
}

function repairTable(parts: readonly string[], paths: readonly string[]) {
  const repaired = paths.filter(takeOutHalfLines);
  const entries = entriesOf(paths);
  const ranges = parts.flatMap((name) => parsePartName(name) ?? []);
  const lost = knownBlocks(entries.slice(-TAIL_LINES_MAX)).filter(({ part }) => {
    const range = parsePartName(part);
    return range !== undefined && !ranges.some((other) => covers(other, range));
  });
  if (lost.length > 0) {
    const lines = lost.map(({ part, blockId }) => `2\t${part}\t${blockId}\n`);
    appendFileSync(paths.at(-1) as string, lines.join(""));
  }
  const newest = Math.max(0, ...entries.map(({ part }) => parsePartName(part)?.to ?? 0));
  const unknown = ranges.filter(({ level, from }) => newest > 0 && level === 0 && from > newest);
  return {
    isChanged: repaired.length > 0 || lost.length > 0,
    unknown: unknown.map(({ name }) => name),
  };
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

/** Of half a line and the one that joined it, the second is left. */
function takeOutHalfLines(path: string): boolean {
  const text = readFileSync(path, "latin1");
  const lines = text.split("\n").slice(0, -1); // behind the last line end there is nothing, or half a line
  const good = lines.flatMap((line) => /[12]\t[^\t]+\t[^\t]+$/.exec(line)?.[0] ?? []);
  const repaired = good.map((line) => `${line}\n`).join("");
  if (repaired === text) return false;
  const temporary = `${path}.repaired`;
  writeFileSync(temporary, repaired, "latin1");
  renameSync(temporary, path);
  return true;
}

function entriesOf(paths: readonly string[]): Entry[] {
  const lines = paths.flatMap((path) => readFileSync(path, "latin1").split("\n"));
  return lines.flatMap((line) => {
    const [kind, part, blockId] = line.split("\t");
    if (kind === undefined || part === undefined || blockId === undefined) return [];
    return [{ isDrop: kind === "2", part, blockId }];
  });
}

/** What is said to be stored at the end. */
function knownBlocks(entries: readonly Entry[]): Entry[] {
  const known = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.isDrop) known.delete(entry.blockId);
    else known.set(entry.blockId, entry);
  }
  return [...known.values()];
}

/** `<partition>_<first block>_<last block>_<level>[_<mutation>]`; blocks are numbered through a table. */
function parsePartName(name: string): PartRange | undefined {
  const match = /^([^_]+)_(\d+)_(\d+)_(\d+)(?:_\d+)?$/.exec(name);
  if (match === null) return undefined;
  const [, partition = "", from, to, level] = match;
  return { name, partition, from: Number(from), to: Number(to), level: Number(level) };
}

function covers(part: PartRange, other: PartRange): boolean {
  return part.partition === other.partition && part.from <= other.from && part.to >= other.to;
}
