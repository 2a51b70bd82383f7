import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { metrics, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as sdk from "./index.ts";
import { openTestReceiver, resetTelemetry, startTestTelemetry } from "./testing/testing.ts";

const run = promisify(execFile);

afterEach(async () => {
  vi.restoreAllMocks();
  await resetTelemetry();
});

describe("one start", () => {
  test("records traces, metrics and logs with the same resource, over HTTP (1, 2)", async () => {
    const receiver = await openTestReceiver();
    const telemetry = sdk.startTelemetry({
      serviceName: "shop",
      serviceVersion: "1.2",
      environment: "test",
      endpoint: receiver.url,
    });
    sdk.withSpan("ours", () => sdk.log.info("hello"));
    trace.getTracer("plain api").startSpan("theirs").end();
    metrics.getMeter("plain api").createCounter("orders").add(2);
    expect(await telemetry.flush()).toBe(true);
    const { spans, logs, points } = receiver.collected;
    expect(spans.map(({ name, scope }) => [name, scope.name])).toEqual([
      ["ours", "telemetry"],
      ["theirs", "plain api"],
    ]);
    expect(logs[0]!.spanId).toBe(receiver.collected.span("ours").spanId);
    expect(points.find(({ name }) => name === "orders")!.value).toBe(2);
    const resources = [...spans, ...logs, ...points].map(({ resource }) =>
      JSON.stringify(resource),
    );
    expect(new Set(resources).size).toBe(1);
    expect(spans[0]!.resource).toMatchObject({
      "service.name": "shop",
      "service.version": "1.2",
      "deployment.environment.name": "test",
      "telemetry.sdk.name": "telemetry",
    });
    expect(telemetry.status()).toMatchObject({
      state: "running",
      endpoints: { traces: `${receiver.url}/v1/traces` },
      protocols: { traces: "http/protobuf", metrics: "http/protobuf", logs: "http/protobuf" },
    });
    await telemetry.shutdown();
    expect(telemetry.status().state).toBe("stopped");
    expect(await telemetry.shutdown()).toBe(true);
    expect(sdk.startSpan("after").isRecording()).toBe(false);
    await receiver.close();
  });

  test("throws for an option that cannot be used, and nothing is registered", () => {
    expect(() => sdk.startTelemetry({ endpoint: "nowhere" })).toThrow(TypeError);
    expect(trace.getTracer("x").startSpan("x").isRecording()).toBe(false);
    expect(() => sdk.startTelemetry({ enabled: false })).not.toThrow();
  });

  test("can be followed by another after a shutdown", async () => {
    for (const name of ["one", "two"]) {
      const test = startTestTelemetry({ serviceName: name });
      sdk.startSpan(name).end();
      const [span] = await test.spans();
      expect([span!.name, span!.resource["service.name"]]).toEqual([name, name]);
      await test.stop();
    }
  });

  test("finds the receiver dead, says so once, and the app goes on", async () => {
    const receiver = await openTestReceiver();
    await receiver.close();
    const lines: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0);
    const telemetry = sdk.startTelemetry({ endpoint: receiver.url, timeoutMs: 50 });
    for (let i = 0; i < 5_000; i++) sdk.startSpan("s").end();
    expect(await telemetry.flush(2_000)).toBe(false);
    const { traces } = telemetry.status().signals;
    expect(traces!.waiting).toBeLessThanOrEqual(2_048);
    expect(traces!["dropped"]).toBe(5_000 - traces!.waiting);
    expect(lines.filter((line) => line.includes("Cannot send telemetry to"))).toHaveLength(1);
    expect(lines.join("")).toContain("2048 are kept");
    await telemetry.shutdown(50);
  });
});

