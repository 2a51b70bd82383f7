import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";

import { createCounter, createGauge, createHistogram, startTelemetry, withSpan } from "../index.ts";
import type { Telemetry, TelemetryOptions } from "../index.ts";
import { familyName, labelName } from "./names.ts";
import { openPrometheus, startPrometheusServer } from "./prometheus.ts";
import type { PrometheusEndpoint, PrometheusServer } from "./prometheus.ts";

const OPEN_METRICS = "application/openmetrics-text; version=1.0.0,text/plain;q=0.5";

let telemetry: Telemetry | undefined;
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  await telemetry?.shutdown(1_000);
  telemetry = undefined;
});

function start(options: TelemetryOptions = {}): void {
  process.env["OTEL_METRICS_EXPORTER"] = "none";
  telemetry = startTelemetry({
    serviceName: "shop",
    endpoint: "http://127.0.0.1:9",
    runtimeMetrics: false,
    logLevel: "silent",
    ...options,
  });
  delete process.env["OTEL_METRICS_EXPORTER"];
}

function open(): PrometheusEndpoint {
  const endpoint = openPrometheus();
  endings.push(() => endpoint.close());
  return endpoint;
}

/** The lines of the families whose name begins so. */
function linesOf(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.replace(/^# \w+ /, "").startsWith(name));
}

describe("openPrometheus", () => {
  test("a counter has HELP, TYPE and _total once, units and escaped labels (108)", async () => {
    const prometheus = open();
    start();
    const counter = createCounter("prom.bytes.total", {
      unit: "By",
      description: "What\\came\nin",
    });
    counter.add(2, { "http.route": 'a"b\\c\nd' });
    counter.add(0.5, { "http.route": 'a"b\\c\nd' });

    expect(linesOf(await prometheus.text(), "prom_bytes")).toEqual([
      "# HELP prom_bytes_total What\\\\came\\nin",
      "# TYPE prom_bytes_total counter",
      'prom_bytes_total{http_route="a\\"b\\\\c\\nd",otel_scope_name="telemetry",otel_scope_version="0.1.0"} 2.5',
    ]);
  });

  test("a histogram has cumulative buckets with +Inf, sum and count (108)", async () => {
    const prometheus = open();
    start();
    const histogram = createHistogram("prom.latency", { unit: "s", boundaries: [0.1, 1] });
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.record(value);

    const scope = 'otel_scope_name="telemetry",otel_scope_version="0.1.0"';
    expect(linesOf(await prometheus.text(), "prom_latency")).toEqual([
      "# TYPE prom_latency_seconds histogram",
      `prom_latency_seconds_bucket{${scope},le="0.1"} 2`,
      `prom_latency_seconds_bucket{${scope},le="1"} 3`,
      `prom_latency_seconds_bucket{${scope},le="+Inf"} 4`,
      `prom_latency_seconds_sum{${scope}} 7.65`,
      `prom_latency_seconds_count{${scope}} 4`,
    ]);
  });

  test("an exponential histogram becomes a classic one", async () => {
    const prometheus = open();
    start();
    const histogram = createHistogram("prom.sizes", { exponential: true });
    for (const value of [0, 1, 4, 4, 100]) histogram.record(value);

    const lines = linesOf(await prometheus.text(), "prom_sizes_bucket");
    const counts = lines.map((line) => Number(line.split(" ").at(-1)));

    expect(counts[0]).toBe(1);
    expect(counts.at(-1)).toBe(5);
    expect(counts).toEqual(counts.toSorted((left, right) => left - right));
    expect(lines.at(-1)).toContain('le="+Inf"');
  });

  test("gauges, sums that go down, callbacks and the resource", async () => {
    const prometheus = open();
    start();
    createGauge("prom.share", { unit: "1", callback: () => 0.25 });
    createGauge("prom.odd").record(-3, { list: [1, "x"], "a.b": 1, a_b: 2 });

    const text = await prometheus.text();

    expect(linesOf(text, "prom_share")).toContain("# TYPE prom_share_ratio gauge");
    expect(linesOf(text, "prom_odd").at(-1)).toContain('{a_b="1;2",list="[1,\\"x\\"]",');
    expect(linesOf(text, "target_info").at(-1)).toMatch(
      /^target_info\{.*service_name="shop".*\} 1$/,
    );
  });

  test("OpenMetrics is given to those who ask, with exemplars and an end", async () => {
    const prometheus = open();
    start();
    const traceId = withSpan("work", (span) => {
      createCounter("prom.seen").add(1);
      createHistogram("prom.slow", { boundaries: [1] }).record(3);
      return span.spanContext().traceId;
    });

    const text = await prometheus.text(OPEN_METRICS);

    expect(linesOf(text, "prom_seen")[0]).toBe("# TYPE prom_seen counter");
    expect(linesOf(text, "prom_seen_total")[0]).toMatch(
      new RegExp(
        `^prom_seen_total\\{.*\\} 1 # \\{trace_id="${traceId}",span_id="\\w{16}"\\} 1 \\d+\\.\\d{3}$`,
      ),
    );
    expect(linesOf(text, "prom_slow_bucket")[0]).not.toContain("trace_id");
    expect(linesOf(text, "prom_slow_bucket")[1]).toContain(traceId);
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(await prometheus.text()).not.toContain("trace_id");
  });

  test("one family never has two types", async () => {
    const prometheus = open();
    start();
    createGauge("prom.same").record(1);
    createHistogram("prom.same").record(1);

    expect(linesOf(await prometheus.text(), "prom_same")).toHaveLength(2);
  });

  test("counts from when it was opened, also beside a running export, and stops when closed", async () => {
    start();
    const counter = createCounter("prom.late");
    counter.add(5);
    const prometheus = open();
    counter.add(1);

    expect(linesOf(await prometheus.text(), "prom_late").at(-1)).toMatch(/ 1$/);
    expect(linesOf(await prometheus.text(), "prom_late").at(-1)).toMatch(/ 1$/);
    prometheus.close();
    counter.add(1);
    expect(linesOf(await prometheus.text(), "prom_late")).toEqual([]);
  });

  test("without telemetry there is only the target", async () => {
    expect(await open().text()).toBe("# TYPE target_info gauge\ntarget_info 1\n");
  });

  test("answers a request of a server of the app's own", async () => {
    const prometheus = open();
    start();
    createCounter("prom.own").add(1);
    const server: Server = createServer((request, response) =>
      prometheus.handle(request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endings.push(() => server.close());
    const { port } = server.address() as AddressInfo;

    const plain = await fetch(`http://127.0.0.1:${port}/`);
    const open_ = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: OPEN_METRICS } });

    expect(plain.headers.get("content-type")).toContain("version=0.0.4");
    expect(await plain.text()).toContain("prom_own_total");
    expect(open_.headers.get("content-type")).toContain("openmetrics-text");
  });
});

