// ingest.ts — `npm run bench:ingest`: what the dashboard takes in, stores and answers, sender included,
// on the cores of this machine.
//
//   npm run bench:ingest -- [--seconds 60]
//
// Everything that was acknowledged is counted by a query at the end: a record that is missing or doubled
// makes the result void.

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { startDashboard, type RunningDashboard } from "../../e2e/support/running-dashboard.ts";
import { get, until } from "../../e2e/support/api.ts";
import { describeMachine } from "../support/machine.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" } } });
const run = promisify(execFile);
const TICKS_PER_SECOND = 100;

interface Sent {
  readonly seconds: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuSeconds: number;
}

const machine = describeMachine();
console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date}`);
const results = [
  await measure("spans, as fast as they are acknowledged", "traces", "otel_traces"),
  await measure("log records, as fast as they are acknowledged", "logs", "otel_logs"),
  await measure("spans at 10 000 a second", "traces", "otel_traces", 10_000),
];
const directory = resolve(import.meta.dirname, "../results");
mkdirSync(directory, { recursive: true });
writeFileSync(
  join(directory, "ingest.json"),
  `${JSON.stringify({ machine, command: `npm run bench:ingest -- --seconds ${values.seconds}`, results }, null, 2)}\n`,
);

async function measure(title: string, signal: string, table: string, rate?: number) {
  const dashboard = await startDashboard();
  try {
    await until("the engine", async () => (await health(dashboard)).engine === "ready");
    const pids = processesOf(dashboard);
    const cpuBefore = pids.map(cpuSecondsOf);
    const sent = await send(dashboard, signal, rate);
    const storedAfterMs = await waitUntilStored(dashboard, table, sent.acknowledged);
    const cpu = pids.map((pid, index) => cpuSecondsOf(pid) - (cpuBefore[index] ?? 0));
    const residentMib = pids.map(residentMibOf);
    return report(title, sent, storedAfterMs, cpu, residentMib);
  } finally {
    await dashboard.stop();
  }
}

async function send(dashboard: RunningDashboard, signal: string, rate?: number): Promise<Sent> {
  const script = join(import.meta.dirname, "sender.ts");
  const args = [script, dashboard.otlpUrl, signal, values.seconds];
  const { stdout } = await run(process.execPath, rate === undefined ? args : [...args, `${rate}`]);
  return JSON.parse(stdout) as Sent;
}

function report(title: string, sent: Sent, storedAfterMs: number, cpu: number[], mib: number[]) {
  const perRecord = (seconds = 0) => ((seconds * 1e6) / sent.acknowledged).toFixed(2);
  const rate = Math.round(sent.acknowledged / sent.seconds);
  // What counts is what was also stored: acknowledging faster than storing only fills the spool.
  const sustained = Math.round(sent.acknowledged / (sent.seconds + storedAfterMs / 1_000));
  console.log(`\n${title}
  acknowledged   ${rate} a second (p50 ${sent.p50Ms.toFixed(1)} ms, p99 ${sent.p99Ms.toFixed(1)} ms), ${sent.refused} refused
  stored         ${sustained} a second: all ${sent.acknowledged} found, the last ${(storedAfterMs / 1_000).toFixed(1)} s after the sender ended
  CPU per record sender ${perRecord(sent.cpuSeconds)} µs, dashboard ${perRecord(cpu[0])} µs, engine ${perRecord(cpu[1])} µs
  resident       dashboard ${mib[0]} MiB, engine ${mib[1]} MiB`);
  return { title, rate, sustained, storedAfterMs, ...sent, cpuSecondsOf: cpu, residentMib: mib };
}

async function waitUntilStored(
  dashboard: RunningDashboard,
  table: string,
  expected: number,
): Promise<number> {
  const startMs = performance.now();
  await until(
    `${expected} rows`,
    async () => (await countRows(dashboard, table)) >= expected,
    300_000,
  );
  const ms = performance.now() - startMs;
  const count = await countRows(dashboard, table);
  if (count !== expected) {
    throw new Error(`Cannot accept this run: ${expected} were acknowledged, ${count} are stored`);
  }
  return ms;
}

async function countRows(dashboard: RunningDashboard, table: string): Promise<number> {
  const response = await fetch(new URL("/api/v1/query/sql", dashboard.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: `SELECT toUInt32(count()) FROM ${table}` }),
  });
  const { rows } = (await response.json()) as { rows?: number[][] };
  return rows?.[0]?.[0] ?? 0;
}

function health(dashboard: RunningDashboard): Promise<{ engine: string }> {
  return get(dashboard.url, "/health");
}

/** The dashboard and its engine. */
function processesOf(dashboard: RunningDashboard): number[] {
  const { pid = 0 } = dashboard.process;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return [pid, Number(children[0])];
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function residentMibOf(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return Math.round((pages * 4_096) / 2 ** 20);
}
