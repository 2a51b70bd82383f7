// fixture-server.ts — the page's contract without a dashboard behind it: made-up data, the same in every run.
//
//   node --conditions=@telemetry/source packages/web/testdata/fixture-server.ts [--port 4321] [--empty] [--token x]
//
// It serves packages/web/dist under the strict policy of the real one, so that what works here works there.

import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import type { LiveOverview, LogRecord, PipelineStatus, ServiceSecond, TraceDetail } from "@telemetry/dashboard/contract";
import { METRICS, VIEWS, healthAt, metricSeries } from "./metrics.ts";
import { Random } from "./random.ts";
import { agentTrace, largeTrace, oddTrace, summaryOf } from "./traces.ts";

const DIST = resolve(import.meta.dirname, "../dist");
const SERVICES = ["gateway", "planner", "researcher", "tool-runner", "vector-store", "billing"];

/** Known ids, so that links to them can be written down. */
export const AGENT_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
export const ODD_TRACE = "0af7651916cd43dd8448eb211c80319c";
export const RUNNING_TRACE = "5b8aa5a2d2c872e8321cf37308d69df2";
export const LARGE_TRACE = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

export interface FixtureOptions {
  port?: number;
  /** Nothing has arrived yet. */
  isEmpty?: boolean;
  token?: string;
  /** Answers every question about the past with 503, as while the engine starts. */
  isStarting?: boolean;
  /** Spans of the large trace. */
  largeSpanCount?: number;
  /** New traces and logs keep coming. */
  isLive?: boolean;
}

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

export function startFixture(options: FixtureOptions = {}): Promise<{ server: Server; url: string }> {
  const data = new FixtureData(options);
  const server = createServer((request, response) => void answer(data, options, request, response));
  return new Promise((done) => {
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      const address = server.address();
      done({ server, url: `http://127.0.0.1:${typeof address === "object" ? address!.port : 0}` });
    });
  });
}

class FixtureData {
  readonly random = new Random(7);
  readonly startMs = Date.now();
  readonly traces: TraceDetail[] = [];
  readonly isEmpty: boolean;

  constructor(options: FixtureOptions) {
    this.isEmpty = options.isEmpty === true;
    if (this.isEmpty) return;
    for (let place = 0; place < 160; place++) this.traces.push(agentTrace(this.random, this.startMs - 4_000 - place * 5_500));
    this.traces.unshift(agentTrace(new Random(41), this.startMs - 9_000, AGENT_TRACE));
    this.traces.unshift(oddTrace(new Random(3), this.startMs - 6_000, ODD_TRACE));
    this.traces.push(largeTrace(new Random(5), this.startMs - 60_000, options.largeSpanCount ?? 4_000, LARGE_TRACE));
    const running = agentTrace(new Random(11), this.startMs - 1_500, RUNNING_TRACE);
    for (const span of running.spans.slice(0, 3)) delete span.endTimeUnixNano;
    this.traces.unshift(running);
  }

  get logs(): LogRecord[] {
    return this.traces.flatMap((trace) => trace.logs).sort((a, b) => (a.timeUnixNano < b.timeUnixNano ? 1 : -1));
  }

  overview(isSnapshot: boolean): LiveOverview {
    const now = Math.floor(Date.now() / 1_000);
    const from = isSnapshot ? now - 300 : now - 1;
    return {
      snapshot: isSnapshot,
      services: this.isEmpty ? [] : SERVICES.map((name, place) => ({ name, seconds: seconds(place, from, now) })),
      totals: this.isEmpty ? { spans: 0, logs: 0, points: 0, errors: 0 } : { spans: 481_204 + (now % 10_000) * 12, logs: 92_118 + (now % 10_000) * 3, points: 18_440, errors: 1_204 },
      health: this.isEmpty ? [] : healthAt(now),
    };
  }

