// chaos.test.ts — the engine and the whole dashboard are killed with SIGKILL while senders send, and every span that was
// acknowledged is found exactly once afterwards.
//
// Senders do what OTLP asks of them: they repeat the same bytes until they hear "200". Some of those bytes
// were stored before the kill, and only their answer was lost.

import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PipelineStatus, TraceDetail } from "./contract/contract.ts";

const COMMAND = join(import.meta.dirname, "command/command.ts");
const SENDERS = 8;
const SPANS_PER_REQUEST = 50;
/** With eight senders and 50 spans a request: 2 000 spans a second. */
const SEND_INTERVAL_MS = 200;
const KILL_AFTER_MS = 1_000;

interface Dashboard {
  readonly process: ChildProcess;
  readonly url: string;
  readonly otlpHttpUrl: string;
}

/** The ports are chosen at the first start and kept: senders know one address. */
async function start(ports = { port: "0", otlp: "0" }): Promise<Dashboard> {
  const args = ["--port", ports.port, "--otlp-http-port", ports.otlp, "--otlp-grpc-port", "off"];
  const child = fork(COMMAND, ["--data", directory, ...args], {
    execArgv: ["--conditions=@telemetry/source"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [ready] = (await once(child, "message")) as [Omit<Dashboard, "process">];
  const dashboard = { ...ready, process: child };
  running.push(dashboard);
  return dashboard;
}

async function kill({ process: child }: Dashboard): Promise<void> {
  if (child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

function killEngine({ process: { pid } }: Dashboard): void {
  const engine = execFileSync("pgrep", ["-P", String(pid), "-f", "engine-process"], {
    encoding: "utf8",
  });
  process.kill(Number(engine), "SIGKILL");
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, "0");

/** The names of one request: its trace and its spans. */
function namesOf(sender: number, request: number): { traceId: string; spanIds: string[] } {
  const traceId = hex(sender + 1, 16) + hex(request + 1, 16);
  const spanIds = Array.from({ length: SPANS_PER_REQUEST }, (_, index) =>
    hex((request + 1) * 1_000 + index, 16),
  );
  return { traceId, spanIds };
}

function requestOf({ traceId, spanIds }: ReturnType<typeof namesOf>): string {
  const startTimeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const spans = spanIds.map((spanId) => {
    return { traceId, spanId, name: "work", startTimeUnixNano, endTimeUnixNano: startTimeUnixNano };
  });
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** Sends until told to stop, then finishes the request in hand. Returns how many were acknowledged. */
async function sendUntil(stop: AbortSignal, url: string, sender: number): Promise<number> {
  for (let request = 0; ; request++) {
    if (stop.aborted) return request;
    const body = requestOf(namesOf(sender, request));
    while (!(await isAcknowledged(url, body))) await delay(50);
    await delay(SEND_INTERVAL_MS);
  }
}

async function isAcknowledged(url: string, body: string): Promise<boolean> {
  try {
    const headers = { "content-type": "application/json" };
    const { status } = await fetch(`${url}/v1/traces`, { method: "POST", headers, body });
    expect([200, 503]).toContain(status);
    return status === 200;
  } catch (error) {
    if ((error as Error).name === "AssertionError") throw error;
    return false; // the connection broke, or there was none
  }
}

async function spanIdsOf(url: string, traceId: string): Promise<string[]> {
  const response = await fetch(`${url}api/v1/traces/${traceId}`);
  if (!response.ok) return [];
  return ((await response.json()) as TraceDetail).spans.map(({ spanId }) => spanId).toSorted();
}

async function counterOf(
  url: string,
  station: string,
  counter: string,
): Promise<number | undefined> {
  const { stations } = (await (await fetch(`${url}api/v1/pipeline`)).json()) as PipelineStatus;
  return stations.find((each) => each.station === station)?.counters[counter];
}

let directory: string;
const running: Dashboard[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-chaos-"));
});

afterEach(async () => {
  for (const dashboard of running.splice(0)) await kill(dashboard);
  rmSync(directory, { recursive: true, force: true });
});

test("every acknowledged span is found exactly once, whatever was killed", async () => {
  let dashboard = await start();
  const ports = { port: new URL(dashboard.url).port, otlp: new URL(dashboard.otlpHttpUrl).port };
  const stop = new AbortController();
  const senders = Array.from({ length: SENDERS }, (_, sender) =>
    sendUntil(stop.signal, dashboard.otlpHttpUrl, sender),
  );

  for (let round = 0; round < 2; round++) {
    await delay(KILL_AFTER_MS);
    killEngine(dashboard);
    await delay(KILL_AFTER_MS);
    await kill(dashboard);
    dashboard = await start(ports);
  }
  await delay(KILL_AFTER_MS);
  stop.abort();
  const acknowledged = await Promise.all(senders);
  await expect
    .poll(() => counterOf(dashboard.url, "spool", "unstored_requests"), { timeout: 60_000 })
    .toBe(0);

  expect(acknowledged.reduce((sum, count) => sum + count)).toBeGreaterThan(20);
  for (const [sender, requests] of acknowledged.entries()) {
    const names = Array.from({ length: requests }, (_, request) => namesOf(sender, request));
    const found = await Promise.all(names.map(({ traceId }) => spanIdsOf(dashboard.url, traceId)));
    expect(found).toEqual(names.map(({ spanIds }) => spanIds));
  }
}, 120_000);
