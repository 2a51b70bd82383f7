// states.test.ts — the page when there is nothing yet, when it is held still, when it is opened many times,
// and when it is locked.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../scripts/build-page.ts";
import { openBrowser } from "../../scripts/chromium.ts";
import { get, until } from "../support/api.ts";
import { startDashboard, type RunningDashboard } from "../support/running-dashboard.ts";
import { sendWorkflow, workflowAt } from "../support/workflow.ts";

const TABS = 8; // more than the six connections that a browser gives one host
const TOKEN = "correct horse battery staple";

let browser: Browser;
let dashboard: RunningDashboard;
let context: BrowserContext;

beforeAll(async () => {
  await buildPage();
  browser = await openBrowser();
  dashboard = await startDashboard();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
});

afterAll(async () => {
  await browser?.close();
  await dashboard?.stop();
});

async function open(path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(dashboard.url + path);
  return page;
}

/** Sends the workflow once more, as a trace of its own. */
async function sendTrace(traceId: string): Promise<void> {
  const workflow = workflowAt(Date.now() - 3_000);
  for (const log of workflow.logs) log.traceId = traceId;
  await sendWorkflow(dashboard, { ...workflow, traceId });
}

const idOf = (digit: string): string => digit.repeat(32);

describe("before anything has arrived", () => {
  test("the overview says how to send, and turns into itself when something comes", async () => {
    const page = await open("");
    await page.getByText("Waiting for the first span").waitFor();
    await page.getByText("received 0 spans").waitFor();
    const snippet = await page.locator("pre").innerText();
    expect(snippet).toContain(new URL(dashboard.url).origin);

    await sendTrace(idOf("1"));
    await page.getByRole("heading", { name: "Services" }).waitFor();
    expect(await page.getByText("Waiting for the first span").count()).toBe(0);
    await page.close();
  });

  test("a trace that is not here yet is shown as soon as it is", async () => {
    const page = await open(`trace/${idOf("2")}`);
    await page.getByText("No span of this trace is here").waitFor();
    await sendTrace(idOf("2"));
    await page.getByRole("treegrid").waitFor();
    await page.close();
  });
});

describe("live", () => {
  test("holds still while the reader is elsewhere in the list, and says what came", async () => {
    for (const digit of "3456789abcdef") await sendTrace(idOf(digit));
    const page = await open("traces");
    const row = (digit: string) => page.locator(`a[href*="/trace/${idOf(digit)}"]`);
    await row("f").waitFor();
    await page.locator(".virtual-list").evaluate((list) => list.scrollTo(0, 200));
    await page.getByRole("button", { name: "Paused" }).waitFor();
    await sendTrace("12".repeat(16));
    await page.getByRole("button", { name: "1 new trace" }).click();
    await row("f").waitFor();
    await page.locator(`a[href*="${"12".repeat(16)}"]`).waitFor();
    await page.getByRole("button", { name: "Live" }).waitFor();
    await page.close();
  });

  test("still filters while it is paused", async () => {
    const page = await open("traces");
    await page.getByRole("button", { name: "Live" }).click();
    await page.getByLabel("Minimum duration").selectOption("10ms");
    await page.locator(`a[href*="/trace/${idOf("f")}"]`).waitFor();
    await sendTrace("56".repeat(16));
    const row = page.locator(`a[href*="${"56".repeat(16)}"]`);
    await page.getByRole("button", { name: "1 new trace" }).waitFor();
    expect(await row.count()).toBe(0);
    await page.getByRole("button", { name: "Paused" }).click();
    await row.waitFor();
    await page.close();
  });

  test(`${TABS} tabs share one stream, and all of them are live`, async () => {
    const tabs = await Promise.all(Array.from({ length: TABS }, () => open("traces")));
    for (const tab of tabs) await tab.getByRole("button", { name: "Live" }).waitFor();
    await sendTrace("34".repeat(16));
    for (const tab of tabs) await tab.locator(`a[href*="${"34".repeat(16)}"]`).waitFor();
    // The streams of pages that were closed before end when the server notices.
    await until("one stream", async () => {
      const { stations } = await get<{
        stations: { station: string; counters: Record<string, number> }[];
      }>(dashboard.url, "/api/v1/pipeline");
      return stations.find(({ station }) => station === "live")?.counters["clients"] === 1;
    });
    for (const tab of tabs) await tab.close();
  });
});

describe("with a token", () => {
  let locked: RunningDashboard;
  beforeAll(async () => {
    locked = await startDashboard({ args: ["--token", TOKEN] });
  });
  afterAll(async () => {
    await locked?.stop();
  });

  test("the page asks for it, says when it is wrong, and opens when it is right", async () => {
    const page = await browser.newPage();
    await page.goto(locked.url);
    const field = page.getByLabel("Token");
    await field.fill("wrong");
    await page.getByRole("button", { name: "Open the dashboard" }).click();
    await page.getByText("This token is not the one").waitFor();
    await field.fill(TOKEN);
    await page.getByRole("button", { name: "Open the dashboard" }).click();
    await page.getByRole("button", { name: "Live" }).waitFor();
    await page.getByText("Waiting for the first span").waitFor();
    await page.close();
  });

  test("a link with the token opens it, and the token leaves the address", async () => {
    const page = await browser.newPage();
    await page.goto(`${locked.url}#token=${encodeURIComponent(TOKEN)}`);
    await page.getByText("Waiting for the first span").waitFor();
    expect(page.url()).toBe(locked.url);
    await page.close();
  });
});
