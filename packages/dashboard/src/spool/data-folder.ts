// data-folder.ts — one dashboard per data folder, and a name for what the folder holds.
//
//   <data>/dashboard.lock   an empty SQLite database, held in an exclusive transaction
//   <data>/holder.json      who holds it: { pid, url? }; only meaningful while the lock is held
//   <data>/spool/id         32 random hex digits, written once
//
// The lock is the operating system's (fcntl, or LockFileEx on Windows), reached through node:sqlite because Node
// has no file locks of its own. It ends with the process, however that ends: there is no stale lock.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type * as sqlite from "node:sqlite";
import { replaceFile } from "./durable.ts";

/** Who holds a data folder. `url` is absent until its page can be opened. */
export interface DataFolderHolder {
  readonly pid?: number;
  readonly url?: string;
}

/** Another process works in the data folder; `holder` says where its page is. */
export class DataFolderInUseError extends Error {
  override readonly name = "DataFolderInUseError";
  readonly holder: DataFolderHolder;

  constructor(directory: string, holder: DataFolderHolder) {
    const who = holder.pid === undefined ? "another process" : `process ${holder.pid}`;
    const where = holder.url === undefined ? "" : `, which serves ${holder.url}`;
    super(
      `Cannot open data folder "${directory}": it is in use by ${who}${where}; open that page, stop that process, or choose another folder with --data`,
    );
    this.holder = holder;
  }
}

/** A held data folder. */
export interface DataFolderLock {
  /** Tells other processes where our page is. */
  announce(url: string): void;
  release(): void;
}

/**
 * Creates the folder (readable by its owner only) and takes its lock.
 * @throws {DataFolderInUseError} when another process, or another dashboard of this one, holds it.
 * @throws {Error} when the folder cannot be created or written.
 */
export async function lockDataFolder(directory: string): Promise<DataFolderLock> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(directory, cause);
  }
  const database = await openLockFile(directory);
  const holderPath = join(directory, "holder.json");
  const announce = (holder: DataFolderHolder) => {
    try {
      replaceFile(holderPath, JSON.stringify(holder));
    } catch {
      // A full disk must not keep the dashboard from starting; others then hear only that it runs.
    }
  };
  announce({ pid: process.pid });
  return {
    announce: (url) => announce({ pid: process.pid, url }),
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

/**
 * The folder's random name, which is part of every deduplication token. Written durably on the first call.
 * @throws {Error} when the file holds something else: with a new name, replayed inserts would be stored twice.
 */
export function spoolIdOf(spoolDirectory: string): string {
  const path = join(spoolDirectory, "id");
  if (!existsSync(path)) replaceFile(path, `${randomBytes(16).toString("hex")}\n`);
  const id = readFileSync(path, "utf8").trim();
  if (!/^[0-9a-f]{32}$/.test(id)) {
    throw new Error(
      `Cannot open spool "${spoolDirectory}": the file "id" is damaged; move the folder away to start anew`,
    );
  }
  return id;
}

async function openLockFile(directory: string): Promise<sqlite.DatabaseSync> {
  const { DatabaseSync } = await importSqlite();
  let database: sqlite.DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, "dashboard.lock"));
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw new DataFolderInUseError(directory, readHolder(directory));
    throw unusable(directory, error);
  }
}

/** Node 22 calls node:sqlite experimental, on stderr, each time; what we use of it is SQLite's oldest promise. */
async function importSqlite(): Promise<typeof sqlite> {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return await import("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === SQLITE_BUSY;
}

function readHolder(directory: string): DataFolderHolder {
  try {
    return JSON.parse(readFileSync(join(directory, "holder.json"), "utf8")) as DataFolderHolder;
  } catch {
    return {}; // the holder has the lock and has not said who it is yet
  }
}

function unusable(directory: string, cause: unknown): Error {
  const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
  return new Error(
    `Cannot open data folder "${directory}": it is not a writable folder (${reason}); choose another with --data`,
    { cause },
  );
}
