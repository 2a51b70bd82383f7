// fill-disk.ts <folder> — fills the folder's small disk under a spool and a journal, frees it again while both stay open,
// and prints what happened as JSON. Run by spool.test.ts on a disk of its own, or with a limit on the size of files.

import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openJournal, openSpool, scanEntries, type Spool } from "../spool.ts";

const BODY_BYTES = 5_000;
const disk = process.argv[2]!;
const ballast = join(disk, "ballast");
const spool = await openSpool({ dataDirectory: join(disk, "data") });
const journal = openJournal(spool.directory);
const acknowledged: number[] = [];
const reasons = new Set<string>();

await appendAll(0, 10);
fillDisk();
// What is known of the disk is a moment old, so these meet it full in the middle of their write.
await appendAll(10, 30);
const whileFull = acknowledged.length;
const journalError = errorOf(() => journal.writeIntent("traces", intentOf("x".repeat(60_000))));

rmSync(ballast);
while (acknowledged.length < 30) await appendAll(10, 30);
journal.writeIntent("traces", intentOf("otel_traces"));
journal.close();
await spool.close();

const second = await openSpool({ dataDirectory: join(disk, "data") });
const found = entriesOf(second);
const openIntent = openJournal(second.directory).openIntent("traces");
await second.close();
console.log(
  JSON.stringify({ whileFull, reasons: [...reasons], found, journalError, openIntent }),
);

/** All at once, so that they share a group. */
async function appendAll(from: number, to: number): Promise<void> {
  const indexes = Array.from({ length: to - from }, (_, index) => from + index);
  const appended = indexes
    .filter((index) => !acknowledged.includes(index))
    .map(async (index) => {
      const body = new TextEncoder().encode(`${index} ${"x".repeat(BODY_BYTES)}`);
      const receivedAtMs = Date.now();
      try {
        await spool.append({ signal: "traces", encoding: "json", body, receivedAtMs });
        acknowledged.push(index);
      } catch (error) {
        reasons.add((error as Error).message);
      }
    });
  await Promise.all(appended);
}

/** Leaves room for four of the bodies. */
function fillDisk(): void {
  const descriptor = openSync(ballast, "w");
  let sizeBytes = 0;
  try {
    for (;;) sizeBytes += writeSync(descriptor, Buffer.alloc(4_096));
  } catch {
    ftruncateSync(descriptor, sizeBytes - 4 * BODY_BYTES);
  }
  closeSync(descriptor);
}

function intentOf(table: string) {
  return { from: 0, to: 10, tables: [table], formatVersion: 1 };
}

function errorOf(work: () => void): string {
  try {
    work();
    return "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}

function entriesOf(of: Spool): number[] {
  const entries = [...scanEntries(of.directory, "traces", 0, Number.POSITIVE_INFINITY)];
  return entries.map((entry) => Number.parseInt(new TextDecoder().decode(entry.body), 10));
}
