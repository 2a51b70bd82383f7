import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { PipelineStatus } from "../contract/contract.ts";
import type { Engine } from "../engine/engine.ts";
import { openLive } from "../live/live.ts";
import { openQuery, type Query } from "../query/query.ts";
import { openTestTables, type TestTables } from "../query/testdata/test-tables.ts";
import { Station } from "../self/self.ts";
import { Views } from "../views/views.ts";
import { Access } from "./access.ts";
import { createApi } from "./api.ts";

const TRACE_ID = "5b8efff798038103d269b633813fc60c";
const NOW_NS = BigInt(Date.now()) * 1_000_000n;

/** As a person would send it with curl. */
const SPAN_JSON = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},
"scopeSpans":[{"scope":{"name":"by hand","version":"1"},"spans":[{
  "traceId":"${TRACE_ID.toUpperCase()}","spanId":"EEE19B7EC3C1B174","name":"pay","kind":2,
  "startTimeUnixNano":"${NOW_NS}","endTimeUnixNano":"${NOW_NS + 5_000_000n}",
  "attributes":[
    {"key":"error","value":{"boolValue":true}},
    {"key":"error.type","value":{"stringValue":"x"}},
    {"key":"big","value":{"intValue":"9007199254740993"}},
    {"key":"one","value":{"doubleValue":1.0}},
    {"key":"int","value":{"intValue":"1"}}],
  "events":[{"name":"retry","timeUnixNano":"${NOW_NS + 1n}","attributes":[{"key":"wait","value":{"doubleValue":2.0}}]}],
  "links":[{"traceId":"${"0A".repeat(16)}","spanId":"${"0b".repeat(8)}","traceState":"a=b","flags":1,"droppedAttributesCount":2,
    "attributes":[{"key":"why","value":{"stringValue":"retry of"}}]}],
  "traceState":"c=d","flags":257,"droppedEventsCount":3,
  "status":{"code":2,"message":"card declined"}}]}]}]}`;

const LOG_JSON = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{
  "timeUnixNano":"${NOW_NS + 2n}","severityNumber":17,"severityText":"ERROR","body":{"stringValue":"declined"},
  "traceId":"${TRACE_ID}","spanId":"eee19b7ec3c1b174"}]}]}]}`;

