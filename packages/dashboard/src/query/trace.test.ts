import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  attributesOf,
  encodeRequest,
  logRequest,
  metricRequest,
  nanosecondsAt,
  spanOf,
  traceRequest,
} from "../store/testdata/requests.ts";
import { openQuery, type Query } from "./query.ts";
import { openTestTables, type TestTables } from "./testdata/test-tables.ts";

const NOW_MS = Date.now() - 600_000;
const idOf = (byte: string) => byte.repeat(16);
const bytesOf = (id: string) => new Uint8Array(Buffer.from(id, "hex"));

async function all<Value>(values: AsyncIterable<Value> | undefined): Promise<Value[]> {
  const found: Value[] = [];
  for await (const value of values ?? []) found.push(value);
  return found;
}

describe("findTrace", () => {
  let tables: TestTables;
  let query: Query;
  beforeAll(async () => {
    tables = await openTestTables();
    query = openQuery({ client: tables.client });
  }, 60_000);
  afterAll(() => tables.close());

  const insertSpans = (traceId: string, count: number, stepMs: number) =>
    tables.insert(
      "traces",
      "protobuf",
      encodeRequest(
        "traces",
        traceRequest(
          Array.from({ length: count }, (_, index) =>
            spanOf(index + 1, {
              traceId: bytesOf(traceId),
              startTimeUnixNano: nanosecondsAt(NOW_MS + index * stepMs, 999_999),
              endTimeUnixNano: nanosecondsAt(NOW_MS + index * stepMs + 1),
            }),
          ),
        ),
      ),
    );

  test("has all spans, from the first nanosecond to the last, in order", async () => {
    await insertSpans(idOf("a1"), 40, 7_300);

    const spans = await all((await query.trace(idOf("a1")))?.spans);

    expect(spans.map(({ name }) => name)).toEqual(
      Array.from({ length: 40 }, (_, index) => `span ${index + 1}`),
    );
  });

  test("has its logs and the exemplars of every kind of metric, and nobody else's", async () => {
    await insertSpans(idOf("b2"), 1, 0);
    const log = (traceId: string, text: string) => ({
      timeUnixNano: nanosecondsAt(NOW_MS),
      traceId: bytesOf(traceId),
      body: { stringValue: text },
    });
    await tables.insert("logs", "protobuf", encodeRequest("logs", logRequest([log(idOf("b2"), "mine"), log(idOf("c3"), "other")]))); // prettier-ignore
    const exemplars = ["b2", "c3"].map((byte, index) => ({
      timeUnixNano: nanosecondsAt(NOW_MS + index),
      asDouble: 2.5,
      traceId: bytesOf(idOf(byte)),
      spanId: bytesOf(byte.repeat(8)),
      filteredAttributes: attributesOf({ user: "u" }),
    }));
    const point = { timeUnixNano: nanosecondsAt(NOW_MS + 60_000), exemplars };
    const metrics = [
      { name: "a gauge", gauge: { dataPoints: [{ ...point, asInt: 1 }] } },
      { name: "b sum", sum: { aggregationTemporality: 2, dataPoints: [{ ...point, asInt: 1 }] } },
      { name: "c histogram", histogram: { aggregationTemporality: 2, dataPoints: [{ ...point, count: 1 }] } },
      { name: "d exponential", exponentialHistogram: { aggregationTemporality: 2, dataPoints: [{ ...point, count: 1 }] } },
    ]; // prettier-ignore
    await tables.insert("metrics", "protobuf", encodeRequest("metrics", metricRequest(metrics)));

    const trace = await query.trace(idOf("b2"));

    expect((await all(trace?.logs)).map(({ body }) => body)).toEqual(["mine"]);
    const found = (await all(trace?.exemplars)).toSorted((a, b) =>
      a.metricName < b.metricName ? -1 : 1,
    );
    expect(found.map(({ metricName }) => metricName)).toEqual(metrics.map(({ name }) => name));
    expect(found[0]).toEqual({
      metricName: "a gauge",
      service: "checkout",
      timeUnixNano: nanosecondsAt(NOW_MS),
      value: 2.5,
      traceId: idOf("b2"),
      spanId: "b2".repeat(8),
    });
  });

  test("is there with its logs alone", async () => {
    const record = {
      timeUnixNano: nanosecondsAt(NOW_MS),
      traceId: bytesOf(idOf("d4")),
      body: { stringValue: "early" },
    };
    await tables.insert("logs", "protobuf", encodeRequest("logs", logRequest([record])));

    const trace = await query.trace(idOf("d4"));

    expect(await all(trace?.spans)).toEqual([]);
    expect(await all(trace?.logs)).toMatchObject([{ body: "early" }]);
  });

  test("is found without the table of time ranges, where another writer filled the tables", async () => {
    await insertSpans(idOf("e5"), 3, 1_000);
    await tables.client.command({ query: "TRUNCATE TABLE otel_traces_trace_id_ts" });

    expect(await all((await query.trace(idOf("e5")))?.spans)).toHaveLength(3);
  });

  test("is undefined where nothing is", async () => {
    expect(await query.trace(idOf("ff"))).toBeUndefined();
  });
});
