// load.ts — puts a load on a dashboard of its own and says what it took: rates, waits, CPU and memory.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "../../e2e/support/api.ts";
import { startDashboard, type RunningDashboard } from "../../e2e/support/running-dashboard.ts";
import { cpuSecondsOf, processesOf, residentPeakMibOf } from "./processes.ts";
import type { Signal } from "./request.ts";
import type { Sent } from "./sender.ts";
import { countRows, isEngineReady } from "./stored.ts";

const run = promisify(execFile);

export interface Load {
  readonly signal: Signal;
  readonly seconds: number;
  /** Records a second; absent: as fast as they are acknowledged. */
  readonly rate?: number;
  /** Runs beside the sender until the signal aborts. */
  readonly beside?: (dashboard: RunningDashboard, abort: AbortSignal) => Promise<void>;
}

export interface LoadResult extends Sent {
  readonly signal: Signal;
  readonly rate: number | undefined;
  /** Records a second that were acknowledged. */
  readonly acknowledgedRate: number;
  /** Records a second that were stored, counting the time after the sender ended. */
  readonly storedRate: number;
  /** From the sender's end until a query finds the last record. */
  readonly storedAfterMs: number;
  /** CPU per record, microseconds. */
  readonly cpuUs: { readonly sender: number; readonly dashboard: number; readonly engine: number };
  /** Peak of the resident memory. */
  readonly residentPeakMib: { readonly dashboard: number; readonly engine: number };
}

/** @throws {Error} when a record that was acknowledged is not found once, exactly. */
export async function putLoad({ signal, seconds, rate, beside }: Load): Promise<LoadResult> {
  const dashboard = await startDashboard();
  const abort = new AbortController();
  try {
    await until("the engine", () => isEngineReady(dashboard));
    const besides = beside?.(dashboard, abort.signal);
    const before = await countRows(dashboard, signal);
    const pids = processesOf(dashboard);
    const cpuBefore = pids.map(cpuSecondsOf);
    const sent = await send(dashboard, signal, seconds, rate);
    abort.abort();
    await besides;
    const storedAfterMs = await waitUntilStored(dashboard, signal, before + sent.acknowledged);
    const perRecord = (cpuSeconds: number) => (cpuSeconds * 1e6) / sent.acknowledged;
    const [dashboardUs = 0, engineUs = 0] = pids.map((pid, index) =>
      perRecord(cpuSecondsOf(pid) - (cpuBefore[index] ?? 0)),
    );
    const [dashboardMib = 0, engineMib = 0] = pids.map(residentPeakMibOf);
    return {
      ...sent,
      signal,
      rate,
      acknowledgedRate: sent.acknowledged / sent.seconds,
      storedRate: sent.acknowledged / (sent.seconds + storedAfterMs / 1_000),
      storedAfterMs,
      cpuUs: { sender: perRecord(sent.cpuSeconds), dashboard: dashboardUs, engine: engineUs },
      residentPeakMib: { dashboard: dashboardMib, engine: engineMib },
    };
  } finally {
    abort.abort();
    await dashboard.stop();
  }
}

async function send(
  dashboard: RunningDashboard,
  signal: Signal,
  seconds: number,
  rate: number | undefined,
): Promise<Sent> {
  const script = join(import.meta.dirname, "sender.ts");
  const args = [script, dashboard.otlpUrl, signal, String(seconds)];
  const { stdout } = await run(process.execPath, rate === undefined ? args : [...args, `${rate}`]);
  return JSON.parse(stdout) as Sent;
}

async function waitUntilStored(
  dashboard: RunningDashboard,
  signal: Signal,
  expected: number,
): Promise<number> {
  const startMs = performance.now();
  const isStored = async () => (await countRows(dashboard, signal)) >= expected;
  await until(`${expected} rows of ${signal}`, isStored, 300_000);
  const ms = performance.now() - startMs;
  const count = await countRows(dashboard, signal);
  if (count !== expected) {
    throw new Error(`Cannot accept this run: ${expected} were acknowledged, ${count} are stored`);
  }
  return ms;
}
