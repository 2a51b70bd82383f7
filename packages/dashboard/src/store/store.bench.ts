// store.bench.ts — how many spans a second ClickHouse takes from the store, by the size of an insert, with the
// side tables, indexes and merges that belong to it.
//
//   node --conditions=@telemetry/source packages/dashboard/src/store/store.bench.ts [rows per insert] [rows in all]

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeRequest } from "@telemetry/otlp";
import { openClient, openEngine } from "../engine/engine.ts";
import { Station } from "../self/self.ts";
import { Inserter } from "./inserter.ts";
import { applySchema } from "./migrate.ts";
import { planRows } from "./native/native.ts";
import { traces } from "./schema.ts";
import { Semaphore } from "./semaphore.ts";
import { benchRequest } from "./testdata/bench-request.ts";

const SPANS = 500;
const [rowsPerInsert = 20_000, rowsInAll = 400_000] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), "telemetry-bench-"));
const engine = await openEngine({ dataDirectory: directory });
await engine.whenReady();
const client = openClient(engine.endpoint);
await applySchema(client, engine.endpoint, 7 * 86_400);
const inserter = new Inserter({
  client,
  station: new Station("store"),
  places: new Semaphore(2),
  repairSchema: () => Promise.reject(new Error("Cannot go on: the schema is gone")),
  abort: new AbortController().signal,
});

/** CPU seconds of the engine's process (Linux). */
function engineCpuSeconds(): number {
  const fields = readFileSync(`/proc/${engine.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const options = { receivedAtMs: Date.now(), retentionMs: 7 * 86_400_000, countOversized: () => {} };
const cpuBefore = engineCpuSeconds();
const insertsMs: number[] = [];
for (let rows = 0; rows < rowsInAll; rows += rowsPerInsert) {
  const batches = Array.from({ length: rowsPerInsert / SPANS }, (_, index) =>
    decodeRequest("traces", "protobuf", benchRequest(SPANS, rows + index * SPANS)),
  );
  const start = performance.now();
  const planned = batches.flatMap((batch) => planRows(batch, options));
  await inserter.insert({
    table: traces,
    planned,
    token: `bench/${rows}`,
    setAside: async () => {},
    onViewFailed: async () => {},
  });
  insertsMs.push(performance.now() - start);
}
await new Promise((resolve) => setTimeout(resolve, 3_000)); // merges that are under way
const cpuUs = ((engineCpuSeconds() - cpuBefore) * 1e6) / rowsInAll;
const totalMs = insertsMs.reduce((sum, ms) => sum + ms, 0);
const medianMs = insertsMs.toSorted((left, right) => left - right)[insertsMs.length >> 1] ?? 0;
console.log(
  `${rowsPerInsert} rows per insert: ${Math.round((rowsInAll / totalMs) * 1_000)} rows/s with encoding, ` +
    `${medianMs.toFixed(0)} ms per insert, engine ${cpuUs.toFixed(1)} µs of CPU per row`,
);
await client.close();
await engine.close();
rmSync(directory, { recursive: true, force: true });
