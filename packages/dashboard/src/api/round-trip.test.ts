// What is posted as OTLP JSON is answered by the API, as it was sent, within a second: through the receiver,
// the spool, the store's thread and the engine's process.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDashboard, type DashboardHandle } from "../index.ts";

const directory = mkdtempSync(join(tmpdir(), "telemetry-round-trip-"));
let dashboard: DashboardHandle;
beforeAll(async () => {
  dashboard = await openDashboard({
    dataDirectory: directory,
    port: 0,
    otlpHttpPort: "off",
    otlpGrpcPort: "off",
  });
  await dashboard.engineReady();
}, 60_000);
afterAll(async () => {
  await dashboard.close();
  rmSync(directory, { recursive: true, force: true });
});

const ATTRIBUTES = `[
  {"key":"error","value":{"boolValue":true}},
  {"key":"error.type","value":{"stringValue":"x"}},
  {"key":"big","value":{"intValue":"9007199254740993"}},
  {"key":"one","value":{"doubleValue":1.0}}]`;

/** Posts a span as curl would, and asks until it is there. Returns the answer and how long that took. */
async function roundTrip(traceId: string): Promise<{ text: string; elapsedMs: number }> {
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${traceId}","spanId":"eee19b7ec3c1b174",
"name":"by hand","kind":2,"startTimeUnixNano":"${startNs}","endTimeUnixNano":"${startNs + 1n}","attributes":${ATTRIBUTES}}]}]}]}`;
  const headers = { "content-type": "application/json" };
  const startedAt = performance.now();
  const posted = await fetch(new URL("v1/traces", dashboard.url), {
    method: "POST",
    headers,
    body,
  });
  expect(posted.status).toBe(200);
  for (;;) {
    const answer = await fetch(new URL(`api/v1/traces/${traceId}`, dashboard.url));
    const text = await answer.text();
    const elapsedMs = performance.now() - startedAt;
    if (answer.status === 200 || elapsedMs > 15_000) return { text, elapsedMs };
    expect([404, 503]).toContain(answer.status); // 503 while the tables are being made
  }
}

test("a span posted as JSON is answered within a second, with its attributes intact", async () => {
  await roundTrip("5b8efff798038103d269b633813fc600");
  const trips = [];
  for (const end of ["1", "2", "3"])
    trips.push(await roundTrip(`5b8efff798038103d269b633813fc60${end}`));

  for (const { text } of trips) {
    expect(text).toContain(
      '"attributes":{"error":true,"error.type":"x","big":"9007199254740993","one":1.0}',
    );
  }
  // The fastest of three: the machine may have other things to do.
  expect(Math.min(...trips.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(1_000);
}, 60_000);
