// `startDashboardServer` with the real dashboard in a real child process.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createCounter, startDashboardServer, startTelemetry } from "../index.ts";
import type { DashboardHandle, Telemetry } from "../index.ts";
import { shared } from "../state/state.ts";
import { cleanEnvironment, openChild } from "./dashboard-child.ts";
import { findCommand } from "./find-command.ts";
import { askHealth } from "./health.ts";

const APP = join(import.meta.dirname, "../testdata/dashboard-app.ts");

let directory: string;
let telemetry: Telemetry | undefined;
const handles: DashboardHandle[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-start-"));
  shared.dashboardLink = undefined;
});

afterEach(async () => {
  await telemetry?.shutdown(1_000);
  telemetry = undefined;
  for (const handle of handles.splice(0)) await handle.stop();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

async function start(port = 0): Promise<DashboardHandle> {
  const handle = await startDashboardServer(port, { dataDirectory: join(directory, "data") });
  handles.push(handle);
  return handle;
}

/** Resolves once nobody answers at the address. */
async function gone(url: string): Promise<void> {
  while ((await askHealth(url)) !== "free") await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Starts the app of testdata; resolves with the address that it prints. */
async function startApp(ending: "return" | "wait"): Promise<{ app: ChildProcess; url: string }> {
  const app = spawn(
    process.execPath,
    ["--conditions=@telemetry/source", APP, join(directory, "data"), ending],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(app);
  const [line] = (await once(app.stdout, "data")) as [Buffer];
  return { app, url: line.toString("utf8").trim() };
}

describe("startDashboardServer", () => {
  test("port 0 takes a free one and reports it; stop frees it, and the app's data goes where it went before (140)", async () => {
    telemetry = startTelemetry({ runtimeMetrics: false, logLevel: "silent" });
    const before = telemetry.status().endpoints;

    const dashboard = await start();

    expect(dashboard).toMatchObject({ owned: true, url: `http://127.0.0.1:${dashboard.port}/` });
    expect(await askHealth(dashboard.url)).toBe("ours");
    expect(telemetry.status().endpoints.traces).toBe(`${dashboard.url}v1/traces`);
    createCounter("arrives").add(1);
    expect(await telemetry.flush()).toBe(true);
    expect(telemetry.status().isLive).toBe(true);

    await dashboard.stop();
    await dashboard.stop();

    expect(await askHealth(dashboard.url)).toBe("free");
    expect(telemetry.status().endpoints).toEqual(before);
  });

  test("telemetry that starts later follows the dashboard, unless an endpoint was set", async () => {
    const dashboard = await start();
    telemetry = startTelemetry({ runtimeMetrics: false, logLevel: "silent" });
    expect(telemetry.status().endpoints.logs).toBe(`${dashboard.url}v1/logs`);
    await telemetry.shutdown();

    telemetry = startTelemetry({
      endpoint: "http://127.0.0.1:9",
      runtimeMetrics: false,
      logLevel: "silent",
    });

    expect(telemetry.status().endpoints.logs).toBe("http://127.0.0.1:9/v1/logs");
  });

  test("what is recorded while it starts waits for it, and is not sent to where nobody is", async () => {
    telemetry = startTelemetry({ runtimeMetrics: false, logLevel: "silent" });
    const starting = start();
    createCounter("early").add(1);

    const [dashboard, isDelivered] = await Promise.all([starting, telemetry.flush(20_000)]);

    expect(isDelivered).toBe(true);
    expect(telemetry.status().counters["export.metrics.delivered"]).toBe(1);
    expect(dashboard.owned).toBe(true);
  });

  test("attaches to the one that answers there, and to the one that holds the data folder (140)", async () => {
    const dashboard = await start();

    const there = await start(dashboard.port);
    const holder = await start();

    expect(there).toMatchObject({ url: dashboard.url, owned: false });
    expect(holder).toMatchObject({ url: dashboard.url, owned: false });
    await there.stop();
    await holder.stop();
    expect(await askHealth(dashboard.url)).toBe("ours");
  });

  test("a port that another program has is rejected with EADDRINUSE (140)", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      await expect(start(port)).rejects.toMatchObject({
        code: "EADDRINUSE",
        message: `Cannot start the dashboard on port ${port}: another program is listening there; choose another port, or 0 for any free one`,
      });
    } finally {
      server.close();
    }
  });

  test.each([-1, 65_536, 1.5, Number.NaN, "4320" as never])("%s is no port", async (port) => {
    await expect(startDashboardServer(port)).rejects.toThrow(RangeError);
  });

  test("what the dashboard cannot do is said in its words", async () => {
    writeFileSync(join(directory, "data"), "a file, not a folder");

    await expect(start()).rejects.toThrow(/^Cannot open data folder ".*": it is not a writable/);
  });

  test("ends with its parent, whatever that dies of (140)", async () => {
    const { app, url } = await startApp("wait");
    expect(await askHealth(url)).toBe("ours");

    app.kill("SIGKILL");

    await gone(url);
  });

  test("does not keep the app alive (140)", async () => {
    const { app, url } = await startApp("return");

    const [code] = (await once(app, "exit")) as [number];

    expect(code).toBe(0);
    await gone(url);
  });
});

describe("findCommand", () => {
  test("says in one sentence that the package is absent", () => {
    expect(() => findCommand([join(directory, "app.js")], "24.0.0")).toThrow(
      'Cannot start the dashboard: the package "@telemetry/dashboard" is not installed here; add it to the app, or start a dashboard elsewhere and set its address with the option "endpoint"',
    );
  });

  test.each(["20.20.2", "22.17.0"])("says in one sentence that Node %s is too old", (version) => {
    expect(() => findCommand(undefined, version)).toThrow(
      `Cannot start the dashboard: Node 22.18 or newer is needed, this is ${version}; start it with a newer Node in another terminal`,
    );
  });

  test("finds the sources of a workspace", () => {
    expect(findCommand(undefined, "22.18.0").path).toMatch(/dashboard\/src\/command\/command\.ts$/);
  });
});

describe("the child", () => {
  test("gets nothing of the app's instrumentation", () => {
    const environment = cleanEnvironment({
      PATH: "/bin",
      TELEMETRY_RETENTION: "1d",
      NODE_OPTIONS: "--import x",
      OTEL_SERVICE_NAME: "app",
      TRACEPARENT: "00-…",
      TRACESTATE: "a=b",
      BAGGAGE: "a=b",
    });

    expect(environment).toEqual({ PATH: "/bin", TELEMETRY_RETENTION: "1d" });
  });

  test("that ends without a word, or says nothing in time, is a failure with a sentence", async () => {
    const silent = join(directory, "silent.mjs");
    writeFileSync(silent, 'if (process.argv[2] === "hang") setInterval(() => {}, 1000);');
    const command = { path: silent, execArgv: [] };

    expect(await openChild(command, [], process.env, 5_000)).toMatchObject({
      type: "failed",
      message: "Cannot start the dashboard: it ended without a word",
    });
    expect(await openChild(command, ["hang"], process.env, 200)).toMatchObject({
      type: "failed",
      message: "Cannot start the dashboard: it was not ready within 200 ms",
    });
  });

  test("that breaks is quoted", async () => {
    const broken = join(directory, "broken.mjs");
    writeFileSync(broken, 'process.stderr.write("Cannot do it: broken"); process.exit(1);');
    const start_ = await openChild({ path: broken, execArgv: [] }, [], process.env, 5_000);

    expect(start_).toMatchObject({ type: "failed", message: "Cannot do it: broken" });
  });
});
