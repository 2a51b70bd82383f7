// journey.test.ts — one span, one log and one metric from an app's process to the screen.
//
//   app ──OTLP──▶ spool ──▶ ClickHouse ──▶ API
//                   └────▶ live stream ──▶ pixels in Chromium
//
// Every station is the real one, and every station is asked.

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openClient } from "../../packages/dashboard/src/engine/engine.ts";
import { buildPage } from "../../scripts/build-page.ts";
import { openBrowser } from "../../scripts/chromium.ts";
import { get, getLogs, getTrace, until } from "../support/api.ts";
import { startDashboard, type RunningDashboard } from "../support/running-dashboard.ts";
import type { WorkDone } from "./app.ts";
import { watchRows } from "./watch-rows.ts";

const SPANS_FOR_LATENCY = 200;
const LATENCY_P95_MS_MAX = 1_000;
const UNKNOWN_TRACE = "00000000000000000000000000000001";

let dashboard: RunningDashboard;
let app: ChildProcess;
let browser: Browser;
let page: Page;
let work: WorkDone;
const pageErrors: string[] = [];

beforeAll(async () => {
  await buildPage();
  dashboard = await startDashboard();
  app = fork(join(import.meta.dirname, "app.ts"), {
    execArgv: ["--conditions=@telemetry/source"],
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: dashboard.otlpUrl },
  });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("pageerror", (error) => pageErrors.push(error.message));
  page.on("response", (response) => {
    if (response.status() >= 400) pageErrors.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(`${dashboard.url}traces`);
  await page.evaluate(watchRows);
  work = await doWork("the known span");
});

afterAll(async () => {
  await browser?.close();
  app?.kill();
  await dashboard?.stop();
});

async function doWork(name: string): Promise<WorkDone> {
  app.send(name);
  const [done] = (await once(app, "message")) as [WorkDone];
  return done;
}

describe("a span with a log and a metric inside", () => {
  test("is in the spool, as the bytes that the app sent", async () => {
    const id = Buffer.from(work.traceId, "hex");
    await until("the trace id in a segment", async () =>
      globSync(join(dashboard.dataDirectory, "spool/traces/*.segment")).some((path) =>
        readFileSync(path).includes(id),
      ),
    );
  });

  test("is in ClickHouse, and so are its log and its exemplar", async () => {
    const client = openClient({
      url: "http://localhost",
      socketPath: join(dashboard.dataDirectory, "engine/engine.sock"),
      database: "default",
    });
    const count = async (from: string, where: string): Promise<number> => {
      const answer = await client.query({
        query: `SELECT toUInt32(count()) AS count FROM ${from} WHERE ${where}`,
        query_params: { id: work.traceId },
        format: "JSONEachRow",
      });
      return (await answer.json<{ count: number }>())[0]?.count ?? 0;
    };
    try {
      for (const [table, where] of [
        ["otel_traces", "TraceId = {id:String}"],
        ["otel_logs", "TraceId = {id:String}"],
        ["otel_metrics_histogram", "has(Exemplars.TraceId, {id:String})"],
      ] as const) {
        await until(`one row in ${table}`, async () => (await count(table, where)) === 1);
      }
    } finally {
      await client.close();
    }
  });

  test("is in the API: the trace with its log and its exemplar", async () => {
    const trace = await until("the trace", async () => {
      const found = await getTrace(dashboard.url, work.traceId);
      return found.exemplars.length > 0 && found.logs.length > 0 && found;
    });
    expect(trace.spans).toMatchObject([
      { spanId: work.spanId, name: "the known span", service: "journey" },
    ]);
    expect(trace.logs).toMatchObject([{ body: "inside the known span", spanId: work.spanId }]);
    expect(trace.exemplars).toMatchObject([{ metricName: "journey.size", spanId: work.spanId }]);
  });

  test("is in the live stream", async () => {
    const response = await fetch(`${dashboard.url}api/v1/live?topics=traces,logs,metrics`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    await until("the span, the log and the metric", async () => {
      text += (await reader?.read())?.value ?? "";
      return text.includes(work.traceId) && text.includes("inside the known span");
    });
    await reader?.cancel();
  });

  test("is on the screen: its row has been painted, with its name", async () => {
    const row = page.locator(`a[href*="/trace/${work.traceId}"]`).first();
    await row.waitFor();
    expect(await page.locator("body").innerText()).toContain("the known span");
    const picture = await row.screenshot();
    expect(picture.length).toBeGreaterThan(500); // an empty rectangle compresses to less
  });
});

describe("the ways between the pages", () => {
  test("from a trace to its logs", async () => {
    await page.goto(`${dashboard.url}trace/${work.traceId}`);
    const count = page.locator("dt", { hasText: "Logs" }).locator("xpath=following-sibling::dd[1]");
    await count.getByRole("link").click();
    await page.getByText("inside the known span").first().waitFor();
  });

  test("from a log line to its trace", async () => {
    await page.goto(`${dashboard.url}logs`);
    await page.getByText("inside the known span").first().waitFor();
    const link = page.locator(`a[href*="/trace/${work.traceId}"]`).first();
    if (!(await link.isVisible())) await page.getByText("inside the known span").first().click();
    await link.click();
    await page.waitForURL(new RegExp(`/trace/${work.traceId}`));
    await page.getByText("the known span").first().waitFor();
  });

  test("an unknown trace is a page that says so, and a 404", async () => {
    await expect(getTrace(dashboard.url, UNKNOWN_TRACE)).rejects.toThrow("404");
    await page.goto(`${dashboard.url}trace/${UNKNOWN_TRACE}`);
    await page.getByText("No span of this trace is here").first().waitFor();
  });
});

describe("time", () => {
  test(`from span.end() to the pixel: p95 of ${SPANS_FOR_LATENCY} spans is under a second`, async () => {
    await page.goto(`${dashboard.url}traces`);
    await page.evaluate(watchRows);
    const endedAtMs = new Map<string, number>();
    for (let index = 0; index < SPANS_FOR_LATENCY; index++) {
      const done = await doWork(`span ${index}`);
      endedAtMs.set(done.traceId, done.endedAtMs);
      await new Promise((resolve) => setTimeout(resolve, 20 + ((index * 37) % 50)));
    }
    await page.waitForTimeout(1_500);
    const paintedAtMs = await page.evaluate(() => window.firstPaintedAtMs);
    const latenciesMs = [...endedAtMs]
      .map(([id, endMs]) => (paintedAtMs[id] ?? Number.POSITIVE_INFINITY) - endMs)
      .sort((a, b) => a - b);

    const at = (share: number) => latenciesMs[Math.ceil(share * latenciesMs.length) - 1] ?? 0;
    console.log(
      `span.end() to pixel over ${latenciesMs.length} spans: p50 ${at(0.5).toFixed(0)} ms, ` +
        `p95 ${at(0.95).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, max ${at(1).toFixed(0)} ms`,
    );
    expect(at(0.95)).toBeLessThan(LATENCY_P95_MS_MAX);
  });

  test("a log is found by its words within a second", async () => {
    const done = await doWork("a needle");
    const startMs = performance.now();
    await until("the log", async () => {
      const { logs } = await getLogs(
        dashboard.url,
        `?filter=${encodeURIComponent('"inside a needle"')}&from=-5m`,
      );
      return logs.some(({ traceId }) => traceId === done.traceId);
    });
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });

  test("nothing went wrong in the page, and the pipeline lost nothing", async () => {
    // What was asked for on purpose, and what was asked before the engine had started.
    const unexpected = pageErrors.filter(
      (text) => !text.includes(UNKNOWN_TRACE) && !text.startsWith("503 "),
    );
    expect(unexpected).toEqual([]);
    const pipeline = await get<{ stations: { station: string; state: string }[] }>(
      dashboard.url,
      "/api/v1/pipeline",
    );
    expect(pipeline.stations.filter(({ state }) => state !== "ok")).toEqual([]);
  });
});
