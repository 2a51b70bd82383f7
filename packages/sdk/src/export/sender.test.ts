import { createServer } from "node:net";
import { ProtobufWriter } from "@telemetry/otlp/encode";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Diagnostics } from "../diagnostics/diagnostics.ts";
import { Environment, resolveOptions } from "../options/options.ts";
import type { TelemetryOptions } from "../options/options.ts";
import { openTestReceiver } from "../testing/testing.ts";
import type { TestReceiver } from "../testing/testing.ts";
import { Pace, Sender } from "./export.ts";

let receiver: TestReceiver;
let lines: string[];
let diagnostics: Diagnostics;
let senders: Sender[];

beforeEach(async () => {
  receiver = await openTestReceiver();
  lines = [];
  diagnostics = new Diagnostics({ write: (line) => lines.push(line) });
  senders = [];
});
afterEach(async () => {
  for (const sender of senders) sender.close();
  await receiver.close();
});

function openSender(
  options: TelemetryOptions = {},
  variables: Record<string, string> = {},
): Sender {
  const environment = new Environment(variables, (sentence) => lines.push(sentence));
  const { targets } = resolveOptions({ endpoint: receiver.url, ...options }, environment);
  const sender = new Sender({
    targets,
    diagnostics,
    pace: new Pace(),
    backoffMs: { first: 5, max: 20 },
  });
  senders.push(sender);
  return sender;
}

/** An empty but not zero-length trace request. */
function request(): Uint8Array[] {
  const writer = new ProtobufWriter();
  writer.endMessage(writer.beginMessage(1));
  return [writer.finish()];
}

/** `{ partial_success: { rejected: 3, error_message: "too old" } }` */
function partialSuccess(): Uint8Array {
  const writer = new ProtobufWriter();
  const mark = writer.beginMessage(1);
  writer.uint(1, 3);
  writer.string(2, "too old");
  writer.endMessage(mark);
  return writer.finish();
}