  pipeline(): PipelineStatus {
    const elapsed = Math.floor((Date.now() - this.startMs) / 1_000);
    return {
      version: "0.1.0",
      startTimeUnixNano: `${this.startMs - 3_600_000}000000`,
      stations: [
        { station: "receive", state: "ok", counters: { requests: 9_204 + elapsed * 5, spans: 481_204 + elapsed * 120, logs: 92_118 + elapsed * 30, points: 18_440 + elapsed * 4, rejected_rows: 3 }, limits: { body_bytes_max: 16_777_216 } },
        { station: "spool", state: "ok", counters: { appended: 9_204 + elapsed * 5, repeated: 2, bytes: 214_000_000 }, limits: { bytes_max: 2_147_483_648 } },
        { station: "store", state: "degraded", message: "ClickHouse is slow: inserts wait 2.4 s. Nothing is lost; the spool keeps it.", counters: { inserted_rows: 560_110 + elapsed * 150, waiting_rows: 1_204, quarantined: 4 }, limits: { waiting_rows_max: 200_000 } },
        { station: "engine", state: "ok", counters: { queries: 1_204, restarts: 0 }, limits: { memory_bytes_max: 2_147_483_648 } },
        { station: "live", state: "ok", counters: { clients: 2, frames: 18_221 + elapsed * 20, skipped_frames: 0 }, limits: { ring_bytes_max: 67_108_864 } },
        { station: "query", state: "ok", counters: { questions: 412, failed: 0 }, limits: {} },
        { station: "api", state: "ok", counters: { requests: 1_842 }, limits: {} },
      ],
      quarantine: [
        { signal: "traces", timeUnixNano: `${this.startMs - 120_000}000000`, reason: "Cannot insert: Code 53, cannot convert String to Int64 in column SpanAttributes", summary: "span checkout 00f067aa0ba902b7", count: 3 },
        { signal: "logs", timeUnixNano: `${this.startMs - 940_000}000000`, reason: "Cannot insert: DateTime64 out of range", summary: "log of billing, year 2554", count: 1 },
      ],
    };
  }
}

function seconds(place: number, from: number, to: number): ServiceSecond[] {
  const rows: ServiceSecond[] = [];
  for (let second = from; second < to; second++) {
    const random = new Random(second * 17 + place);
    const spans = Math.max(0, Math.round((40 + place * 14) * (1 + 0.35 * Math.sin(second / 24 + place)) + random.between(-9, 9)));
    const isBad = place === 3 && second % 150 < 26;
    const p50 = (6 + place * 9) * random.between(0.85, 1.2);
    rows.push({ second, spans, errors: isBad ? random.whole(4, 12) : random.next() < 0.06 ? 1 : 0, p50Ms: p50, p95Ms: p50 * random.between(2.2, 3) * (isBad ? 2.4 : 1), p99Ms: p50 * random.between(4, 6) });
  }
  return rows;
}

