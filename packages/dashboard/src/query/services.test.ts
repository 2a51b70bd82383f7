import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attributesOf, encodeRequest, spanOf, traceRequest } from "../store/testdata/requests.ts";
import { openQuery, type Query } from "./query.ts";
import { openTestTables, type TestTables } from "./testdata/test-tables.ts";

const SECOND_NS = 1_000_000_000n;
/** A round minute. */
const BASE_NS = 1_750_000_020n * SECOND_NS;

describe("listServices", () => {
  let tables: TestTables;
  let query: Query;
  beforeAll(async () => {
    tables = await openTestTables();
    query = openQuery({ client: tables.client });
    for (const [service, kind] of [
      ["front", 2],
      ["worker", 5],
      ["inner", 1],
    ] as const) {
      // prettier-ignore
      const spans = Array.from({ length: 100 }, (_, index) => {
        const startNs = BASE_NS + BigInt(index) * 2n * SECOND_NS;
        return spanOf(index + 1, {
          kind,
          parentSpanId: service === "inner" ? new Uint8Array(8).fill(1) : new Uint8Array(),
          startTimeUnixNano: String(startNs),
          endTimeUnixNano: String(startNs + BigInt(index + 1) * 1_000_000n),
          status: { code: index % 20 === 0 ? 2 : 0 },
        });
      });
      const resource = { attributes: attributesOf({ "service.name": service }) };
      await tables.insert(
        "traces",
        "protobuf",
        encodeRequest("traces", traceRequest(spans, resource)),
      );
    }
  }, 60_000);
  afterAll(() => tables.close());

  test.each([
    ["from the spans", 240n],
    ["from the roll-up", 3_600n],
  ])("has rate, errors and percentiles of entry spans, %s", async (_, seconds) => {
    const services = await query.services({ fromNs: BASE_NS, toNs: BASE_NS + seconds * SECOND_NS });

    expect(services.map(({ name }) => name)).toEqual(["front", "worker", "inner"]);
    for (const { rate, errorRate, p50Nano, p95Nano, p99Nano } of services.slice(0, 2)) {
      expect(rate).toBeCloseTo(100 / Number(seconds), 9);
      expect(errorRate).toBe(0.05);
      expect(Math.abs(Number(p50Nano) / 1e6 - 50)).toBeLessThanOrEqual(1);
      expect(Math.abs(Number(p95Nano) / 1e6 - 95)).toBeLessThanOrEqual(1);
      expect(Math.abs(Number(p99Nano) / 1e6 - 99)).toBeLessThanOrEqual(1);
    }
    expect(services[2]).toEqual({
      name: "inner",
      rate: 0,
      errorRate: 0,
      p50Nano: "0",
      p95Nano: "0",
      p99Nano: "0",
    });
  });

  test("counts only what starts in the range, to the nanosecond", async () => {
    const [front] = await query.services({
      fromNs: BASE_NS + 1n,
      toNs: BASE_NS + 2n * SECOND_NS + 1n,
    });

    expect(front).toMatchObject({ name: "front", rate: 1 / 2, p50Nano: "2000000" });
  });

  test("rounds a long range out to minutes", async () => {
    const range = { fromNs: BASE_NS + 30n * SECOND_NS, toNs: BASE_NS + 60n * 60n * SECOND_NS };
    const [front] = await query.services(range);

    expect(front?.rate).toBeCloseTo(100 / 3_600, 9);
  });

  // A tenth of all traces, as a sampler with the share 0.1 keeps and marks them.
  test.each([
    ["from the spans", 240n],
    ["from the roll-up", 3_600n],
  ])("counts a sampled span as often as its tracestate says, %s", async (_, seconds) => {
    const dayNs = 86_400n * SECOND_NS;
    const fromNs = BASE_NS + dayNs;
    const traceIds = Array.from({ length: 1_000 }, (_value, index) => randomTraceId(index));
    const kept = traceIds.filter((id) => id.readUIntBE(9, 3) >= 0xe66666);
    const spans = kept.map((traceId, index) =>
      spanOf(index + 1, {
        traceId,
        kind: 2,
        traceState: index % 2 === 0 ? "ot=th:e6666666666666" : "a=1, ot=rv:abc;th:e6666666666666",
        startTimeUnixNano: String(fromNs + 1n),
        endTimeUnixNano: String(fromNs + 1_000_001n),
        status: { code: 2 },
      }),
    );
    const unsampled = spanOf(9_999, { kind: 2, startTimeUnixNano: String(fromNs + 1n) });
    const service = `sampled ${seconds}`;
    const resource = { attributes: attributesOf({ "service.name": service }) };
    const request = traceRequest([...spans, unsampled], resource);
    await tables.insert("traces", "protobuf", encodeRequest("traces", request));

    const services = await query.services({ fromNs, toNs: fromNs + seconds * SECOND_NS });
    const { rate, errorRate } = services.find(({ name }) => name === service) ?? {};
    const counted = (rate ?? 0) * Number(seconds);
    expect(counted).toBeCloseTo(kept.length * 10 + 1, 3);
    expect(Math.abs(counted - 1_000)).toBeLessThan(250);
    expect(errorRate).toBeCloseTo((kept.length * 10) / (kept.length * 10 + 1), 6);
  });
});

/** Sixteen bytes that look random and are the same each time. */
function randomTraceId(index: number): Buffer {
  return createHash("sha256").update(`trace ${index}`).digest().subarray(0, 16);
}
