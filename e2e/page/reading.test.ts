// reading.test.ts — what a reader does with the page: find, open, collapse, zoom, filter, jump, go back.
//
// The data is made up and the same in every run (packages/web/testdata), because these facts are about the
// page alone: an odd trace with a missing parent, a clock behind, an open span; a trace with errors.

import type { Server } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  AGENT_TRACE,
  LARGE_TRACE,
  ODD_TRACE,
  startFixture,
} from "../../packages/web/testdata/fixture-server.ts";
import { buildPage } from "../../scripts/build-page.ts";
import { openBrowser } from "../../scripts/chromium.ts";

let browser: Browser;
let page: Page;
let url: string;
const servers: Server[] = [];

beforeAll(async () => {
  await buildPage();
  browser = await openBrowser();
  url = await serve({});
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

afterEach(() => page?.context().close());

async function serve(options: Parameters<typeof startFixture>[0]): Promise<string> {
  const fixture = await startFixture(options);
  servers.push(fixture.server);
  return fixture.url;
}

async function open(path: string, origin = url): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  await page.goto(origin + path);
}

async function openTrace(path: string): Promise<void> {
  await open(path);
  await page.getByRole("treegrid").waitFor();
}

const spanRows = () => page.locator('[role="row"][aria-level]');
const query = (name: string) => new URL(page.url()).searchParams.get(name);

describe("an odd trace", () => {
  test("says what is missing, what was moved, and what still runs", async () => {
    await openTrace(`/trace/${ODD_TRACE}`);
    await page.getByText("1 parent span never arrived").waitFor();
    await page.getByText("Clocks differ by at least 18.0 ms").waitFor();
    await page.getByText("Running").waitFor();
    const names = await spanRows().allInnerTexts();
    expect(names.some((name) => name.includes("Missing parent"))).toBe(true);
    expect(names.some((name) => name.includes("<script>alert(1)</script>"))).toBe(true);
    const receipt = spanRows().filter({ hasText: "send receipt" });
    expect(await receipt.getAttribute("aria-level")).toBe("2");
  });

  test("explains the missing parent in the panel", async () => {
    await openTrace(`/trace/${ODD_TRACE}`);
    await spanRows().filter({ hasText: "Missing parent" }).click();
    await page.getByText("2 spans name this one as the parent").waitFor();
  });
});

describe("the tree of a trace", () => {
  test("collapses, expands and opens by keyboard", async () => {
    await openTrace(`/trace/${AGENT_TRACE}`);
    const all = await spanRows().count();
    await page.keyboard.press("]");
    expect(await spanRows().count()).toBe(1);
    expect(await spanRows().first().getAttribute("aria-expanded")).toBe("false");
    await page.keyboard.press("ArrowRight");
    expect(await spanRows().count()).toBe(2);
    await page.keyboard.press("[");
    expect(await spanRows().count()).toBe(all);

    await page.keyboard.press("e");
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: "Span" });
    await panel.getByText("upstream timed out").first().waitFor();
    expect(query("span")).toMatch(/^[0-9a-f]{16}$/);
    await panel.getByRole("tab", { name: "Events" }).click();
    await panel.getByText("TimeoutError: upstream timed out").first().waitFor();
    expect(query("tab")).toBe("events");
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
  });

  test("is searched where the browser's own search sees only what is on screen", async () => {
    await openTrace(`/trace/${LARGE_TRACE}`);
    await page.keyboard.press("/");
    await page.keyboard.type("chunk 79");
    await page.keyboard.press("Enter");
    await page.getByText("1 / 1").waitFor();
    await spanRows().filter({ hasText: "chunk 79" }).waitFor();
    expect(query("search")).toBe("chunk 79");
  });

  test("zooms by the minimap, and the window is in the address", async () => {
    await openTrace(`/trace/${AGENT_TRACE}`);
    const box = (await page.locator(".minimap-map").boundingBox())!;
    await page.mouse.move(box.x + 300, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 600, box.y + 20, { steps: 4 });
    await page.mouse.up();
    expect(query("zoom")).toMatch(/^\d+-\d+$/);
    await page.getByRole("button", { name: "Whole trace" }).click();
    expect(query("zoom")).toBeNull();
  });

  test("leads from an attribute to all traces with it", async () => {
    await openTrace(`/trace/${AGENT_TRACE}`);
    await spanRows().first().click();
    const method = page.getByRole("row", { name: /http\.route/ });
    await method.hover();
    await method.getByRole("button", { name: "Filter for http.route" }).click();
    await page.waitForURL(/\/traces\?/);
    expect(query("filter")).toBe("http.route = /v1/tasks");
    await page.getByRole("button", { name: "Remove http.route = /v1/tasks" }).click();
    expect(query("filter")).toBeNull();
  });
});

