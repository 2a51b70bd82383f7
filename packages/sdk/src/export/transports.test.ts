// Everything that an app records, over each of OTLP's transports to a real server.

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { context, createContextKey, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as sdk from "../index.ts";
import type { ExportProtocol } from "../index.ts";
import { openGrpcReceiver } from "../testdata/grpc-receiver.ts";
import { openTestReceiver, resetTelemetry } from "../testing/testing.ts";
import type { Collector } from "../testing/testing.ts";

const PROTOCOLS = ["http/protobuf", "http/json", "grpc"] as const satisfies ExportProtocol[];

const open: (() => unknown)[] = [];
afterEach(async () => {
  await resetTelemetry();
  for (const close of open.splice(0)) await close();
});

interface Receiver {
  readonly endpoint: string;
  readonly collected: Collector;
  /** Whether requests are left without an answer. */
  setHanging(isHanging: boolean): void;
}

async function openReceiver(protocol: ExportProtocol): Promise<Receiver> {
  let hang = false;
  const setHanging = (isHanging: boolean): void => void (hang = isHanging);
  const receiver = await (protocol === "grpc" ? openGrpcReceiver() : openTestReceiver());
  open.push(() => receiver.close());
  receiver.answer = () => ({ hang });
  const endpoint = "url" in receiver ? receiver.url : `http://${receiver.address}`;
  return { endpoint, collected: receiver.collected, setHanging };
}

function record(name: string): void {
  sdk.withSpan(name, { attributes: { a: 1, b: ["x"], c: 0.5 } }, () => sdk.log.info(name));
  sdk.createCounter("orders").add(1);
}

describe.each(PROTOCOLS)("%s", (protocol) => {
  test("takes traces, metrics and logs with one resource (68, 69, 112)", async () => {
    const { endpoint, collected } = await openReceiver(protocol);
    const telemetry = sdk.startTelemetry({ serviceName: "shop", endpoint, protocol });
    record("work");
    expect(await telemetry.flush()).toBe(true);
    const span = collected.span("work");
    expect(span.attributes).toEqual({ a: 1, b: ["x"], c: 0.5 });
    expect(collected.logs.map(({ body, spanId }) => [body, spanId])).toEqual([
      ["work", span.spanId],
    ]);
    expect(collected.points.find(({ name }) => name === "orders")).toMatchObject({ value: 1 });
    const services = [span, ...collected.logs, ...collected.points].map(
      ({ resource }) => resource["service.name"],
    );
    expect(new Set(services)).toEqual(new Set(["shop"]));
  });

  test("is what status() and doctor() say, with its address", async () => {
    const { endpoint } = await openReceiver(protocol);
    const telemetry = sdk.startTelemetry({
      endpoint: endpoint.replace("//", "//me:secret@"),
      protocol,
    });
    const { receivers, text } = await sdk.doctor();
    const logsUrl = protocol === "grpc" ? endpoint : `${endpoint}/v1/logs`;
    const { protocols, endpoints, destinations } = telemetry.status();
    expect([protocols.logs, endpoints.logs]).toEqual([protocol, logsUrl]);
    expect(destinations[0]).toMatchObject({
      protocols: { logs: protocol },
      endpoints: { logs: logsUrl },
    });
    expect(receivers.find(({ signal }) => signal === "logs")).toMatchObject({
      protocol,
      url: logsUrl,
      answer: "accepts telemetry",
    });
    expect(text).toContain(
      `sends logs to ${logsUrl} by ${protocol}, a receiver: accepts telemetry`,
    );
    expect(text).not.toContain("secret");
  });

  test("makes its connections outside of the app's context, and untraced (N-O17)", async () => {
    const { endpoint } = await openReceiver(protocol);
    const seen: unknown[] = [];
    const suppressed = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
    const onSocket = (): void => {
      const active = context.active();
      seen.push([active.getValue(suppressed), trace.getSpan(active)]);
    };
    const telemetry = sdk.startTelemetry({ endpoint, protocol });
    subscribe("net.client.socket", onSocket);
    await sdk.withSpan("request", async () => {
      sdk.startSpan("child").end();
      await telemetry.flush();
    });
    unsubscribe("net.client.socket", onSocket);
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen.map((entry) => JSON.stringify(entry)))).toEqual(new Set(["[true,null]"]));
  });

  test("a receiver that hangs does not block the app, nor does memory grow; then all is well", async () => {
    const { endpoint, collected, setHanging } = await openReceiver(protocol);
    setHanging(true);
    const telemetry = sdk.startTelemetry({
      endpoint,
      protocol,
      timeoutMs: 200,
      logLevel: "silent",
      runtimeMetrics: false,
    });
    const makeSpans = async (): Promise<number> => {
      const startMs = performance.now();
      for (let round = 0; round < 100; round++) {
        for (let i = 0; i < 1_000; i++)
          sdk.startSpan("s", { attributes: { i, text: "some" } }).end();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return performance.now() - startMs;
    };
    await makeSpans();
    const before = usedBytes();
    // About a second; an app that waited 200 ms for each of its 195 batches would need 39.
    expect(await makeSpans()).toBeLessThan(20_000);
    expect(usedBytes() - before).toBeLessThan(16 * 1_048_576);
    const { traces } = telemetry.status().signals;
    expect(traces!.waiting).toBeLessThanOrEqual(2_048);
    expect(traces!["dropped"]).toBeGreaterThan(190_000);

    setHanging(false);
    await vi.waitFor(async () => expect(await telemetry.flush(2_000)).toBe(true), 20_000);
    expect(collected.spans.length).toBeGreaterThan(1_000);
    expect(new Set(collected.spans.map(({ spanId }) => spanId)).size).toBe(collected.spans.length);
  });
});

