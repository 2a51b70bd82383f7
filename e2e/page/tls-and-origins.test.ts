// tls-and-origins.test.ts — a real browser before a dashboard that speaks TLS and wants a token: the page signs in and
// is live, and the scripts of another site send what they may.

import { join, resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../scripts/build-page.ts";
import { openBrowser } from "../../scripts/chromium.ts";
import { startDashboard, type RunningDashboard } from "../support/running-dashboard.ts";

const CERTIFICATES = resolve(import.meta.dirname, "../../packages/dashboard/src/listen/testdata");
const pem = (name: string) => join(CERTIFICATES, `${name}.pem`);
const TOKEN = "s3cret";
const SHOP = "https://shop.example";
const STRANGER = "https://stranger.example";

let dashboard: RunningDashboard;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  await buildPage();
  const tls = ["--tls-cert", pem("server"), "--tls-key", pem("server-key")];
  dashboard = await startDashboard({
    args: [...tls, "--token", TOKEN, "--cors-origins", SHOP],
  });
  browser = await openBrowser();
  context = await browser.newContext({ ignoreHTTPSErrors: true }); // the authority is ours
  // Chromium asks its user before a site may reach this machine at all.
  await context.grantPermissions(["local-network-access"]).catch(() => {}); // an older one does not
});

afterAll(async () => {
  await browser?.close();
  await dashboard?.stop();
});

/** A page of a site that does not exist. */
async function openSite(origin: string): Promise<Page> {
  const page = await context.newPage();
  await page.route(`${origin}/**`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>a site</title>" }),
  );
  await page.goto(`${origin}/`);
  await page.unroute(`${origin}/**`); // with a route, questions of CORS never reach the dashboard
  return page;
}

/** What a script of the page hears when it sends a log record, or that the browser kept the answer from it. */
function sendLog(page: Page, text: string, token: string): Promise<string> {
  const timeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const logRecords = [{ timeUnixNano, severityNumber: 9, body: { stringValue: text } }];
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
  return page.evaluate(
    async ([url, json, bearer]) => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${bearer}` };
      try {
        const response = await fetch(`${url}/v1/logs`, { method: "POST", headers, body: json });
        const pace = response.headers.get("telemetry-live");
        return `${response.status} ${pace === null ? "without" : "with"} its headers`;
      } catch {
        return "blocked";
      }
    },
    [dashboard.otlpUrl, body, token] as const,
  );
}

describe("over TLS", () => {
  test("the page takes the token from its address, and shows what arrives", async () => {
    expect(dashboard.url).toMatch(/^https:/);
    const page = await context.newPage();
    await page.goto(`${dashboard.url}logs#token=${TOKEN}`);
    await page.locator("main").waitFor();

    const site = await openSite(SHOP);
    expect(await sendLog(site, "a basket was filled", TOKEN)).toBe("200 with its headers");
    await page.getByText("a basket was filled").first().waitFor();
    const cookies = await context.cookies(dashboard.url);
    expect(cookies).toMatchObject([{ httpOnly: true, secure: true, sameSite: "Strict" }]);
  });

  test("a site that is named needs the token, and may read why it is refused", async () => {
    const site = await openSite(SHOP);
    expect(await sendLog(site, "without a token", "wrong")).toBe("401 with its headers");
  });

  test("a site that is not named does not get through, token or not", async () => {
    const site = await openSite(STRANGER);
    expect(await sendLog(site, "from a stranger", TOKEN)).toBe("blocked");
  });

  test("no site may ask the API", async () => {
    const site = await openSite(SHOP);
    const asked = site.evaluate(
      (url) =>
        fetch(`${url}api/v1/logs`, { credentials: "include" }).then(
          () => "answered",
          () => "blocked",
        ),
      dashboard.url,
    );
    expect(await asked).toBe("blocked");
  });
});