describe("finding the way", () => {
  test("a pasted trace id opens it, in whatever form", async () => {
    await open("/");
    await page.locator("main").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Search" }).waitFor();
    const id = AGENT_TRACE.toUpperCase();
    await page.keyboard.type(`${id.slice(0, 8)}-${id.slice(8)}`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url}/trace/${AGENT_TRACE}`);
  });

  test("pages have keys, and Back retraces the steps", async () => {
    await open("/");
    await page.locator("main.overview").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await page.waitForURL(`${url}/logs`);
    await page.keyboard.press("m");
    await page.waitForURL(`${url}/metrics`);
    await page.goBack();
    await page.waitForURL(`${url}/logs`);
    await page.locator("main.logs").waitFor();
  });

  test("the time range is shared by the pages, and typed as people say it", async () => {
    await open("/traces");
    await page.locator("main").waitFor();
    await page.keyboard.press("d");
    await page.getByLabel("Custom range").fill("last 2 hours");
    await page.keyboard.press("Enter");
    expect(query("from")).toBe("-2h");
    await page.getByRole("link", { name: "Logs" }).first().click();
    await page.waitForURL(/\/logs\?from=-2h/);
  });

  test("a quick filter is a term of the filter, offered values have counts", async () => {
    await open("/traces");
    await page.getByLabel("Service").selectOption("planner");
    expect(query("filter")).toBe("service = planner");
    await page.keyboard.press("/");
    await page.keyboard.type("tool.name = se");
    await page.getByRole("option", { name: /tool\.name = search\s*196/ }).click();
    expect(query("filter")).toBe("service = planner and tool.name = search");
  });

  test("a metric is split, isolated and shown as a table", async () => {
    await open("/metrics?metric=http.server.request.duration");
    await page.getByRole("button", { name: /Split by/ }).click();
    await page.getByRole("checkbox", { name: "http.route" }).check();
    await page.keyboard.press("Escape");
    const series = page.getByRole("button", { name: "/health", exact: true });
    await series.click();
    expect(await series.getAttribute("aria-pressed")).toBe("true");
    const other = page.getByRole("button", { name: "/v1/plans" });
    expect(await other.getAttribute("aria-pressed")).toBe("false");
    await page.getByRole("button", { name: "Table" }).click();
    expect(page.url()).toContain("view=table");
    expect(page.url()).toContain("by=http.route");
  });

  test("the theme that was chosen stays", async () => {
    await open("/pipeline");
    await page.getByRole("button", { name: "Dark theme" }).click();
    await page.reload();
    await page.getByRole("button", { name: "Light theme" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
  });
});

describe("views of every chart type", () => {
  test("are drawn, and each has a text", async () => {
    await open("/");
    const views = page.getByRole("region", { name: "Views" });
    for (const title of ["Model latency, p95", "Retries by tool", "Queue length"]) {
      await views.getByText(title).waitFor();
    }
    await views.getByRole("img", { name: /CPU: .* of / }).waitFor();
    await views.getByRole("img", { name: /Latency by route: 5 lines/ }).waitFor();
    await views.getByRole("img", { name: /distribution of \d+ points/ }).waitFor();
    await views
      .getByRole("cell", { name: "calculator" })
      .or(views.getByText("calculator"))
      .waitFor();
  });
});

describe("while the engine starts", () => {
  test("the page says so, stays live and asks again", async () => {
    await open("/traces", await serve({ isStarting: true }));
    await page.getByText("The engine is starting").waitFor();
    await page.getByRole("button", { name: "Live" }).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });
});
