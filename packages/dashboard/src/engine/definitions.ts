// definitions.ts — the definitions of tables, in a second copy.
//
//   <data>/engine/clickhouse/store/<…>/<database>/<table>.sql     ClickHouse's own
//   <data>/engine/definitions/<…>__<database>__<table>.sql        as they were at the last good start
//
// On a full disk chdb 3.4 makes an empty file of a definition, of a new table as of one that is changed, and says that
// all is well (door/lost-writes.ts). With an empty definition it never opens again, whatever lies in the other tables. So
// before it opens, an empty file gets its copy; one that has none belongs to a table that nobody was told of, and goes.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { join, relative } from "node:path";

export interface DefinitionFolders {
  readonly databaseDirectory: string;
  readonly definitionsDirectory: string;
}

/** Call it before ClickHouse opens. Returns the names of what was mended. */
export function restoreDefinitions(folders: DefinitionFolders): string[] {
  const empty = definitionPaths(folders.databaseDirectory).filter(
    (path) => statSync(path).size === 0,
  );
  for (const path of empty) {
    const copy = copyPath(folders, path);
    if (existsSync(copy)) copyFileSync(copy, path);
    else rmSync(path);
  }
  return empty.map((path) => relative(folders.databaseDirectory, path));
}

/** Call it when ClickHouse has opened. */
export function keepDefinitions(folders: DefinitionFolders): void {
  mkdirSync(folders.definitionsDirectory, { recursive: true, mode: 0o700 });
  for (const path of definitionPaths(folders.databaseDirectory)) {
    const copy = copyPath(folders, path);
    if (statSync(path).size === 0) continue;
    if (existsSync(copy) && readFileSync(copy).equals(readFileSync(path))) continue;
    try {
      copyFileSync(path, copy);
    } catch {
      rmSync(copy, { force: true }); // no copy is better than half of one; the next start makes it
    }
  }
}

/** The files of all databases, and those that name the databases. */
function definitionPaths(databaseDirectory: string): string[] {
  const databases = namesIn(join(databaseDirectory, "store")).flatMap((prefix) =>
    namesIn(join(databaseDirectory, "store", prefix)).map((id) => join("store", prefix, id)),
  );
  return ["metadata", ...databases].flatMap((folder) =>
    namesIn(join(databaseDirectory, folder))
      .filter((name) => name.endsWith(".sql"))
      .map((name) => join(databaseDirectory, folder, name)),
  );
}

function copyPath(
  { databaseDirectory, definitionsDirectory }: DefinitionFolders,
  path: string,
): string {
  const name = relative(databaseDirectory, path).replaceAll(/[/\\]/g, "__");
  return join(definitionsDirectory, name);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // not there, or no folder
  }
}