describe("the API", () => {
  let tables: TestTables;
  let server: Server;
  let url: string;
  const engine: { state: Engine["state"]; onStateChange: () => () => void } = {
    state: "ready",
    onStateChange: () => () => undefined,
  };
  const station = new Station("api");
  const unforeseen: unknown[] = [];
  /** The last question for exactly one minute of services, which is never answered. Two minutes fail. */
  const asked: { signal?: AbortSignal | undefined } = {};

  beforeAll(async () => {
    tables = await openTestTables();
    const stored = openQuery({ client: tables.client });
    const query: Query = {
      ...stored,
      services: (range, signal) => {
        if (range.toNs - range.fromNs === 120_000_000_000n) throw new Error("secret");
        if (range.toNs - range.fromNs !== 60_000_000_000n) return stored.services(range, signal);
        asked.signal = signal;
        return new Promise(() => {});
      },
    };
    const pipeline = (): PipelineStatus => ({
      version: "1.2.3",
      startTimeUnixNano: "1",
      stations: [query.status()],
      quarantine: [],
    });
    const app = createApi({
      access: new Access({ host: "127.0.0.1" }),
      engine,
      query,
      live: openLive({ version: "1.2.3", pipeline }),
      views: new Views({ client: tables.client, engine }),
      pipeline,
      station,
      tell: (error) => unforeseen.push(error),
    });
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
    server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await tables.insert("traces", "json", Buffer.from(SPAN_JSON));
    await tables.insert("logs", "json", Buffer.from(LOG_JSON));
  }, 60_000);
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await tables.close();
    expect(unforeseen).toEqual([]);
  });

  const get = (path: string, init?: RequestInit) => fetch(url + path, init);
  const errorOf = async (response: Response) => {
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return { status: response.status, ...error };
  };

  test("returns a span with its attributes as they were sent, types and all", async () => {
    const response = await get(`/api/v1/traces/${TRACE_ID}`);
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(text).toContain(
      '"attributes":{"error":true,"error.type":"x","big":"9007199254740993","one":1.0,"int":1}',
    );
    expect(JSON.parse(text)).toEqual({
      traceId: TRACE_ID,
      spans: [
        {
          spanId: "eee19b7ec3c1b174",
          name: "pay",
          kind: "server",
          startTimeUnixNano: String(NOW_NS),
          endTimeUnixNano: String(NOW_NS + 5_000_000n),
          attributes: { error: true, "error.type": "x", big: "9007199254740993", one: 1, int: 1 },
          service: "checkout",
          resource: { "service.name": "checkout" },
          scope: { name: "by hand", version: "1", attributes: {} },
          events: [{ name: "retry", timeUnixNano: String(NOW_NS + 1n), attributes: { wait: 2 } }],
          links: [
            {
              traceId: "0a".repeat(16),
              spanId: "0b".repeat(8),
              traceState: "a=b",
              flags: 1,
              attributes: { why: "retry of" },
              droppedAttributesCount: 2,
            },
          ],
          status: { code: "error", message: "card declined" },
          flags: 257,
          traceState: "c=d",
          droppedEventsCount: 3,
        },
      ],
      logs: [
        {
          timeUnixNano: String(NOW_NS + 2n),
          severityNumber: 17,
          severityText: "ERROR",
          body: "declined",
          attributes: {},
          service: "",
          resource: {},
          scope: { name: "", attributes: {} },
          traceId: TRACE_ID,
          spanId: "eee19b7ec3c1b174",
        },
      ],
      exemplars: [],
    });
  });

  test.each([
    TRACE_ID.toUpperCase(),
    TRACE_ID.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5"),
  ])("finds a trace by %s", async (id) => {
    expect(await (await get(`/api/v1/traces/${id}`)).json()).toMatchObject({ traceId: TRACE_ID });
  });

  test("lists what there is", async () => {
    const read = async (path: string): Promise<unknown> => (await get(path)).json();

    expect(await read("/api/v1/traces?filter=status%20%3D%20error")).toMatchObject({
      traces: [{ traceId: TRACE_ID, rootName: "pay", spanCount: 1, durationNano: "5000000" }],
    });
    expect(await read(`/api/v1/logs?traceId=${TRACE_ID}`)).toMatchObject({
      logs: [{ body: "declined" }],
    });
    expect(await read("/api/v1/logs?filter=severity%20%3C%20error")).toEqual({ logs: [] });
    expect(await read("/api/v1/services?from=-10m")).toMatchObject({
      services: [{ name: "checkout", errorRate: 1, p50Nano: "5000000" }],
    });
    expect(await read("/api/v1/metrics")).toEqual({ metrics: [] });
    expect(await read("/health")).toEqual({ status: "ok", product: "telemetry", engine: "ready" });
    expect(await read("/api/v1/pipeline")).toMatchObject({
      version: "1.2.3",
      stations: [{ station: "query", counters: { queries: expect.any(Number) as number } }],
      quarantine: [],
    });
  });

  test.each([
    [`/api/v1/traces/${"0".repeat(31)}1`, 404, "unknown_trace"],
    ["/api/v1/traces/xyz", 400, "invalid_parameter"],
    ["/api/v1/traces?limit=0", 400, "invalid_parameter"],
    ["/api/v1/traces?limit=x", 400, "invalid_parameter"],
    ["/api/v1/traces?order=size", 400, "invalid_parameter"],
    ["/api/v1/traces?form=-1h", 400, "invalid_parameter"],
    ["/api/v1/traces?from=yesterday", 400, "invalid_parameter"],
    ["/api/v1/traces?from=1700000000", 400, "invalid_parameter"],
    ["/api/v1/traces?from=now&to=-1h", 400, "invalid_parameter"],
    ["/api/v1/traces?cursor=abc", 400, "invalid_parameter"],
    ["/api/v1/traces?filter=a%20%3D", 400, "filter_syntax"],
    ["/api/v1/traces?filter=duration%20%3E%205", 400, "filter_syntax"],
    ["/api/v1/logs?filter=(", 400, "filter_syntax"],
    ["/api/v1/nothing", 404, "no_route"],
    ["/api/v2/traces", 404, "no_route"],
  ])("%s is %i %s", async (path, status, code) => {
    const error = await errorOf(await get(path));

    expect(error).toMatchObject({ status, code });
    expect(error.message).toMatch(/^Cannot /);
  });

  test("says where a filter is wrong", async () => {
    const response = await get("/api/v1/traces?filter=a%20%3D%20%3D%20b");

    expect(await response.json()).toEqual({
      error: {
        code: "filter_syntax",
        message: 'Cannot read the filter: a value is expected before "=" at character 5',
        position: 4,
      },
    });
  });

  test("answers later, at once, while the engine is not ready", async () => {
    engine.state = "down";
    try {
      const response = await get("/api/v1/traces");

      expect(response.headers.get("retry-after")).toBe("1");
      expect(await errorOf(response)).toMatchObject({ status: 503, code: "unavailable" });
      expect(await (await get("/health")).json()).toMatchObject({
        status: "degraded",
        engine: "down",
      });
    } finally {
      engine.state = "ready";
    }
  });

  test("answers about metrics, keys and values", async () => {
    const read = async (path: string): Promise<unknown> => (await get(path)).json();
    const point = { timeUnixNano: String(NOW_NS), asInt: "7", attributes: [{ key: "room", value: { stringValue: "hall" } }] }; // prettier-ignore
    const metric = { name: "lamps", unit: "1", gauge: { dataPoints: [point] } };
    const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] };
    await tables.insert("metrics", "json", Buffer.from(JSON.stringify(request)));

    expect(await read("/api/v1/metrics?name=lamps")).toEqual({
      metrics: [
        {
          name: "lamps",
          type: "gauge",
          unit: "1",
          description: "",
          services: [""],
          attributeKeys: ["room"],
        },
      ],
    });
    expect(
      await read(
        "/api/v1/metrics/query?name=lamps&groupBy=room,%20service&step=60s&aggregate=max&to=now&from=-10m",
      ),
    ).toMatchObject({
      series: [{ attributes: { room: "hall" }, points: [[expect.any(String), 7]] }],
      stepSeconds: 60,
    });
    expect(await read("/api/v1/facets?signal=metrics&filter=room%20%3D%20hall")).toEqual({
      keys: [{ key: "room", count: 1 }],
      sampledRows: 1,
    });
    expect(await read("/api/v1/facets?signal=traces&key=status")).toMatchObject({
      values: [{ value: "Error", type: "string", count: 1 }],
    });
    expect(
      await errorOf(await get("/api/v1/metrics/query?name=lamps&aggregate=p95")),
    ).toMatchObject({
      status: 400,
      message:
        'Cannot aggregate "lamps" as p95: it is a gauge, and percentiles need a histogram or a summary',
    });
    expect(await errorOf(await get("/api/v1/metrics/query"))).toMatchObject({ status: 400 });
  });

  test("runs SQL that reads, and says why it does not run other", async () => {
    const run = (query: string) =>
      get("/api/v1/query/sql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query }),
      });

    expect(await (await run("SELECT 1 AS one")).json()).toEqual({
      columns: [{ name: "one", type: "UInt8" }],
      rows: [[1]],
      isTruncated: false,
    });
    expect(await errorOf(await run("DROP TABLE otel_logs"))).toMatchObject({
      status: 400,
      code: "sql_refused",
    });
  });

  test("an error that nobody foresaw is told to the log, not to the asker", async () => {
    const response = await get("/api/v1/services?from=-2m");

    expect(response.headers.get("retry-after")).toBe("1");
    expect(await errorOf(response)).toMatchObject({ status: 503, code: "unexpected" });
    expect(unforeseen.splice(0)).toEqual([new Error("secret")]);
  });

  test("counts its answers", async () => {
    const before = station.status().counters;
    await get("/health");
    await get("/api/v1/nothing");
    const { answers = 0, refused = 0 } = before;

    expect(station.status().counters).toMatchObject({ answers: answers + 2, refused: refused + 1 });
  });

  test("keeps views: registered, listed, deleted", async () => {
    const post = (body: unknown, type = "application/json") =>
      get("/api/v1/views", {
        method: "POST",
        headers: { "content-type": type },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    const response = await post({ metricName: "tokens", chartType: "stat" });
    const view = (await response.json()) as { id: string };

    expect(response.status).toBe(201);
    expect(await (await get("/api/v1/views")).json()).toEqual({ views: [view] });
    expect((await get(`/api/v1/views/${view.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await get(`/api/v1/views/${view.id}`, { method: "DELETE" })).status).toBe(404);
    expect(await errorOf(await post({ metricName: "tokens", chartType: "pie" }))).toMatchObject({
      status: 400,
      message: expect.stringContaining("chartType") as string,
    });
    expect(await errorOf(await post("{"))).toMatchObject({ status: 400, code: "invalid_json" });
    expect(await errorOf(await post("{}", "text/plain"))).toMatchObject({ status: 415 });
    expect(await errorOf(await post("x".repeat(70_000)))).toMatchObject({ status: 413 });
  });

  test("refuses pages of others, and says to browsers what they may do", async () => {
    const response = await get("/api/v1/views", {
      method: "POST",
      headers: { origin: "http://evil.example", "content-type": "application/json" },
      body: "{}",
    });

    expect(await errorOf(response)).toMatchObject({ status: 403, code: "origin_refused" });
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect((await get("/api/v1/views")).headers.get("cache-control")).toBe("no-store");
  });

  test("tells the query when its asker has gone", async () => {
    const leave = new AbortController();
    const answer = get("/api/v1/services?from=-1m", { signal: leave.signal });
    const signal = await vi.waitFor(() => {
      expect(asked.signal).toBeDefined();
      return asked.signal as AbortSignal;
    });
    expect(signal.aborted).toBe(false);
    leave.abort();

    await expect(answer).rejects.toThrow("aborted");
    await vi.waitFor(() => expect(signal.aborted).toBe(true));
  });
});
