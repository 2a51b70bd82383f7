// ingest.ts — `npm run bench:ingest`: what the dashboard takes in, stores and answers on two cores, with its
// engine and the sender on the same two.
//
//   npm run bench:ingest -- [--seconds 60] [--only traces,logs,metrics,decode,answers,keys]
//
// With --only the report keeps what the last one has of the other parts, if it was made here, on the same day.
//
// For each signal first for a while as fast as requests are acknowledged; then for the whole time at a rate, from a
// little more than was stored downwards, until one is stored without falling behind. Everything that was acknowledged is
// counted by a query: a record that is missing or doubled makes the result void.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { describeMachine } from "../support/machine.ts";
import { measureDecode } from "./decode.ts";
import { readLargeTrace, type Read } from "./large-answer.ts";
import { putLoad, type LoadResult } from "./load.ts";
import { formatReport, formatLoad, type IngestReport } from "./report.ts";
import type { Signal } from "./request.ts";
import { measureUniqueKeys } from "./unique-keys.ts";

const CORES = 2;
/** A rate is kept up when the last record is stored so soon after the sender's end. */
const BEHIND_MS_MAX = 2_000;
const PROBE_SECONDS = 15;
/** In a flood much is read back from the spool, so a little more can be kept up than was stored then. */
const FIRST_STEP = 1.1;
const STEP = 0.93;
const TRIES = 6;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    only: { type: "string", default: "traces,logs,metrics,decode,answers,keys" },
  },
});
if (availableParallelism() > CORES) pinToCores();
const seconds = Number(values.seconds);
const parts = values.only.split(",");
const machine = describeMachine();
console.log(`${machine.cpu}, ${CORES} cores, Node ${machine.node}, ${machine.date}`);

const directory = resolve(import.meta.dirname, "../results");
const command = `npm run bench:ingest -- --seconds ${values.seconds}`;
const last = lastReport();

const sustained: LoadResult[] = [];
for (const signal of ["traces", "logs", "metrics"] as const) {
  const before = last?.sustained.find((result) => result.signal === signal);
  if (parts.includes(signal)) sustained.push(await findSustained(signal));
  else if (before !== undefined) sustained.push(before);
}
const answers = parts.includes("answers") ? await measureAnswers() : last?.answers;
const keys = parts.includes("keys") ? await measureUniqueKeys(Math.min(seconds, 30)) : last?.keys;
const decode = parts.includes("decode") ? measureDecode() : last?.decode;
const report: IngestReport = { machine, command, sustained, answers, keys, decode };
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, "ingest.json"), `${JSON.stringify(report, null, 2)}\n`);
writeFileSync(join(directory, "ingest.md"), `${formatReport(report)}\n`);
console.log(`\n${formatReport(report)}`);

/** What was measured on this machine today by the same command. */
function lastReport(): IngestReport | undefined {
  const path = join(directory, "ingest.json");
  if (!existsSync(path)) return undefined;
  const found = JSON.parse(readFileSync(path, "utf8")) as IngestReport;
  const isSame = isDeepStrictEqual(found.machine, machine) && found.command === command;
  return isSame ? found : undefined;
}

/** The highest rate, of some, that is stored as fast as it is sent. */
async function findSustained(signal: Signal): Promise<LoadResult> {
  const flood = await putLoad({ signal, seconds: Math.min(PROBE_SECONDS, seconds) });
  console.log(`flood      ${formatLoad(flood)}`);
  let rate = Math.round((flood.storedRate * FIRST_STEP) / 1_000) * 1_000;
  for (let tries = 1; ; tries++) {
    const result = await putLoad({ signal, seconds, rate });
    console.log(`at a rate  ${formatLoad(result)}`);
    const keptUp = result.storedAfterMs <= BEHIND_MS_MAX && result.acknowledgedRate > rate * 0.98;
    if (keptUp || tries === TRIES) return result;
    rate = Math.round((rate * STEP) / 1_000) * 1_000;
  }
}

/** How long acknowledgements take at 10 000 spans a second while large answers are read. */
async function measureAnswers(): Promise<IngestReport["answers"]> {
  const load = { signal: "traces", seconds: Math.min(seconds, 30), rate: 10_000 } as const;
  const read: Read = { answers: 0, bytes: 0 };
  const alone = await putLoad(load);
  const beside = await putLoad({ ...load, beside: readLargeTrace(read) });
  return { alone, beside, read };
}

/** Runs this program again on the first cores only; children inherit it. */
function pinToCores(): never {
  const cores = Array.from({ length: CORES }, (_, core) => core).join(",");
  const args = ["-c", cores, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  execFileSync("taskset", args, { stdio: "inherit" });
  process.exit();
}
