// start-dashboard.ts — `startDashboardServer`: a dashboard beside the app, in one line.
//
//   port answers as ours ───────────────▶ attach (owned: false)
//   port taken by something else ───────▶ rejects with EADDRINUSE
//   otherwise: child process ──ready────▶ owned
//              data folder is held ─────▶ attach to the dashboard that holds it

import { cleanEnvironment, openChild } from "./dashboard-child.ts";
import type { ChildStart, DashboardChild } from "./dashboard-child.ts";
import { dashboardLink } from "./dashboard-link.ts";
import type { DashboardAddress } from "./dashboard-link.ts";
import { findCommand } from "./find-command.ts";
import { askHealth } from "./health.ts";

export interface DashboardServerOptions {
  /** Where everything is kept. Default: the user's data folder, shared by all dashboards of this machine. */
  dataDirectory?: string;
  /** What the page and the API ask for. This app sends it by itself. */
  token?: string;
  /** How long data is kept, such as "12h" or "7d". */
  retention?: string;
  /** How much is kept, such as "10GB"; the oldest goes first. */
  retentionBytes?: string;
  /** Memory limit of the ClickHouse inside, such as "2GiB". */
  engineMemory?: string;
  /** Default 30 000 ms. */
  startTimeoutMs?: number;
}

export interface DashboardHandle {
  /** Address of the page, with a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Whether this app started it, and `stop` ends it; otherwise `stop` only lets go of it. */
  readonly owned: boolean;
  /** Resolves when the port is free again, or this app has let go. A second call changes nothing. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
/** A dashboard that holds the data folder and has no address yet is about to have one. */
const HOLDER_WAIT_MS = 300;
const HOLDER_TRIES_MAX = 20;

/**
 * Starts a dashboard on 127.0.0.1, which receives OTLP on the same port, or attaches to the one that is there.
 * Port 0 takes any free one. What this app records goes there, unless an endpoint was set.
 *
 * Rejects with a RangeError for a port that is none, with code EADDRINUSE when something else has the port, and
 * with a sentence when the dashboard's package is not installed or this Node is too old for it.
 *
 * @example
 * import { startDashboardServer } from "@telemetry/sdk";
 *
 * const dashboard = await startDashboardServer(4320);
 * console.log(`open ${dashboard.url}`);
 */
export function startDashboardServer(
  port: number,
  options: DashboardServerOptions = {},
): Promise<DashboardHandle> {
  const starting = startOrAttach(port, options);
  dashboardLink().expect(starting);
  return starting;
}

async function startOrAttach(
  port: number,
  options: DashboardServerOptions,
): Promise<DashboardHandle> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`Cannot start the dashboard on port ${port}: a port is from 0 to 65535`);
  }
  const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  const url = `http://127.0.0.1:${port}/`;
  const occupant = port === 0 ? "free" : await askHealth(url);
  if (occupant === "ours") return attached({ url, headers });
  if (occupant === "other") throw portTaken(port);

  const start = await startChild(port, options);
  if (start.type === "ready") return owned({ url: start.url, headers }, start.child);
  const { holder, code, message } = start;
  if (holder?.url !== undefined && (await askHealth(holder.url)) === "ours") {
    return attached({ url: holder.url, headers });
  }
  if (code === "EADDRINUSE" && (await askHealth(url)) === "ours") return attached({ url, headers });
  throw code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
}

/** Tries again while another dashboard that holds the data folder is still starting. */
async function startChild(port: number, options: DashboardServerOptions): Promise<ChildStart> {
  const command = findCommand();
  const environment = cleanEnvironment(process.env);
  if (options.token !== undefined) environment["TELEMETRY_TOKEN"] = options.token;
  const { startTimeoutMs = START_TIMEOUT_MS } = options;
  for (let tries = 1; ; tries++) {
    const start = await openChild(command, argumentsOf(port, options), environment, startTimeoutMs);
    const isHeld = start.type === "failed" && start.holder !== undefined;
    if (!isHeld || start.holder?.url !== undefined || tries === HOLDER_TRIES_MAX) return start;
    await new Promise((resolve) => setTimeout(resolve, HOLDER_WAIT_MS));
  }
}

function argumentsOf(port: number, options: DashboardServerOptions): string[] {
  const given: [name: string, value: string | undefined][] = [
    ["port", String(port)],
    ["otlp-http-port", "off"],
    ["otlp-grpc-port", "off"],
    ["data", options.dataDirectory],
    ["retention", options.retention],
    ["retention-bytes", options.retentionBytes],
    ["engine-memory", options.engineMemory],
  ];
  return given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
}

function owned(address: DashboardAddress, child: DashboardChild): DashboardHandle {
  const link = dashboardLink();
  link.use(address);
  child.onEnd(() => link.forget(address.url));
  return handleOf(address, true, () => child.stop());
}

function attached(address: DashboardAddress): DashboardHandle {
  const link = dashboardLink();
  link.use(address);
  return handleOf(address, false, async () => link.leave(address));
}

function handleOf(
  { url }: DashboardAddress,
  isOwned: boolean,
  end: () => Promise<void>,
): DashboardHandle {
  let stopped: Promise<void> | undefined;
  return {
    url,
    port: Number(new URL(url).port),
    owned: isOwned,
    stop: () => (stopped ??= end()),
  };
}

function portTaken(port: number): Error {
  const error = new Error(
    `Cannot start the dashboard on port ${port}: another program is listening there; choose another port, or 0 for any free one`,
  );
  return Object.assign(error, { code: "EADDRINUSE" });
}
