// spool.test.ts — an app with a spool, a real dashboard and a network that loses answers: the app and the dashboard are
// killed, and every span that was on the app's disk is stored once.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openClient } from "../../packages/dashboard/src/engine/engine.ts";
import { ended, startDashboard } from "../support/running-dashboard.ts";
import type { RunningDashboard } from "../support/running-dashboard.ts";
import { HttpProxy } from "./http-proxy.ts";
import { Ledger } from "./ledger.ts";
import { seededRandom } from "./random.ts";

const APP = resolve(
  import.meta.dirname,
  "../../packages/sdk/src/export/spool/testdata/record-for-ever.ts",
);

let directory: string;
let dashboard: RunningDashboard;
const ledger = new Ledger();
let proxy: HttpProxy;
const apps: App[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-spool-"));
  dashboard = await openDashboard();
  proxy = await HttpProxy.open({
    target: dashboard.otlpUrl,
    ledger,
    random: seededRandom(7),
    loss: 0.2,
  });
});
afterAll(async () => {
  for (const { process } of apps) await ended(process, "SIGKILL");
  proxy.close();
  await dashboard.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** At the same address as before. */
function openDashboard(): Promise<RunningDashboard> {
  const port = dashboard === undefined ? "0" : new URL(dashboard.otlpUrl).port;
  const args = ["--otlp-http-port", port];
  return startDashboard({ dataDirectory: join(directory, "data"), args });
}

interface App {
  readonly name: string;
  readonly process: ChildProcess;
  /** Spans that were on disk or delivered when the app said so. */
  safeCount: number;
  lastLine: string;
}

function startApp(name: string): App {
  const args = ["--conditions=@telemetry/source", APP, join(directory, "spool"), proxy.url, name];
  const process_ = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const app: App = { name, process: process_, safeCount: 0, lastLine: "" };
  createInterface({ input: process_.stdout }).on("line", (line) => {
    app.lastLine = line;
    if (/^\d+$/.test(line)) app.safeCount = Number(line);
  });
  apps.push(app);
  return app;
}

const until = <T>(assertion: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(assertion, { timeout: 60_000, interval: 100 });

async function isSafe(app: App, more: number): Promise<void> {
  const before = app.safeCount;
  await until(() => expect(app.safeCount).toBeGreaterThanOrEqual(before + more));
}

/** How often each span of the apps is in ClickHouse. */
async function storedCounts(): Promise<Map<string, number>> {
  const client = openClient({
    url: "http://localhost",
    socketPath: join(dashboard.dataDirectory, "engine/engine.sock"),
    database: "default",
  });
  try {
    const answer = await client.query({
      query: "SELECT SpanName, toUInt32(count()) FROM otel_traces GROUP BY SpanName",
      format: "JSONCompactEachRow",
    });
    return new Map(await answer.json<[name: string, count: number]>());
  } finally {
    await client.close();
  }
}

test("every span that was on the app's disk is stored exactly once", async () => {
  const first = startApp("first");
  await isSafe(first, 200);
  await ended(dashboard.process, "SIGKILL");
  await isSafe(first, 200);
  await ended(first.process, "SIGKILL");

  dashboard = await openDashboard();
  const second = startApp("second");
  await isSafe(second, 200);
  await ended(second.process, "SIGKILL");

  const third = startApp("third");
  await isSafe(third, 100);
  third.process.stdin!.end();
  await until(() => expect(third.lastLine).toMatch(/^end/));
  const last = startApp("last");
  const safe = apps.flatMap(({ name, safeCount }) =>
    Array.from({ length: safeCount }, (_, index) => `${name}-${index}`),
  );
  await until(async () => {
    const counts = await storedCounts();
    expect(safe.filter((name) => !counts.has(name))).toHaveLength(0);
  });
  await ended(last.process, "SIGKILL");

  const counts = await storedCounts();
  expect(safe.length).toBeGreaterThan(700);
  expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
  expect(ledger.repeatedCount).toBeGreaterThan(0);
});