async function answer(data: FixtureData, options: FixtureOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fixture");
  const json = (value: unknown, status = 200): void => {
    response.writeHead(status, { ...HEADERS, "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
  const fail = (status: number, code: string, message: string): void => json({ error: { code, message } }, status);
  if (!url.pathname.startsWith("/api/") && url.pathname !== "/health") return serveFile(url.pathname, response);
  if (url.pathname === "/health") return json({ status: "ok", product: "telemetry", engine: options.isStarting ? "starting" : "ready" });

  if (options.token !== undefined) {
    const isKnown = request.headers.cookie?.includes("telemetry_session=1") || request.headers.authorization === `Bearer ${options.token}`;
    if (!isKnown) return fail(401, "unauthorized", "A token is needed");
    if (url.pathname === "/api/v1/session") response.setHeader("set-cookie", "telemetry_session=1; HttpOnly; SameSite=Strict; Path=/");
  }
  const [, , , route = "", id] = url.pathname.split("/");
  if (route === "live") return live(data, options, url, request, response);
  if (options.isStarting && route !== "pipeline" && route !== "views") {
    response.setHeader("retry-after", "2");
    return fail(503, "unavailable", "Cannot answer the query: ClickHouse is starting");
  }
  const filter = url.searchParams.get("filter") ?? "";
  if (filter.includes("= =")) return fail(400, "invalid_filter", 'Cannot read the filter: a value is expected after "=" at character 9');
  switch (route) {
    case "session":
      return json({});
    case "services":
      return json({ services: data.isEmpty ? [] : SERVICES.map((name, place) => ({ name, rate: 40 + place * 14.2, errorRate: place === 3 ? 0.042 : place === 0 ? 0.0006 : 0, p50Nano: String((6 + place * 9) * 1e6), p95Nano: String((17 + place * 24) * 1e6), p99Nano: String((38 + place * 41) * 1e6) })) });
    case "traces":
      if (id !== undefined) {
        const found = data.traces.find((trace) => trace.traceId === id);
        return found === undefined ? fail(404, "unknown_trace", `Cannot find trace "${id}"`) : json(found);
      }
      return json({ traces: listTraces(data, url, filter) });
    case "logs":
      return json({ logs: data.logs.filter((log) => matchesLog(log, filter)).slice(0, 600) });
    case "metrics":
      if (id === undefined) return json({ metrics: data.isEmpty ? [] : METRICS });
      return json(metricSeries(url.searchParams.get("name") ?? "", (url.searchParams.get("groupBy") ?? "").split(",").filter((key) => key !== ""), Number(url.searchParams.get("from")) / 1e6, Number(url.searchParams.get("to")) / 1e6, Number.parseInt(url.searchParams.get("step") ?? "10", 10) * 1_000));
    case "facets":
      return json(url.searchParams.has("key") ? { values: [{ value: "search", type: "string", count: 196 }, { value: "404", type: "number", count: 12 }], sampledRows: 400 } : { keys: [{ key: "tool.name", count: 775 }, { key: "http.route", count: 160 }], sampledRows: 3_657 });
    case "views":
      return json({ views: data.isEmpty ? [] : VIEWS });
    case "pipeline":
      return json(data.pipeline());
    default:
      return fail(404, "not_found", `Cannot find ${url.pathname}`);
  }
}

/** As much of the filter language as the page's own tests use. */
function listTraces(data: FixtureData, url: URL, filter: string): unknown[] {
  const service = /service = (\S+)/.exec(filter)?.[1];
  const rows = data.traces
    .map(summaryOf)
    .filter((trace) => (service === undefined || trace.services.includes(service)) && (!filter.includes("status = error") || trace.errorCount > 0))
    .filter(() => !filter.includes("nothing"));
  const isSlowest = url.searchParams.get("order") === "slowest";
  rows.sort((a, b) => (isSlowest ? Number(b.durationNano) - Number(a.durationNano) : a.startTimeUnixNano < b.startTimeUnixNano ? 1 : -1));
  return rows;
}

function matchesLog(log: LogRecord, filter: string): boolean {
  const minimum = { debug: 5, info: 9, warn: 13, error: 17 }[/severity >= (\w+)/.exec(filter)?.[1] ?? ""] ?? 0;
  const traceId = /trace = (\w+)/.exec(filter)?.[1];
  const spanId = /span = (\w+)/.exec(filter)?.[1];
  return log.severityNumber >= minimum && (traceId === undefined || log.traceId === traceId) && (spanId === undefined || log.spanId === spanId);
}

function live(data: FixtureData, options: FixtureOptions, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const topics = (url.searchParams.get("topics") ?? "").split(",");
  response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
  let id = 0;
  const send = (event: string, value: unknown): void => void response.write(`id: ${++id}\nevent: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
  send("hello", { version: "0.1.0", frameMs: 50, resumed: false });
  if (topics.includes("overview")) send("overview", data.overview(true));
  if (topics.includes("views")) send("views", { views: data.isEmpty ? [] : VIEWS });
  const random = new Random(99);
  const timer = setInterval(() => {
    if (topics.includes("overview")) send("overview", data.overview(false));
    if (topics.includes("pipeline")) send("pipeline", data.pipeline());
    if (options.isLive !== true || data.isEmpty) return;
    const trace = agentTrace(random, Date.now() - 400);
    data.traces.unshift(trace);
    if (topics.includes("traces")) send("traces", { traces: [summaryOf(trace)], skipped: 0, snapshot: false });
    if (topics.includes("logs")) send("logs", { logs: trace.logs, skipped: 0, snapshot: false });
    if (topics.includes("metrics")) send("metrics", { metrics: [], added: [], snapshot: false });
  }, 1_000);
  request.on("close", () => clearInterval(timer));
}

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

/** Files of the build; every other path is the page, which reads the URL itself. */
function serveFile(path: string, response: ServerResponse): void {
  const wanted = join(DIST, normalize(path));
  const isFile = wanted.startsWith(DIST) && existsSync(wanted) && statSync(wanted).isFile();
  const file = isFile ? wanted : join(DIST, "index.html");
  response.writeHead(200, { ...HEADERS, "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}

if (import.meta.main) {
  const argument = (name: string): string | undefined => process.argv[process.argv.indexOf(name) + 1];
  const has = (name: string): boolean => process.argv.includes(name);
  const { url } = await startFixture({
    port: has("--port") ? Number(argument("--port")) : 4321,
    isEmpty: has("--empty"),
    isStarting: has("--starting"),
    isLive: has("--live"),
    ...(has("--token") ? { token: argument("--token")! } : {}),
    ...(has("--large") ? { largeSpanCount: Number(argument("--large")) } : {}),
  });
  console.log(url);
}