describe("startPrometheusServer", () => {
  async function serve(...args: [number?, string?]): Promise<PrometheusServer> {
    const server = await startPrometheusServer(...args);
    endings.push(() => server.stop());
    return server;
  }

  test("serves /metrics and nothing else, until it is stopped", async () => {
    const server = await serve(0);

    expect(server.url).toBe(`http://127.0.0.1:${server.port}/metrics`);
    expect((await fetch(server.url)).status).toBe(200);
    expect((await fetch(new URL("/", server.url))).status).toBe(404);
    await server.stop();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test("a port that is taken is the system's error", async () => {
    const server = await serve(0);

    await expect(startPrometheusServer(server.port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("the variables of the specification name port and host", async () => {
    process.env["OTEL_EXPORTER_PROMETHEUS_PORT"] = "0";
    process.env["OTEL_EXPORTER_PROMETHEUS_HOST"] = "::1";
    try {
      expect((await serve()).url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
    } finally {
      delete process.env["OTEL_EXPORTER_PROMETHEUS_PORT"];
      delete process.env["OTEL_EXPORTER_PROMETHEUS_HOST"];
    }
  });
});

describe("names", () => {
  test.each([
    ["http.server.request.duration", "s", "histogram", "http_server_request_duration_seconds"],
    ["requests.total", "{request}", "counter", "requests"],
    ["disk.io", "By/s", "gauge", "disk_io_bytes_per_second"],
    ["system.usage", "1", "gauge", "system_usage_ratio"],
    ["jobs", "1", "counter", "jobs"],
    ["memory_bytes", "By", "gauge", "memory_bytes"],
    ["2xx--count", "", "counter", "_2xx_count"],
    ["speed", "m/{run}", "gauge", "speed_meters"],
    ["load", "percentile", "gauge", "load_percentile"],
  ] as const)("%s in %j as %s is %s", (name, unit, type, family) => {
    expect(familyName(name, unit, type)).toBe(family);
  });

  test("labels have no colon and no digit first", () => {
    expect(labelName("1a:b.c")).toBe("_1a_b_c");
  });
});
