// demo.test.ts — the demo as a person starts it: one trace over four services, whole and in order.

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Span, TraceDetail } from "../../packages/dashboard/src/contract/contract.ts";
import { openBrowser } from "../../scripts/chromium.ts";
import { get, getTrace, getTraces, until } from "../support/api.ts";
import { ended } from "../support/running-dashboard.ts";

const DEMO = resolve(import.meta.dirname, "../../examples/agents/demo.ts");

let demo: ChildProcess;
let data: string;
let url: string;
let trace: TraceDetail;
let browser: Browser;
let firstTraceMs: number;

beforeAll(async () => {
  browser = await openBrowser();
  data = mkdtempSync(join(tmpdir(), "telemetry-demo-"));
  const ports = ["--port", "0", "--otlp-http-port", "0", "--otlp-grpc-port", "0"];
  demo = spawn(
    process.execPath,
    ["--conditions=@telemetry/source", DEMO, "--data", data, ...ports],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  demo.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  url = await until("the address", async () => /Page +(http:\S+)/.exec(output)?.[1]);
  const printedAtMs = performance.now();
  const page = await browser.newPage();
  await page.goto(`${url}traces`);
  await page.locator('a[href*="/trace/"]').first().waitFor();
  firstTraceMs = performance.now() - printedAtMs;
  console.log(`first trace on the page ${Math.round(firstTraceMs)} ms after the printed address`);
  await page.close();
  trace = await until("a whole workflow", finishedTrace, 60_000);
  console.log(`first whole workflow: ${trace.spans.length} spans, ${trace.logs.length} logs`);
});

afterAll(async () => {
  await browser?.close();
  await ended(demo, "SIGTERM");
  rmSync(data, { recursive: true, force: true });
});

/** The first workflow of the coordinator, once two looks half a second apart see the same. */
async function finishedTrace(): Promise<TraceDetail | undefined> {
  const { traces } = await getTraces(url, "?from=-1h&order=time");
  const workflow = traces.findLast(({ rootService }) => rootService === "coordinator");
  if (workflow === undefined) return undefined;
  const before = await getTrace(url, workflow.traceId);
  await new Promise((done) => setTimeout(done, 500));
  const after = await getTrace(url, workflow.traceId);
  const hasRoot = after.spans.some(({ parentSpanId }) => parentSpanId === undefined);
  return hasRoot && before.spans.length === after.spans.length ? after : undefined;
}

test("the first trace is on the page within 5 s of the printed address", () => {
  expect(firstTraceMs).toBeLessThan(5_000);
});

describe("one trace of the demo", () => {
  test("has spans of four services", () => {
    const services = new Set(trace.spans.map(({ service }) => service));
    expect(services).toEqual(new Set(["coordinator", "planner", "tools", "condenser"]));
  });

  test("has one root, and no span without its parent", () => {
    const ids = new Set(trace.spans.map(({ spanId }) => spanId));
    const roots = trace.spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    const orphans = trace.spans.filter(
      ({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId),
    );
    expect(roots).toHaveLength(1);
    expect(orphans).toEqual([]);
  });

  test("has tasks down to depth 5, each under the task it is a part of", () => {
    const byId = new Map(trace.spans.map((span) => [span.spanId, span]));
    const tasks = trace.spans.filter(
      ({ attributes }) => "task.id" in attributes && "task.depth" in attributes,
    );
    expect(Math.max(...tasks.map(({ attributes }) => Number(attributes["task.depth"])))).toBe(5);
    for (const task of tasks) {
      const id = String(task.attributes["task.id"]);
      if (!id.includes(".")) continue;
      const parent = byId.get(task.parentSpanId ?? "");
      expect(parent?.attributes["task.id"]).toBe(id.slice(0, id.lastIndexOf(".")));
    }
  });

  test("has no child that starts before its parent", () => {
    const byId = new Map(trace.spans.map((span) => [span.spanId, span]));
    const early = trace.spans.filter((span) =>
      startsBefore(span, byId.get(span.parentSpanId ?? "")),
    );
    expect(early.map(({ name, service }) => `${service}: ${name}`)).toEqual([]);
  });

  test("has its logs, and metrics of every service", async () => {
    expect(trace.logs.length).toBeGreaterThan(0);
    const { metrics } = await get<{ metrics: { name: string }[] }>(url, "/api/v1/metrics");
    const names = metrics.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["agent.tool.duration", "gen_ai.client.token.usage", "agent.tasks"]),
    );
  });

  test("the views that its code registered are there", async () => {
    const { views } = await get<{ views: { title: string }[] }>(url, "/api/v1/views");
    expect(views.map(({ title }) => title).sort()).toEqual([
      "Retries per tool",
      "Tasks running",
      "Tokens",
      "Tool latency, p95",
    ]);
  });
});

function startsBefore(span: Span, parent: Span | undefined): boolean {
  return parent !== undefined && BigInt(span.startTimeUnixNano) < BigInt(parent.startTimeUnixNano);
}
