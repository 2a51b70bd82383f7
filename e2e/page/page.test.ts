// page.test.ts — every page for everybody: no violation that axe finds, no sideways scrolling, reachable
// by keyboard, in both themes, wide and narrow.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../scripts/build-page.ts";
import { openBrowser } from "../../scripts/chromium.ts";
import { startDashboard, type RunningDashboard } from "../support/running-dashboard.ts";
import { sendWorkflow, workflowAt } from "../support/workflow.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = [
  { width: 1280, height: 800 },
  { width: 375, height: 812 },
];

let dashboard: RunningDashboard;
let browser: Browser;
const workflow = workflowAt(Date.now() - 20_000);
const failed = workflow.spans.find(({ status }) => status.code === "error");
const PATHS = {
  overview: "",
  traces: "traces",
  trace: `trace/${workflow.traceId}`,
  "trace with a span open": `trace/${workflow.traceId}?span=${failed?.spanId}`,
  logs: "logs",
  metrics: "metrics",
  pipeline: "pipeline",
};

beforeAll(async () => {
  await buildPage();
  dashboard = await startDashboard();
  await sendWorkflow(dashboard, workflow);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await dashboard?.stop();
});

async function open(path: string, options: Parameters<Browser["newPage"]>[0]): Promise<Page> {
  const page = await browser.newPage({ reducedMotion: "reduce", ...options });
  await page.goto(dashboard.url + path);
  await page.locator("main").waitFor();
  await page.waitForTimeout(600); // what is asked of the API has come
  return page;
}

describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
  describe.each(SIZES)("$width px wide", (viewport) => {
    test.each(Object.entries(PATHS))("%s has nothing that axe complains about", async (_, path) => {
      const page = await open(path, { viewport, colorScheme });
      await page.evaluate(AXE);
      const results = await page.evaluate<AxeResults>("axe.run()");
      const found = results.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" · ")}`,
      );
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      );
      await page.close();
      expect(found).toEqual([]);
      expect(overflow).toBeLessThanOrEqual(0);
    });
  });
});

describe("by keyboard", () => {
  test("the traces page reaches a trace, and the trace its spans", async () => {
    const page = await open("traces", { viewport: SIZES[0]! });
    const row = page.locator(`a[href*="/trace/${workflow.traceId}"]`).first();
    await row.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`/trace/${workflow.traceId}`));

    const tree = page.getByRole("treegrid");
    await tree.waitFor();
    const spans = tree.locator("[aria-level][aria-posinset]");
    expect(await spans.first().getAttribute("aria-level")).toBe("1");
    await tree.locator('[tabindex="0"]').first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/span=[0-9a-f]{16}/);
    await page.close();
  });

  test("? shows the shortcuts, / goes to the filter, Escape leaves", async () => {
    const page = await open("traces", { viewport: SIZES[0]! });
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.keyboard.press("/");
    const focused = await page.evaluate(() => document.activeElement?.tagName);
    expect(focused).toBe("INPUT");
    await page.close();
  });
});

describe("telemetry is only ever text", () => {
  test("a span named like markup is shown as its name", async () => {
    const name = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
    const marked = workflowAt(Date.now() - 5_000);
    marked.traceId = "a".repeat(32);
    marked.logs = [];
    marked.spans = marked.spans.slice(0, 1).map((span) => {
      const { parentSpanId: _root, ...rest } = span;
      return { ...rest, name };
    });
    await sendWorkflow(dashboard, marked);
    const page = await open(`trace/${marked.traceId}`, { viewport: SIZES[0]! });
    await page.getByText(name).first().waitFor();
    expect(await page.title()).not.toBe("run");
    await page.close();
  });
});
