// `registerView` and `updateDisplay` against a server that speaks the dashboard's part of the API.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  CHART_TYPES,
  createCounter,
  Dashboard,
  registerView,
  startTelemetry,
  updateDisplay,
} from "../index.ts";
import type { Telemetry, TelemetryOptions } from "../index.ts";
import { shared } from "../state/state.ts";
import { OtlpReceiver } from "../testdata/otlp-receiver.ts";

const LIVE = { "telemetry-live": "1; spans=100; metrics=500" };

let receiver: OtlpReceiver;
let telemetry: Telemetry | undefined;

beforeEach(async () => {
  receiver = await OtlpReceiver.open();
  shared.dashboardLink = undefined;
});

afterEach(async () => {
  await telemetry?.shutdown(1_000);
  telemetry = undefined;
  await receiver.close();
});

function start(options: TelemetryOptions = {}): void {
  telemetry = startTelemetry({ runtimeMetrics: false, logLevel: "silent", ...options });
}

function sentViews(): unknown[] {
  return receiver.bodies("/api/v1/views").map((body) => JSON.parse(body.toString("utf8")));
}

describe("registerView", () => {
  test("an unknown chart type is an error that lists the valid ones (141)", () => {
    expect(() => registerView("latency", "pie" as never)).toThrow(
      new TypeError(
        'Cannot register view of "latency": "pie" is not a chart type; use line_chart, bar_chart, stat, gauge, table, heatmap, histogram, log',
      ),
    );
    expect(() => registerView("", "stat")).toThrow(TypeError);
  });

  test("the chart types are the dashboard's", () => {
    const contract = readFileSync(
      join(import.meta.dirname, "../../../dashboard/src/contract/contract.ts"),
      "utf8",
    );
    const list = /CHART_TYPES = \[([^\]]*)\]/.exec(contract)?.[1] ?? "";

    expect([...list.matchAll(/"(\w+)"/g)].map(([, name]) => name)).toEqual([...CHART_TYPES]);
  });

  test("before anything runs a view waits; it is sent when the endpoint turns out to be ours", async () => {
    const view = registerView("orders.paid", "line_chart", {
      title: "Paid",
      aggregate: "rate",
      groupBy: ["method"],
      unit: "1/s",
    });
    receiver.headers = LIVE;
    start({ endpoint: receiver.url });
    createCounter("orders.paid").add(1);

    await receiver.until(() => sentViews().length > 0);

    expect(view).toEqual({
      metricName: "orders.paid",
      chartType: "line_chart",
      title: "Paid",
      aggregate: "rate",
      groupBy: ["method"],
      unit: "1/s",
    });
    expect(sentViews()).toEqual([view]);
  });

  test("nothing is sent to an endpoint that is not ours", async () => {
    registerView("orders.paid", "stat");
    start({ endpoint: receiver.url });
    createCounter("orders.paid").add(1);
    await telemetry?.flush();
    await telemetry?.flush();

    expect(sentViews()).toEqual([]);
  });

  test("the option `dashboard` is asked first, with the exporter's headers only where they belong", async () => {
    const headersOf = async (options: TelemetryOptions): Promise<unknown> => {
      receiver.requests.length = 0;
      start({ headers: { authorization: "Bearer vendor" }, ...options });
      registerView(`orders.${Math.random()}`, "stat");
      await receiver.until(() => sentViews().length > 0);
      await telemetry?.shutdown(100);
      shared.dashboardLink = undefined;
      return receiver.requests.find(({ path }) => path === "/api/v1/views")?.headers.authorization;
    };
    const { url } = receiver;

    expect(await headersOf({ endpoint: url, dashboard: url })).toBe("Bearer vendor");
    expect(await headersOf({ endpoint: "http://127.0.0.1:9", dashboard: url })).toBeUndefined();
    expect(await headersOf({ dashboard: `${url}/#token=secret` })).toBe("Bearer secret");
  });

  test("an option `dashboard` that is no address is an error at the start", () => {
    expect(() => start({ dashboard: "localhost:4320" })).toThrow(
      'Cannot use option dashboard "localhost:4320"',
    );
  });

  test("the same metric, chart and title are one view, several charts are several (141)", async () => {
    start({ dashboard: receiver.url });
    registerView("m", "stat");
    registerView("m", "stat");
    registerView("m", "table");
    registerView("m", "stat", { title: "another" });

    await receiver.until(() => sentViews().length === 3);
    await updateDisplay();

    expect(sentViews()).toHaveLength(3);
  });

  test("is sent again after a failure, and not again after a refusal", async () => {
    receiver.status = 503;
    start({ dashboard: receiver.url });
    registerView("later", "stat");
    await receiver.until(() => sentViews().length === 1);
    receiver.status = 400;
    await receiver.until(() => sentViews().length === 2);
    receiver.status = 200;

    await updateDisplay();

    expect(sentViews()).toHaveLength(2);
  });

  test("at most a hundred wait (141)", () => {
    for (let i = 0; i < 150; i++) registerView(`m${i}`, "stat");

    start({ dashboard: receiver.url });

    return expect(receiver.until(() => sentViews().length === 100)).resolves.toBeUndefined();
  });
});

describe("updateDisplay", () => {
  test("flushes, pushes and tells what was shown (142)", async () => {
    receiver.answers["/api/v1/display"] = {
      clients: 2,
      traces: 3,
      metrics: 4,
      logs: 5,
      timeUnixNano: "1700000000000000000",
    };
    start({ endpoint: receiver.url, dashboard: receiver.url });
    createCounter("shown").add(1);

    expect(await updateDisplay()).toEqual({
      clients: 2,
      traces: 3,
      metrics: 4,
      logs: 5,
      timeUnixNano: "1700000000000000000",
    });

    const paths = receiver.requests.map(({ path }) => path);
    expect(paths.indexOf("/v1/metrics")).toBeLessThan(paths.indexOf("/api/v1/display"));
  });

  test("without a dashboard it resolves with no clients and the reason (142)", async () => {
    expect(await updateDisplay()).toMatchObject({
      clients: 0,
      reason: expect.stringContaining("no dashboard is known"),
    });
  });

  test("a dashboard that is gone, or refuses, is a reason as well", async () => {
    start({ endpoint: receiver.url, dashboard: "http://127.0.0.1:9" });
    expect(await updateDisplay()).toMatchObject({ clients: 0, reason: expect.any(String) });
    await telemetry?.shutdown();

    receiver.status = 401;
    receiver.answers["/api/v1/display"] = { error: { message: "the token is missing" } };
    start({ endpoint: receiver.url, dashboard: receiver.url, timeoutMs: 50 });
    expect(await updateDisplay()).toMatchObject({ clients: 0, reason: "the token is missing" });
  });

  test("concurrent calls share one update after the one that is running (142)", async () => {
    receiver.answers["/api/v1/display"] = { clients: 1 };
    start({ endpoint: receiver.url, dashboard: receiver.url });

    const updates = await Promise.all(Array.from({ length: 10 }, () => updateDisplay()));

    expect(updates.every(({ clients }) => clients === 1)).toBe(true);
    expect(receiver.bodies("/api/v1/display")).toHaveLength(2);
    await updateDisplay();
    expect(receiver.bodies("/api/v1/display")).toHaveLength(3);
  });
});

test("the functions are also grouped (143)", () => {
  expect(Dashboard.registerView).toBe(registerView);
  expect(Dashboard.updateDisplay).toBe(updateDisplay);
});