test("destinations may each have another transport", async () => {
  const receivers = await Promise.all(PROTOCOLS.map(openReceiver));
  const [main, ...others] = receivers;
  const telemetry = sdk.startTelemetry({
    endpoint: main!.endpoint,
    destinations: [
      { endpoint: others[0]!.endpoint, protocol: "http/json", compression: "zstd" },
      { endpoint: others[1]!.endpoint, protocol: "grpc", compression: "gzip" },
    ],
  });
  record("everywhere");
  expect(await telemetry.flush()).toBe(true);
  const ids = receivers.map(({ collected }) => collected.span("everywhere").spanId);
  expect(new Set(ids).size).toBe(1);
  expect(telemetry.status().destinations.map(({ protocols }) => protocols.metrics)).toEqual([
    ...PROTOCOLS,
  ]);
});

describe("somebody confuses OTLP's two ports", () => {
  test.each([
    ["http/protobuf", 4317, /4317 is OTLP's port for gRPC: use 4318, or OTEL_\w+_PROTOCOL=grpc$/m],
    ["grpc", 4318, /4318 is OTLP's port for HTTP: use 4317, or OTEL_\w+_PROTOCOL=http\/protobuf$/m],
  ] as const)("%s at %i is said", async (protocol, port, sentence) => {
    const lines: string[] = [];
    const write = vi.spyOn(process.stderr, "write");
    write.mockImplementation((line) => lines.push(String(line)) > 0);
    // Whoever listens there on this machine, and in whatever way, does not speak this protocol.
    const telemetry = sdk.startTelemetry({
      endpoint: `http://127.1.2.3:${port}`,
      protocol,
      timeoutMs: 200,
    });
    sdk.startSpan("s").end();
    await telemetry.flush(1_000);
    write.mockRestore();
    expect(lines.join("")).toMatch(sentence);
  });
});

test("startTestTelemetry keeps its collector whatever the environment says", async () => {
  const { startTestTelemetry } = await import("../testing/testing.ts");
  vi.stubEnv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
  vi.stubEnv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
  const telemetry = startTestTelemetry();
  vi.unstubAllEnvs();
  sdk.startSpan("in memory").end();
  expect((await telemetry.spans()).map(({ name }) => name)).toEqual(["in memory"]);
});

/** All that this process holds on to. */
function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
