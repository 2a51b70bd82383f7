// A page of one origin sends to a dashboard of another, so the browser asks first (CORS). The page is left without a
// flush: what waits leaves by `fetch` with keepalive, or by `navigator.sendBeacon`, which always asks for credentials.
//
//   http://shop.example:…   a name that only this browser knows; its dashboard was told of it with --cors-origins
//   http://127.0.0.1:…      the same page from this machine, which every dashboard takes

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openBrowser } from "../../../scripts/chromium.ts";
import { startDashboard, type RunningDashboard } from "../../support/running-dashboard.ts";
import { describeSender } from "../support/describe-sender.ts";
import { installSender } from "../support/install.ts";
import { including, JUST_NOW, SPAN_ID, TRACE_ID } from "../support/matchers.ts";
import { readLogs, readSpans, type SpanOfTrace } from "../support/read-back.ts";
import { readPoints, type MetricPoint } from "../support/read-points.ts";
import { openShop, type Shop } from "./shop.ts";

const sender = installSender("web");

describeSender("OpenTelemetry web SDK 2.12 in Chromium", sender, () => {
  let shop: Shop;
  let origin: string;
  let dashboard: RunningDashboard;
  let browser: Browser;

  beforeAll(async () => {
    shop = await openShop(sender.folder);
    origin = `http://shop.example:${shop.port}`;
    dashboard = await startDashboard({ args: ["--cors-origins", origin] });
    browser = await openBrowser("--host-resolver-rules=MAP shop.example 127.0.0.1");
  });

  afterAll(async () => {
    await browser?.close();
    await dashboard?.stop();
    shop?.close();
  });

  /** Opens the page and clicks; resolves when the spans of that have ended. The caller closes the page. */
  async function visit(
    exporter: string,
    service: string,
    { from = origin, endpoint = dashboard.otlpUrl } = {},
  ): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    await page.addInitScript(countBeacons);
    const query = new URLSearchParams({ exporter, endpoint, service });
    await page.goto(`${from}/?${query}`);
    await page.getByRole("button").click();
    for (const name of ["documentLoad", "click buy", "POST"]) {
      await page.locator(`body[data-ended*="${name}"]`).waitFor();
    }
    return page;
  }

  describe.each(["fetch-json", "fetch-protobuf", "beacon"])("with the exporter %s", (exporter) => {
    const service = `web ${exporter}`;
    let spans: SpanOfTrace[];
    let points: MetricPoint[];
    let beaconCount: number;
    const named = (name: string) => spans.find((span) => span.name === name);

    beforeAll(async () => {
      const page = await visit(exporter, service);
      points = await readPoints(service, 1, dashboard.url); // the SDK does not send them when it is left
      await page.goto(`${origin}/cart`);
      spans = await readSpans(service, 5, dashboard.url);
      beaconCount = await page.evaluate(() => Number(sessionStorage.getItem("beacons")));
      await page.close();
    });

    test("its spans come back, the last of them sent while it was left", () => {
      const common = {
        spanId: SPAN_ID,
        service,
        resource: including({
          "service.name": service,
          "service.version": "1.2.3",
          "telemetry.sdk.language": "webjs",
          "telemetry.sdk.name": "opentelemetry",
          "telemetry.sdk.version": "2.12.0",
        }),
        startTimeUnixNano: JUST_NOW,
        endTimeUnixNano: JUST_NOW,
        events: [],
        links: [],
      };
      expect(named("click buy")).toEqual({
        ...common,
        traceId: TRACE_ID,
        name: "click buy",
        kind: "internal",
        scope: { name: "shop", version: "4.5.6", attributes: {} },
        attributes: { "item.id": 42, sale: true },
        status: { code: "error", message: "sold out" },
        flags: 0x101,
      });
      expect(named("POST")).toEqual({
        ...common,
        traceId: named("click buy")?.traceId,
        parentSpanId: named("click buy")?.spanId,
        name: "POST",
        kind: "client",
        scope: including({ name: "@opentelemetry/instrumentation-fetch" }),
        attributes: {
          "http.request.method": "POST",
          "http.response.status_code": 409,
          "error.type": "409",
          "url.full": `${origin}/cart`,
          "server.address": "shop.example",
          "server.port": shop.port,
        },
        events: expect.arrayContaining([
          { name: "fetchStart", timeUnixNano: JUST_NOW, attributes: {} },
          { name: "responseEnd", timeUnixNano: JUST_NOW, attributes: {} },
        ]) as [],
        status: { code: "error" },
        flags: 0x101,
      });
      expect(named("documentFetch")?.parentSpanId).toBe(named("documentLoad")?.spanId);
      expect(named("resourceFetch")?.parentSpanId).toBe(named("documentLoad")?.spanId);
    });

    test("its log record comes back with the ids of its span", async () => {
      expect(await readLogs(service, 1, dashboard.url)).toEqual([
        including({
          severityNumber: 13,
          severityText: "WARN",
          body: "low stock",
          attributes: { "item.id": 42 },
          traceId: named("click buy")?.traceId,
          spanId: named("click buy")?.spanId,
        }),
      ]);
    });

    test("its metric points come back", () => {
      expect(points[0]).toEqual(
        including({
          name: "clicks",
          kind: "sum",
          unit: "{click}",
          monotonic: true,
          attributes: { button: "buy" },
          value: { asDouble: 1 },
        }),
      );
    });

    test("its spans were sent by the means that it is named after", () => {
      expect(beaconCount > 0).toBe(exporter === "beacon");
    });
  });

  test("its request to its own server carries the ids of its span", async () => {
    const spans = await readSpans("web fetch-json", 5, dashboard.url);
    const post = spans.find(({ name }) => name === "POST");

    expect(shop.traceParents).toContain(`00-${post?.traceId}-${post?.spanId}-01`);
  });

  test("a page of this machine needs no leave", async () => {
    const { otlpHttpUrl } = inject("dashboard");
    const local = { from: `http://127.0.0.1:${shop.port}`, endpoint: otlpHttpUrl };
    const page = await visit("fetch-json", "web local", local);
    await page.goto(`${local.from}/cart`);

    expect(await readSpans("web local", 5)).toHaveLength(5);
    await page.close();
  });

  test("a dashboard that was not told of the page's origin takes nothing from it", async () => {
    const { otlpHttpUrl } = inject("dashboard");
    const page = await visit("fetch-json", "web refused", { endpoint: otlpHttpUrl });
    // Its metrics leave every half second while it is open.
    const request = await page.waitForEvent("requestfailed", (failed) =>
      failed.url().startsWith(otlpHttpUrl),
    );
    await page.close();

    expect(request.failure()?.errorText).toBe("net::ERR_FAILED"); // what the browser says of CORS
    expect(await readSpans("web refused", 0)).toEqual([]);
    expect(await readPoints("web refused", 0)).toEqual([]);
  });
});

/** Runs in the page, before its own scripts. What is kept in the session outlives the page. */
function countBeacons(): void {
  const sendBeacon = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (url, data) => {
    sessionStorage.setItem("beacons", String(Number(sessionStorage.getItem("beacons")) + 1));
    return sendBeacon(url, data);
  };
}
