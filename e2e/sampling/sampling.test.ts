// sampling.test.ts — two services that send a tenth of 1 000 traces and every error, and the dashboard that shows the
// rates of all of them. (152)

import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LiveOverview, ServiceList } from "../../packages/dashboard/src/contract/contract.ts";
import { get, until } from "../support/api.ts";
import { ended, startDashboard } from "../support/running-dashboard.ts";
import type { RunningDashboard } from "../support/running-dashboard.ts";

const ORDERS = 1_000;
const FAILED = ORDERS / 10;
const WINDOW_SECONDS = 600;
/** The estimate of 1 000 from a tenth of them has a standard deviation of 95; the ids are the same in every run. */
const TOLERANCE = 200;

const APP = join(import.meta.dirname, "app.ts");
const NODE = ["--conditions=@telemetry/source", APP];
let dashboard: RunningDashboard;
let stock: ChildProcess;

beforeAll(async () => {
  dashboard = await startDashboard();
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: dashboard.otlpUrl };
  stock = spawn(process.execPath, [...NODE, "stock"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(stock.stdout!, "data")) as [Buffer];
  const address = port.toString().trim();
  const args = [...NODE, "shop", address, String(ORDERS)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const ofStock = await (await fetch(`http://127.0.0.1:${address}/kept`)).text();
  await ended(stock, "SIGTERM");
  const keptCount = Number(stdout) + Number(ofStock);
  await until("every span that was kept", async () => {
    const [[storedCount]] = (await query("SELECT toUInt32(count()) FROM otel_traces")) as [
      [number],
    ];
    return storedCount === keptCount;
  });
});
afterAll(async () => {
  if (stock !== undefined) await ended(stock, "SIGKILL");
  await dashboard?.stop();
});

/** Rows of an answer of the SQL route. */
async function query(sql: string): Promise<unknown[][]> {
  const response = await fetch(new URL("/api/v1/query/sql", dashboard.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: sql }),
  });
  return ((await response.json()) as { rows: unknown[][] }).rows;
}

test("both services keep the same traces, one those with its errors besides", async () => {
  const kept = (await query(
    `SELECT ServiceName, TraceState, arraySort(groupUniqArray(TraceId))
     FROM otel_traces GROUP BY ALL ORDER BY ALL`,
  )) as [string, string, string[]][];
  expect(kept.map(([service, state]) => [service, state])).toEqual([
    ["shop", "ot=th:e6666666666668"],
    ["stock", "ot=th:0"],
    ["stock", "ot=th:e6666666666668"],
  ]);
  const [restOfShop = [], errors = [], restOfStock = []] = kept.map(([, , traces]) => traces);
  expect(errors).toHaveLength(FAILED);
  expect(restOfShop.length).toBeGreaterThan(50);
  expect(restOfShop.length).toBeLessThan(150);
  const isError = new Set(errors);
  expect(restOfStock).toEqual(restOfShop.filter((id) => !isError.has(id)));
});

test("the API's rates are those of all orders, and the share of errors is right", async () => {
  const path = `/api/v1/services?from=-${WINDOW_SECONDS}s`;
  const { services } = await get<ServiceList>(dashboard.url, path);
  expect(services.map(({ name }) => name).sort()).toEqual(["shop", "stock"]);
  for (const { name, rate, errorRate } of services) {
    expect(Math.abs(rate * WINDOW_SECONDS - ORDERS), name).toBeLessThan(TOLERANCE);
    const errors = rate * errorRate * WINDOW_SECONDS;
    expect(errors, name).toBeCloseTo(name === "stock" ? FAILED : 0, 6);
  }
});

test("so does the live overview", async () => {
  const response = await fetch(new URL("/api/v1/live?topics=overview", dashboard.url));
  let text = "";
  let overview: LiveOverview | undefined;
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const data = /^event: overview\ndata: (.*)\n\n/m.exec(text)?.[1];
    if (data === undefined) continue;
    overview = JSON.parse(data) as LiveOverview;
    break;
  }
  const sums = overview!.services.map(({ name, seconds }) => {
    const sum = (of: "spans" | "errors"): number =>
      seconds.reduce((total, second) => total + second[of], 0);
    return { name, spans: sum("spans"), errors: sum("errors") };
  });
  const byName = Object.fromEntries(sums.map((of) => [of.name, of]));
  expect(Math.abs(byName["stock"]!.spans - ORDERS)).toBeLessThan(TOLERANCE);
  expect(byName["stock"]!.errors).toBeCloseTo(FAILED, 1);
  // Two spans for each order.
  expect(Math.abs(byName["shop"]!.spans - 2 * ORDERS)).toBeLessThan(2 * TOLERANCE);
});
