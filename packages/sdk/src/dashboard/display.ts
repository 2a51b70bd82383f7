// display.ts — `updateDisplay`: everything recorded so far on every open page, now.

import { shared } from "../state/state.ts";
import { dashboardLink } from "./dashboard-link.ts";

export interface DisplayUpdate {
  /** Pages that were written to. */
  readonly clients: number;
  /** Spans, metric points and log records that the dashboard has received since it started. */
  readonly traces: number;
  readonly metrics: number;
  readonly logs: number;
  /** Epoch nanoseconds as a decimal string. */
  readonly timeUnixNano: string;
  /** Why nothing was shown. */
  readonly reason?: string;
}

const FLUSH_TIMEOUT_MS = 5_000;
/** Longest that an update can take: it holds the process alive that long at most. */
const KEEP_ALIVE_MS = 3 * FLUSH_TIMEOUT_MS;

let running: Promise<DisplayUpdate> | undefined;
let next: Promise<DisplayUpdate> | undefined;

/**
 * Sends what this app has recorded and asks the dashboard to write it to its pages. Resolves when they were written
 * to; without a dashboard with `clients: 0` and the reason. Never rejects. Calls during an update share the next one,
 * which includes what was recorded before each of them.
 *
 * @example
 * import { updateDisplay } from "@telemetry/sdk";
 *
 * const { clients, reason } = await updateDisplay();
 * console.log(reason ?? `${clients} pages were written to`);
 */
export function updateDisplay(): Promise<DisplayUpdate> {
  if (running === undefined) return begin();
  return (next ??= running.then(begin));
}

function begin(): Promise<DisplayUpdate> {
  const own = update();
  running = own;
  next = undefined;
  void own.then(() => {
    if (running === own) running = undefined;
  });
  return own;
}

async function update(): Promise<DisplayUpdate> {
  const keepAlive = setTimeout(() => {}, KEEP_ALIVE_MS);
  try {
    await shared.running?.handle.flush(FLUSH_TIMEOUT_MS);
    return await push();
  } catch (error) {
    return nothing(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(keepAlive);
  }
}

async function push(): Promise<DisplayUpdate> {
  const link = dashboardLink();
  const { address } = link;
  if (address === undefined) {
    return nothing(
      'no dashboard is known; start one with startDashboardServer, or set the option "dashboard"',
    );
  }
  await link.sendViews();
  const answer = (await link.post(address, "api/v1/display", {})) as Partial<DisplayUpdate>;
  return {
    clients: answer.clients ?? 0,
    traces: answer.traces ?? 0,
    metrics: answer.metrics ?? 0,
    logs: answer.logs ?? 0,
    timeUnixNano: answer.timeUnixNano ?? nowUnixNano(),
  };
}

function nothing(reason: string): DisplayUpdate {
  return { clients: 0, traces: 0, metrics: 0, logs: 0, timeUnixNano: nowUnixNano(), reason };
}

function nowUnixNano(): string {
  return String(BigInt(Date.now()) * 1_000_000n);
}
