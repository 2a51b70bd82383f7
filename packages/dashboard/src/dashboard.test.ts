// dashboard.test.ts — the whole dashboard as one program: what a sender was told is kept can be asked for, whatever
// happened in between.

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PipelineStatus, TraceDetail } from "./contract/contract.ts";
import { openDashboard, type DashboardHandle, type DashboardOptions } from "./index.ts";

const COMMAND = join(import.meta.dirname, "command/command.ts");
const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

let directory: string;
let dashboard: DashboardHandle | undefined;
const children: ChildProcess[] = [];
const logged: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "telemetry-dashboard-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) await ended(child, "SIGKILL");
  await dashboard?.close();
  dashboard = undefined;
  logged.length = 0;
  rmSync(directory, { recursive: true, force: true });
});

async function open(options: Partial<DashboardOptions> = {}): Promise<DashboardHandle> {
  dashboard = await openDashboard({
    dataDirectory: directory,
    port: 0,
    otlpHttpPort: 0,
    otlpGrpcPort: "off",
    log: (_, message) => logged.push(message),
    ...options,
  });
  return dashboard;
}

interface Ready {
  readonly url: string;
  readonly otlpHttpUrl: string;
}

/** The command in a process of its own, to be killed. */
async function start(): Promise<Ready & { child: ChildProcess }> {
  const ports = ["--port", "0", "--otlp-http-port", "0", "--otlp-grpc-port", "off"];
  const child = fork(COMMAND, ["--data", directory, ...ports], {
    execArgv: ["--conditions=@telemetry/source"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  children.push(child);
  const [ready] = (await once(child, "message")) as [Ready];
  return { ...ready, child };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

/** An OTLP JSON request as a person would type it for curl. */
function spanRequest(spanId: string): string {
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const attributes = [
    { key: "error", value: { boolValue: true } },
    { key: "error.type", value: { stringValue: "x" } },
    { key: "big", value: { intValue: "9007199254740993" } },
    { key: "one", value: { doubleValue: 1 } },
  ];
  const span = {
    traceId: TRACE_ID,
    spanId,
    name: "GET /checkout",
    kind: 2,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 1_000_000n),
    attributes,
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "checkout" } }] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
}

async function send(
  otlpHttpUrl: string,
  spanId: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const { status } = await fetch(`${otlpHttpUrl}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: spanRequest(spanId),
  });
  return status;
}

async function askTrace(url: string): Promise<TraceDetail | undefined> {
  const response = await fetch(`${url}api/v1/traces/${TRACE_ID}`);
  return response.ok ? ((await response.json()) as TraceDetail) : undefined;
}

const spanIdsOf = async (url: string) =>
  (await askTrace(url))?.spans.map(({ spanId }) => spanId).toSorted() ?? [];

describe("an acknowledged span", () => {
  test("survives kill -9 at that instant, and is there exactly once", async () => {
    const first = await start();
    const spanIds = ["00f067aa0ba902b1", "00f067aa0ba902b2", "00f067aa0ba902b3"];
    for (const spanId of spanIds) expect(await send(first.otlpHttpUrl, spanId)).toBe(200);
    await ended(first.child, "SIGKILL");

    const second = await start();
    await expect.poll(() => spanIdsOf(second.url), { timeout: 30_000 }).toEqual(spanIds);
    const [span] = (await askTrace(second.url))!.spans;
    expect(span).toMatchObject({
      name: "GET /checkout",
      service: "checkout",
      kind: "server",
      attributes: { error: true, "error.type": "x", big: "9007199254740993", one: 1 },
    });
  }, 60_000);

  test("is queryable within a second, once the tables are there", async () => {
    const { url, otlpHttpUrl } = await open();
    const isThere = (...spanIds: string[]) =>
      expect.poll(() => spanIdsOf(url), { timeout: 15_000, interval: 20 }).toEqual(spanIds);
    await send(otlpHttpUrl, "00f067aa0ba902b1");
    await isThere("00f067aa0ba902b1");

    const sentAtMs = performance.now();
    await send(otlpHttpUrl, "00f067aa0ba902b2");
    await isThere("00f067aa0ba902b1", "00f067aa0ba902b2");
    expect(performance.now() - sentAtMs).toBeLessThan(1_000);
  });
});

describe("the doors", () => {
  test("every HTTP port serves OTLP, API and page", async () => {
    const { url, otlpHttpUrl } = await open({ clickhouseUrl: "http://127.0.0.1:1" });
    for (const base of [url, `${otlpHttpUrl}/`]) {
      expect(await send(base.slice(0, -1), "00f067aa0ba902b1")).toBe(200);
      expect(await (await fetch(`${base}health`)).json()).toMatchObject({ product: "telemetry" });
      expect(
        (await fetch(base, { headers: { accept: "text/html" } })).headers.get("content-type"),
      ).toMatch(/^text\/html/);
    }
    const pipeline = (await (await fetch(`${url}api/v1/pipeline`)).json()) as PipelineStatus;
    const stations = pipeline.stations.map(({ station }) => station);
    expect(stations).toEqual(
      expect.arrayContaining(["receive", "spool", "store", "engine", "query"]),
    );
    expect(pipeline.stations.find(({ station }) => station === "spool")!.counters).toMatchObject({
      appended: 2,
    });
  });

  test("an open page is shown what arrives, and does not hold up the end", async () => {
    const { url, otlpHttpUrl, close } = await open({ clickhouseUrl: "http://127.0.0.1:1" });
    const page = await fetch(`${url}api/v1/live?topics=traces`);
    expect(await send(otlpHttpUrl, "00f067aa0ba902b1")).toBe(200);
    const stream = page.body!.pipeThrough(new TextDecoderStream()).getReader(); // stays open
    let shown = "";
    while (!shown.includes(TRACE_ID)) shown += (await stream.read()).value;
    expect(shown).toContain("GET /checkout");

    const closedAtMs = performance.now();
    await close();
    expect(performance.now() - closedAtMs).toBeLessThan(3_000);
  });

  test("while ClickHouse does not answer, OTLP is kept and queries are asked to come again", async () => {
    const { url, otlpHttpUrl } = await open({ clickhouseUrl: "http://127.0.0.1:1" });
    expect(await send(otlpHttpUrl, "00f067aa0ba902b1")).toBe(200);
    const response = await fetch(`${url}api/v1/traces/${TRACE_ID}`);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    await expect
      .poll(() => logged)
      .toEqual([expect.stringMatching(/^Cannot reach ClickHouse at http:\/\/127\.0\.0\.1:1: /)]);
  });

  test("with a token, OTLP and the API want it", async () => {
    const token = "s3cret";
    const { url, otlpHttpUrl } = await open({ clickhouseUrl: "http://127.0.0.1:1", token });
    expect(await send(otlpHttpUrl, "00f067aa0ba902b1")).toBe(401);
    expect(await send(otlpHttpUrl, "00f067aa0ba902b1", { authorization: `Bearer ${token}` })).toBe(
      200,
    );
    expect((await fetch(`${url}api/v1/pipeline`)).status).toBe(401);
    expect((await fetch(`${url}health`)).status).toBe(200);
  });

  test("a customary OTLP port that is taken is replaced, and said", async () => {
    const holder = createServer();
    await new Promise((resolve) => {
      holder.once("error", resolve); // taken by somebody else: just as well
      holder.listen(4318, "127.0.0.1", () => resolve(undefined));
    });
    const { otlpHttpPort: _, ...rest } = { otlpHttpPort: undefined };
    dashboard = await openDashboard({
      ...rest,
      dataDirectory: directory,
      port: 0,
      otlpGrpcPort: "off",
      clickhouseUrl: "http://127.0.0.1:1",
      log: (_level, message) => logged.push(message),
    });
    expect(logged).toEqual([
      `Port 4318 is taken by another receiver: set OTEL_EXPORTER_OTLP_ENDPOINT=${dashboard.otlpHttpUrl}`,
    ]);
    expect(await send(dashboard.otlpHttpUrl, "00f067aa0ba902b1")).toBe(200);
    holder.close();
  });

  test("closed OTLP ports leave the page's", async () => {
    const { url, otlpHttpUrl, otlpGrpcUrl } = await open({
      clickhouseUrl: "http://127.0.0.1:1",
      otlpHttpPort: "off",
    });
    expect(`${otlpHttpUrl}/`).toBe(url);
    expect(otlpGrpcUrl).toBeUndefined();
  });

  test("one that cannot be opened closes the others, and frees the data folder", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const options = { clickhouseUrl: "http://127.0.0.1:1" };
    await expect(open({ ...options, otlpHttpPort: port })).rejects.toThrow(
      /choose another with --otlp-http-port$/,
    );
    await expect(open({ ...options, otlpGrpcPort: port })).rejects.toThrow(
      /choose another with --otlp-grpc-port$/,
    );
    holder.close();
    await open(options);
  });
});
