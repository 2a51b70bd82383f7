// examples.test.ts — every small example is run as its README says, against a running dashboard, and what it
// recorded is asked for. (The demo, `examples/agents`, has a journey of its own.)

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MetricCatalogue, ViewList } from "../../packages/dashboard/src/contract/contract.ts";
import { get, getLogs, getTrace, getTraces, until } from "../support/api.ts";
import { startDashboard, type RunningDashboard } from "../support/running-dashboard.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../examples");
const run = promisify(execFile);

let dashboard: RunningDashboard;

beforeAll(async () => {
  dashboard = await startDashboard();
});

afterAll(() => dashboard.stop());

/** Runs an example to its end on the dashboard's port; returns what it printed. */
async function runExample(name: string): Promise<{ stdout: string; stderr: string }> {
  const file = resolve(EXAMPLES, name, `${name}.ts`);
  const { port } = new URL(dashboard.url);
  const args = ["--conditions=@telemetry/source", file, port, "--once"];
  const { NODE_OPTIONS: _own, ...env } = process.env;
  return run(process.execPath, args, { env, timeout: 60_000 });
}

describe("examples", () => {
  test("quickstart: orders as traces, logs and a counter", async () => {
    const { stdout, stderr } = await runExample("quickstart");

    expect(stdout).toContain(`Page ${dashboard.url}`);
    expect(stderr).toBe("");
    const traces = await until("ten orders", async () => {
      const list = await getTraces(dashboard.url, "?filter=service.name = quickstart");
      return list.traces.length === 10 ? list.traces : undefined;
    });
    expect(traces.filter(({ errorCount }) => errorCount > 0)).toHaveLength(2);
    const { logs } = await getLogs(dashboard.url, "?filter=service.name = quickstart");
    expect(logs.filter(({ severityText }) => severityText === "ERROR")).toHaveLength(2);
    expect(logs.every(({ body, traceId }) => body !== "order paid" || traceId !== undefined)).toBe(
      true,
    );
  });

  test("metrics-and-views: every kind of instrument, and the registered charts", async () => {
    const { stdout, stderr } = await runExample("metrics-and-views");

    expect(stdout).toMatch(/received so far: \d+ points/);
    expect(stderr).toBe("");
    const { metrics } = await until("the metrics", async () => {
      const catalogue = await get<MetricCatalogue>(dashboard.url, "/api/v1/metrics");
      return catalogue.metrics.some(({ name }) => name === "jobs.size") ? catalogue : undefined;
    });
    const types = Object.fromEntries(metrics.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      "jobs.done": "sum",
      "jobs.active": "sum",
      "jobs.duration": "histogram",
      "jobs.waiting": "gauge",
      "jobs.size": "gauge",
    });
    expect(metrics.find(({ name }) => name === "jobs.size")?.attributeKeys).toEqual(["queue"]);
    const { views } = await get<ViewList>(dashboard.url, "/api/v1/views");
    expect(views.map(({ title }) => title).toSorted()).toEqual([
      "How long jobs take",
      "Jobs per second",
      "Waiting",
      "p95",
    ]);
  });

  test("workers-and-child-processes: one trace over three of them", async () => {
    const { stdout } = await runExample("workers-and-child-processes");
    const traceId = /trace\/([0-9a-f]{32})/.exec(stdout)![1]!;

    const { spans, logs } = await until("three services", async () => {
      const trace = await getTrace(dashboard.url, traceId);
      return trace.spans.length === 3 ? trace : undefined;
    });

    const root = spans.find(({ name }) => name === "nightly report")!;
    const children = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
    expect(children.map(({ service }) => service).toSorted()).toEqual(["child", "worker"]);
    expect(logs.map(({ body }) => body).toSorted()).toEqual([
      "in a process of its own",
      "in a thread",
    ]);
  });
});