describe("destinations", () => {
  test("get traces, metrics and logs beside the main one, or the signals they want (85)", async () => {
    const [main, all, onlyLogs] = await Promise.all([1, 2, 3].map(() => openTestReceiver()));
    const telemetry = sdk.startTelemetry({
      endpoint: main!.url,
      headers: { authorization: "for main" },
      runtimeMetrics: false,
      destinations: [
        { name: "all", endpoint: all!.url, headers: { "x-key": "for all" } },
        { endpoint: onlyLogs!.url, signals: ["logs"], compression: "gzip" },
      ],
    });
    sdk.withSpan("a", () => sdk.log.info("b"));
    sdk.createCounter("c").add(1);
    expect(await telemetry.flush()).toBe(true);
    const seen = [main, all, onlyLogs].map(({ collected: { spans, logs, points } } = main!) => [
      spans.map(({ name }) => name),
      logs.map(({ body }) => body),
      points.map(({ name }) => name),
    ]);
    expect(seen).toEqual([
      [["a"], ["b"], ["c"]],
      [["a"], ["b"], ["c"]],
      [[], ["b"], []],
    ]);
    expect(all!.requests[0]!.headers).toMatchObject({ "x-key": "for all" });
    expect(all!.requests[0]!.headers.authorization).toBeUndefined();
    const delivered = { delivered: 1, dropped: 0, refused: 0, retried: 0, waiting: 0 };
    expect(telemetry.status().destinations).toMatchObject([
      { name: "main", signals: { traces: delivered, metrics: delivered, logs: delivered } },
      {
        name: "all",
        endpoints: { traces: `${all!.url}/v1/traces` },
        signals: { traces: delivered, metrics: delivered, logs: delivered },
      },
      { name: new URL(onlyLogs!.url).host.replace(":", "_"), signals: { logs: delivered } },
    ]);
    expect(Object.keys(telemetry.status().destinations[2]!.endpoints)).toEqual(["logs"]);
    const { text, receivers } = await sdk.doctor();
    expect(receivers.map(({ answer }) => answer)).toEqual(Array(7).fill("accepts telemetry"));
    expect(text).toContain(
      `sends logs to ${onlyLogs!.url}/v1/logs by http/protobuf, a receiver: accepts telemetry`,
    );
    await telemetry.shutdown();
    for (const receiver of [main, all, onlyLogs]) await receiver!.close();
  });

  test("get what OTEL_TRACES_EXPORTER=none keeps from the main one", async () => {
    vi.stubEnv("OTEL_TRACES_EXPORTER", "none");
    const [main, other] = await Promise.all([1, 2].map(() => openTestReceiver()));
    const telemetry = sdk.startTelemetry({
      endpoint: main!.url,
      destinations: [{ endpoint: other!.url, signals: ["traces"] }],
    });
    sdk.startSpan("a").end();
    expect(await telemetry.flush()).toBe(true);
    expect(main!.collected.requestCounts.traces).toBe(0);
    expect(other!.collected.spans.map(({ name }) => name)).toEqual(["a"]);
    vi.unstubAllEnvs();
    for (const receiver of [main, other]) await receiver!.close();
  });
});

describe("doctor", () => {
  test("says where telemetry goes, whether it is accepted, and which apis are here", async () => {
    const receiver = await openTestReceiver();
    receiver.answer = () => ({ headers: { "telemetry-live": "1; spans=100" } });
    sdk.startTelemetry({ endpoint: receiver.url });
    const { text, receivers, apiCopies } = await sdk.doctor();
    expect(receivers).toEqual(
      ["traces", "metrics", "logs"].map((signal) => ({
        name: "main",
        signal,
        url: `${receiver.url}/v1/${signal}`,
        protocol: "http/protobuf",
        answer: "accepts telemetry",
        isLive: true,
      })),
    );
    expect(apiCopies[0]).toMatchObject({ version: "1.10.0" });
    expect(text).toContain("by http/protobuf, a telemetry dashboard: accepts telemetry");
    receiver.answer = () => ({ status: 401 });
    expect((await sdk.doctor()).receivers[0]!.answer).toBe("HTTP 401");
    await receiver.close();
  });
});

describe("the package", () => {
  test("exports exactly its surface", () => {
    expect(Object.keys(sdk).sort()).toMatchInlineSnapshot(`
      [
        "CHART_TYPES",
        "Dashboard",
        "Metrics",
        "SECONDS_BOUNDARIES",
        "TraceContext",
        "addEvent",
        "bind",
        "contextEnvironment",
        "createCounter",
        "createGauge",
        "createHistogram",
        "createUpDownCounter",
        "doctor",
        "extractContext",
        "flush",
        "getCurrentSpan",
        "injectContext",
        "linkSpan",
        "log",
        "rateLimitingSampler",
        "recordError",
        "recordHttp",
        "recordMetric",
        "registerView",
        "runWithContext",
        "setAttributes",
        "shutdown",
        "startDashboardServer",
        "startSpan",
        "startTelemetry",
        "traced",
        "updateDisplay",
        "withSpan",
      ]
    `);
  });

  test("opens nothing on import, loads nothing of the dashboard (149, 150)", async () => {
    const script = `
      await import("@telemetry/sdk");
      const loaded = process.moduleLoadList.filter((name) => name.includes("dashboard"));
      console.log(JSON.stringify({ loaded, resources: process.getActiveResourcesInfo() }));
    `;
    const { stdout } = await run(
      process.execPath,
      ["--conditions=@telemetry/source", "--input-type=module", "-e", script],
      { cwd: resolve(import.meta.dirname, "..") },
    );
    const { loaded, resources } = JSON.parse(stdout) as {
      loaded: string[];
      resources: string[];
    };
    expect(loaded).toEqual([]);
    expect(resources.filter((name) => !name.includes("Pipe") && !name.includes("TTY"))).toEqual([]);
  });
});
