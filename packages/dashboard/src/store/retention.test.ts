import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Station } from "../self/self.ts";
import { enforceRetention } from "./retention.ts";
import { openTestStore, type TestStore } from "./testdata/open-test-store.ts";
import { nanosecondsAt, spanOf, traceRequest } from "./testdata/requests.ts";

const DAY_MS = 86_400_000;
const nowMs = Date.now();
let test1: TestStore;

beforeAll(async () => {
  test1 = await openTestStore({ retentionMs: 30 * DAY_MS });
  await test1.engine.whenReady();
});

afterAll(() => test1.close());

/** 20 spans on each of the last days, in a request of their own. */
async function sendDays(days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    const startTimeUnixNano = nanosecondsAt(nowMs - day * DAY_MS);
    const spans = Array.from({ length: 20 }, (_, i) =>
      spanOf(day * 100 + i, { startTimeUnixNano }),
    );
    await test1.send("traces", traceRequest(spans));
  }
  await test1.store.drained();
}

async function enforce(limits: { ageMsMax?: number; bytesMax?: number }) {
  const station = new Station("store");
  const options = { ageMsMax: 30 * DAY_MS, bytesMax: Infinity, ...limits };
  await enforceRetention({ client: test1.client, station, nowMs, ...options });
  return station.status().counters;
}

const partitions = () =>
  test1
    .rows<{ partition: string }>(
      "SELECT DISTINCT partition FROM system.parts WHERE active AND table = 'otel_traces' AND database = currentDatabase() ORDER BY partition",
    )
    .then((rows) => rows.length);

describe("Retention", () => {
  test("drops nothing below its limits", async () => {
    await sendDays(5);
    expect(await enforce({})).toEqual({ stored_bytes: expect.any(Number) });
    expect(await test1.count("otel_traces")).toBe(100);
  });

  test("drops by age the parts whose newest row is too old, of all tables, and counts the rows", async () => {
    const counters = await enforce({ ageMsMax: 2.5 * DAY_MS });
    expect(counters).toMatchObject({ stored_rows_expired: 40 });
    expect(await test1.count("otel_traces")).toBe(60);
    expect(await test1.count("telemetry_trace_summary WHERE Minute < now() - INTERVAL 3 DAY")).toBe(
      0,
    );
  });

  test("drops by bytes the oldest partition first, and only as many as needed", async () => {
    expect(await partitions()).toBe(3);
    const { stored_bytes: bytes = 0 } = await enforce({});
    const counters = await enforce({ bytesMax: bytes - 1 });
    expect(counters).toMatchObject({ stored_rows_evicted: 20 });
    expect(await partitions()).toBe(2);
    expect(counters["stored_bytes"]).toBeLessThan(bytes);
  });

  test("drops of the last partition the oldest parts, down to the limit", async () => {
    await enforce({ ageMsMax: 0.5 * DAY_MS });
    expect(await partitions()).toBe(1);
    const counters = await enforce({ bytesMax: 0 });
    expect(counters).toMatchObject({ stored_bytes: 0, stored_rows_evicted: 20 });
  });

  test("leaves tables of others alone", async () => {
    await test1.client.command({
      query: "ALTER TABLE otel_traces MODIFY COMMENT 'a Collector made this'",
    });
    await sendDays(1);
    expect(await enforce({ bytesMax: 0 })).toMatchObject({ stored_rows_evicted: 0 });
    expect(await test1.count("otel_traces")).toBe(20);
  });
});