describe("Sender", () => {
  test("posts protobuf to /v1/<signal>, with the headers of the options (68, 72)", async () => {
    const sender = openSender({ headers: { authorization: "Bearer secret-1" } });
    for (const signal of ["traces", "metrics", "logs"] as const) {
      expect(await sender.send(signal, request(), 5)).toEqual({
        outcome: "delivered",
        rejectedCount: 0,
      });
    }
    expect(receiver.requests.map(({ path }) => path)).toEqual([
      "/v1/traces",
      "/v1/metrics",
      "/v1/logs",
    ]);
    expect(receiver.requests[0]!.headers).toMatchObject({
      "content-type": "application/x-protobuf",
      authorization: "Bearer secret-1",
    });
    expect(diagnostics.counters()["export.traces.delivered"]).toBe(5);
  });

  test("gzip decompresses to the same bytes (73)", async () => {
    const sender = openSender({ compression: "gzip" });
    await sender.send("traces", request(), 1);
    expect(receiver.requests[0]!.headers["content-encoding"]).toBe("gzip");
    expect(receiver.collected.requestCounts.traces).toBe(1);
  });

  test.each([429, 502, 503, 504])("retries %i with the same bytes (74)", async (status) => {
    receiver.answer = (_, index) => (index < 2 ? { status } : {});
    expect(await openSender().send("traces", request(), 1)).toMatchObject({ outcome: "delivered" });
    expect(receiver.requests).toHaveLength(3);
    expect(new Set(receiver.requests.map(({ body }) => body.toString("hex"))).size).toBe(1);
    expect(diagnostics.counters()["export.traces.retried"]).toBe(2);
  });

  test.each([400, 401, 404, 500])("does not retry %i, and counts the loss (74)", async (status) => {
    receiver.answer = () => ({
      status,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message: "not like this" }),
    });
    expect(await openSender().send("traces", request(), 4)).toEqual({
      outcome: "refused",
      reason: `HTTP ${status}, not like this`,
    });
    expect(receiver.requests).toHaveLength(1);
    expect(diagnostics.counters()["export.traces.refused"]).toBe(4);
  });

  test("waits as long as Retry-After says, in seconds and as a date", async () => {
    receiver.answer = (_, index) =>
      index === 0 ? { status: 503, headers: { "retry-after": "0.05" } } : {};
    const startMs = performance.now();
    await openSender().send("traces", request(), 1);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(45);

    const date = new Date(Date.now() + 60_000).toUTCString();
    receiver.answer = () => ({ status: 503, headers: { "retry-after": date } });
    // A minute does not fit the timeout: it gives up at once instead of waiting in vain.
    expect(await openSender({ timeoutMs: 500 }).send("traces", request(), 1)).toMatchObject({
      outcome: "unavailable",
    });
  });

  test("keeps to Retry-After also with the next request of the signal, until somebody flushes", async () => {
    receiver.answer = (_, index) =>
      index === 0 ? { status: 429, headers: { "retry-after": "60" } } : {};
    const sender = openSender({ timeoutMs: 500 });
    const unavailable = { outcome: "unavailable", reason: "HTTP 429" };
    expect(await sender.send("traces", request(), 1)).toEqual(unavailable);
    expect(await sender.send("traces", request(), 1)).toEqual(unavailable);
    expect(receiver.requests).toHaveLength(1);
    expect(await sender.send("logs", request(), 1)).toMatchObject({ outcome: "delivered" });
    sender.wake();
    expect(await sender.send("traces", request(), 1)).toMatchObject({ outcome: "delivered" });
  });

  test("a receiver that asks to come at once gets growing waits all the same", async () => {
    receiver.answer = () => ({ status: 503, headers: { "retry-after": "0" } });
    const { length } = receiver.requests;
    await openSender({ timeoutMs: 300 }).send("traces", request(), 1);
    // Waits of 5, 10, 20, 20 … ms, a fifth less at the least.
    expect(receiver.requests.length - length).toBeLessThan(25);
  });

  test("413 is told apart: half of the records may pass, and the receiver is not away", async () => {
    receiver.answer = () => ({ status: 413 });
    expect(await openSender().send("traces", request(), 4)).toEqual({
      outcome: "tooLarge",
      reason: "HTTP 413",
    });
    expect(receiver.requests).toHaveLength(1);
    expect(diagnostics.counters()).toEqual({ "export.traces.too_large": 1 });
    expect(lines).toEqual([]);
  });

  test("counts what a partial success rejected, and says why once (76)", async () => {
    receiver.answer = () => ({ body: partialSuccess() });
    const sender = openSender();
    expect(await sender.send("traces", request(), 10)).toEqual({
      outcome: "delivered",
      rejectedCount: 3,
    });
    await sender.send("traces", request(), 10);
    expect(receiver.requests).toHaveLength(2);
    expect(diagnostics.counters()["export.traces.rejected"]).toBe(6);
    expect(lines).toEqual(["telemetry: The receiver rejected 3 records of traces: too old"]);
  });

  test("ends within the timeout when the server hangs (77)", async () => {
    receiver.answer = () => ({ hang: true });
    const startMs = performance.now();
    const result = await openSender({ timeoutMs: 100 }).send("traces", request(), 1);
    expect(result.outcome).toBe("unavailable");
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });

  test("sends again when the answer was lost on the way", async () => {
    receiver.answer = (_, index) => ({ drop: index === 0 });
    expect(await openSender().send("traces", request(), 1)).toMatchObject({ outcome: "delivered" });
    const [first, second] = receiver.requests;
    expect(first!.body.equals(second!.body)).toBe(true);
  });

  test("says once that nobody listens and what to do, and once that it works again", async () => {
    const { url } = receiver;
    await receiver.close();
    const sender = openSender({ endpoint: url, timeoutMs: 600 });
    expect(await sender.send("traces", request(), 1)).toEqual({
      outcome: "unavailable",
      reason: "connection refused",
    });
    await sender.send("traces", request(), 1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^telemetry: Cannot send telemetry to "http:\/\/127.0.0.1:\d+": connection refused; .*npm start.*OTEL_EXPORTER_OTLP_ENDPOINT/,
    );
    receiver = await openTestReceiver({ port: Number(new URL(url).port) });
    await sender.send("traces", request(), 1);
    await sender.send("traces", request(), 1);
    expect(lines.slice(1)).toEqual([`telemetry: "${url}" is receiving telemetry again`]);
  });

  test("hears the receiver's pace, and forgets it after three answers without", async () => {
    receiver.answer = (_, index) =>
      index === 0 ? { headers: { "telemetry-live": "1; spans=100; metrics=500; open-spans" } } : {};
    const sender = openSender();
    const heard: unknown[] = [];
    sender.pace.onChange(() => heard.push(sender.pace.announced));
    await sender.send("traces", request(), 1);
    expect(sender.pace.isLive).toBe(true);
    for (let i = 0; i < 3; i++) await sender.send("traces", request(), 1);
    expect(heard).toEqual([
      { spansMs: 100, metricsMs: 500, openSpans: true },
      { spansMs: undefined, metricsMs: undefined, openSpans: false },
    ]);
    expect(sender.pace.isLive).toBe(false);
  });

  test("a request that is not sent says nothing about the receiver's pace", async () => {
    receiver.answer = () => ({ headers: { "telemetry-live": "1; spans=100" } });
    const sender = openSender({ requestSizeBytesMax: 1 });
    await sender.send("traces", [], 0);
    expect(sender.pace.isLive).toBe(true);
    for (let i = 0; i < 5; i++) await sender.send("traces", request(), 1);
    expect(sender.pace.isLive).toBe(true);
    expect(receiver.requests).toHaveLength(1);
  });

  test("goes to another address once it is told to", async () => {
    const other = await openTestReceiver();
    const sender = openSender();
    const target = { ...sender.targets.traces, url: `${other.url}/v1/traces` };
    sender.retarget({ ...sender.targets, traces: target });
    await sender.send("traces", request(), 1);
    expect([receiver.requests.length, other.requests.length]).toEqual([0, 1]);
    await other.close();
  });

  test("survives a server that speaks another protocol", async () => {
    const server = createServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n"));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as { port: number };
    const sender = openSender({ endpoint: `http://127.0.0.1:${port}`, timeoutMs: 50 });
    expect((await sender.send("traces", request(), 1)).outcome).toBe("unavailable");
    server.close();
  });
});
