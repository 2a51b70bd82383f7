// engine-process.ts — the engine's child process: chdb behind the door. It is started by embedded.ts, takes
// everything by IPC (nothing in argv, where every user of the machine could read it), and ends with its parent.

import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import type * as chdb from "chdb";
import { openDoor } from "./door/door.ts";
import type { Door } from "./door/door.ts";
import { keepDefinitions, restoreDefinitions } from "./definitions.ts";
import { repairBlocks, STORED_TABLES_SQL } from "./lost-blocks.ts";
import type { StoredTable } from "./lost-blocks.ts";
import type { FailedMessage, FromEngine, OpenMessage, ToEngine } from "./messages.ts";

/** Parts of tables are files; merges hold many at once. */
const OPEN_FILES_MIN = 4_096;
const PULSE_EVERY_MS = 1_000;

let door: Door | undefined;

// Ctrl-C reaches the whole process group. The parent decides when the engine ends.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
// The parent is gone, perhaps by kill -9. ClickHouse loses nothing by ending at once, and the next dashboard
// needs the lock.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", (message: ToEngine) => {
  if (message.type === "open") void open(message);
  else void close();
});

async function open(options: OpenMessage): Promise<void> {
  try {
    requireOpenFiles();
    const { Session } = await loadChdb();
    process.chdir(options.incomingDirectory);
    const connectionArgs = [`--config-file=${options.configPath}`];
    const openSession = () => new Session(options.databaseDirectory, { connectionArgs });
    for (const name of restoreDefinitions(options))
      note(`Definition ${name} was empty and is mended`);
    const first = openKnowingWhatIsThere(openSession, options.hadLostWrite);
    keepDefinitions(options);
    door = await openDoor({ ...options, openSession, onLostWrite: endBecauseOfLostWrite });
    const version = first.query("SELECT version()", "TabSeparatedRaw").trim();
    first.close();
    send({ type: "ready", version });
    flushCompileCache(); // Node does it at a clean end only, and this process may be killed
    await beat(door);
  } catch (error) {
    send(failure(error), () => process.exit(1));
  }
}

/** No other process has the folder now, and nobody inserts yet. */
function openKnowingWhatIsThere(
  openSession: () => chdb.Session,
  hadLostWrite: boolean,
): chdb.Session {
  const session = openSession();
  const rows = session.query(STORED_TABLES_SQL, "JSONEachRow").split("\n");
  const tables = rows.flatMap((row) => (row === "" ? [] : [JSON.parse(row) as StoredTable]));
  const { changedTables, unknownParts } = repairBlocks(tables);
  for (const { table, part } of hadLostWrite ? unknownParts : []) {
    session.query(`ALTER TABLE ${table} DETACH PART '${part}'`);
    note(`Part ${part} of ${table} was put aside: it is in no deduplication log`);
  }
  if (changedTables.length === 0) return session;
  note(`Deduplication logs were repaired: ${changedTables.join(", ")}`);
  session.close();
  return openSession();
}

/** ClickHouse says "stored" of what it could not write: what is in its memory must not be used, nor merged. */
function endBecauseOfLostWrite(): void {
  const message = "the disk refused a write; it may be full";
  send({ type: "failed", reason: "lost write", message });
  process.kill(process.pid, "SIGKILL");
}

/** To the engine's log. */
function note(line: string): void {
  console.error(line);
}

async function close(): Promise<void> {
  await door?.close();
  process.exit(0);
}

async function beat(door: Door): Promise<void> {
  for (;;) {
    try {
      await door.pulse();
      send({ type: "pulse", counters: door.counters(), residentBytes: process.memoryUsage.rss() });
    } catch (error) {
      note(`Cannot answer: ${firstLine(error)}`); // the parent ends a silent engine
    }
    await new Promise((resolve) => setTimeout(resolve, PULSE_EVERY_MS));
  }
}

/** Why this process will never open here. */
class HopelessError extends Error {
  readonly reason: "unsupported" | "unfit";

  constructor(reason: "unsupported" | "unfit", message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

async function loadChdb(): Promise<typeof chdb> {
  try {
    return await import("chdb");
  } catch (cause) {
    throw new HopelessError("unsupported", `chdb cannot be loaded (${firstLine(cause)})`, {
      cause,
    });
  }
}

/** Node raises the soft limit to the hard one by itself; what is left to do is to look. */
function requireOpenFiles(): void {
  if (process.platform !== "linux") return;
  const limit = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit === undefined || limit === "unlimited" || Number(limit) >= OPEN_FILES_MIN) return;
  throw new HopelessError(
    "unfit",
    `it needs ${OPEN_FILES_MIN} open files and the limit is ${limit}; raise it, for instance with "ulimit -Hn ${OPEN_FILES_MIN}" as root`,
  );
}

function failure(error: unknown): FailedMessage {
  const reason = error instanceof HopelessError ? error.reason : "other";
  return { type: "failed", reason, message: firstLine(error) };
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}

function send(message: FromEngine, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, sent);
  else sent();
}
