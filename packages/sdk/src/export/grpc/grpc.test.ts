// OTLP/gRPC against a server of @grpc/grpc-js.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttp2Server } from "node:http2";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ServerCredentials, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { TelemetryOptions } from "../../options/options.ts";
import { Authority } from "../../testdata/certificates.ts";
import { openGrpcReceiver } from "../../testdata/grpc-receiver.ts";
import type { GrpcTestAnswer, GrpcTestReceiver } from "../../testdata/grpc-receiver.ts";
import {
  openTestSender,
  partialSuccess,
  retryStatus,
  spanRequest,
} from "../../testdata/test-sender.ts";
import type { TestSender } from "../../testdata/test-sender.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function openReceiver(
  options: Parameters<typeof openGrpcReceiver>[0] = {},
): Promise<GrpcTestReceiver> {
  const receiver = await openGrpcReceiver(options);
  open.push(() => receiver.close());
  return receiver;
}

function openSender(options: TelemetryOptions, variables: Record<string, string> = {}): TestSender {
  const opened = openTestSender({ protocol: "grpc", ...options }, variables);
  open.push(() => opened.sender.close());
  return opened;
}

/** A receiver and a sender that sends to it. */
async function openPair(
  options: TelemetryOptions = {},
): Promise<TestSender & { receiver: GrpcTestReceiver }> {
  const receiver = await openReceiver();
  return { receiver, ...openSender({ endpoint: `http://${receiver.address}`, ...options }) };
}

const answers =
  (...list: GrpcTestAnswer[]) =>
  (_: unknown, index: number): GrpcTestAnswer =>
    list[Math.min(index, list.length - 1)] ?? {};

describe("OTLP/gRPC", () => {
  test("calls the Export method of each service with the queue's bytes (69, 112)", async () => {
    const { receiver, sender, diagnostics } = await openPair();
    for (const signal of ["traces", "metrics", "logs"] as const) {
      const chunks = signal === "traces" ? spanRequest() : [];
      expect(await sender.send(signal, chunks, 5)).toEqual({
        outcome: "delivered",
        rejectedCount: 0,
      });
    }
    expect(receiver.requests.map(({ signal }) => signal)).toEqual(["traces", "metrics", "logs"]);
    expect(receiver.requests[0]!.body.equals(Buffer.concat(spanRequest()))).toBe(true);
    expect(receiver.collected.span("work").traceId).toBe("00000001000000020000000300000004");
    expect(diagnostics.counters()["export.logs.delivered"]).toBe(5);
  });

  test("sends headers as metadata, and who it is before the library's name (72)", async () => {
    const { receiver, sender } = await openPair({
      headers: { Authorization: "Bearer secret-1", "x-bytes-bin": "AAEC", "User-Agent": "shop/2" },
    });
    await sender.send("traces", spanRequest(), 1);
    const { metadata } = receiver.requests[0]!;
    expect(metadata).toMatchObject({
      authorization: "Bearer secret-1",
      "x-bytes-bin": Buffer.from([0, 1, 2]),
    });
    expect(metadata["user-agent"]).toMatch(
      /^shop\/2 telemetry\/\S+ OTel-OTLP-Exporter-JavaScript\/\S+ grpc-node-js\//,
    );
  });

  test("leaves out a header that is no metadata, says so once, and never its value", async () => {
    const { receiver, sender, lines } = await openPair({ headers: { "x!": "secret-2", a: "b" } });
    await sender.send("traces", spanRequest(), 1);
    await sender.send("traces", spanRequest(), 1);
    expect(receiver.requests[1]!.metadata["a"]).toBe("b");
    expect(lines).toEqual([
      'telemetry: Cannot send header "x!" by gRPC: it is no valid metadata, and is left out',
    ]);
  });

  test("tells the server how long it waits", async () => {
    const { receiver, sender } = await openPair({ timeoutMs: 2_000 });
    await sender.send("traces", spanRequest(), 1);
    expect(receiver.requests[0]!.leftMs).toBeGreaterThan(500);
    expect(receiver.requests[0]!.leftMs).toBeLessThanOrEqual(2_000);
  });

  test("counts what a partial success rejected, and does not send again (76)", async () => {
    const { receiver, sender, diagnostics, lines } = await openPair();
    receiver.answer = () => ({ body: partialSuccess() });
    expect(await sender.send("traces", spanRequest(), 10)).toEqual({
      outcome: "delivered",
      rejectedCount: 3,
    });
    expect(receiver.requests).toHaveLength(1);
    expect(diagnostics.counters()["export.traces.rejected"]).toBe(3);
    expect(lines).toEqual(["telemetry: The receiver rejected 3 records of traces: too old"]);
  });

  test("hears the receiver's pace in metadata, of a refusal too", async () => {
    const { receiver, sender } = await openPair();
    const headers = { "telemetry-live": "1; spans=100; metrics=500; open-spans" };
    receiver.answer = () => ({ headers, code: status.INVALID_ARGUMENT });
    await sender.send("traces", spanRequest(), 1);
    expect(sender.pace.announced).toEqual({ spansMs: 100, metricsMs: 500, openSpans: true });
  });
});

test("a receiver may be behind a socket of this machine", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telemetry-grpc-"));
  open.push(() => rmSync(folder, { recursive: true, force: true }));
  const { address, collected } = await openReceiver({ socketPath: join(folder, "otlp.sock") });
  const { sender } = openSender({ endpoint: address, tls: { insecure: true } });
  expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "delivered" });
  expect(collected.span("work").name).toBe("work");
});

describe("compression over gRPC", () => {
  /** What comes over the wire, from a server of HTTP/2 that knows gRPC only as far as this test needs. */
  async function openWire(): Promise<{ endpoint: string; frames: Buffer[]; encodings: unknown[] }> {
    const frames: Buffer[] = [];
    const encodings: unknown[] = [];
    const server = createHttp2Server().on("stream", (stream, headers) => {
      const chunks: Buffer[] = [];
      encodings.push(headers["grpc-encoding"]);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        frames.push(Buffer.concat(chunks));
        const code = frames.length < 3 ? status.UNAVAILABLE : status.OK;
        stream.respond(
          { ":status": 200, "content-type": "application/grpc" },
          { waitForTrailers: true },
        );
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(code) }));
        stream.end(code === status.OK ? Buffer.alloc(5) : undefined);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    open.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    return { endpoint: `http://127.0.0.1:${port}`, frames, encodings };
  }

  test("gzip decompresses to the same bytes, and is the same bytes again on a retry (73)", async () => {
    const { endpoint, frames, encodings } = await openWire();
    const { sender } = openSender({ endpoint, compression: "gzip" });
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "delivered" });
    expect(encodings).toEqual(["gzip", "gzip", "gzip"]);
    expect(new Set(frames.map((frame) => frame.toString("hex"))).size).toBe(1);
    // A gRPC message is a flag, a length of four bytes, and the bytes.
    const [frame] = frames;
    expect(frame![0]).toBe(1);
    expect(gunzipSync(frame!.subarray(5)).equals(Buffer.concat(spanRequest()))).toBe(true);
  });

  test("none sends the bytes as they are", async () => {
    const { endpoint, frames, encodings } = await openWire();
    await openSender({ endpoint }).sender.send("traces", spanRequest(), 1);
    expect(encodings[0]).not.toBe("gzip");
    expect(frames[0]!.subarray(5).equals(Buffer.concat(spanRequest()))).toBe(true);
  });
});

describe("the retry table of gRPC (75)", () => {
  test.each([
    "CANCELLED",
    "DEADLINE_EXCEEDED",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNAVAILABLE",
    "DATA_LOSS",
  ] as const)("%s is retried, with the same bytes", async (name) => {
    const { receiver, sender, diagnostics } = await openPair();
    receiver.answer = answers({ code: status[name] }, { code: status[name] }, {});
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "delivered" });
    expect(new Set(receiver.requests.map(({ body }) => body.toString("hex"))).size).toBe(1);
    expect(receiver.requests).toHaveLength(3);
    expect(diagnostics.counters()["export.traces.retried"]).toBe(2);
  });

  test.each([
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAUTHENTICATED",
  ] as const)("%s is not, and the loss is counted", async (name) => {
    const { receiver, sender, diagnostics } = await openPair();
    receiver.answer = answers({ code: status[name], details: "the quota is used up" });
    expect(await sender.send("traces", spanRequest(), 4)).toEqual({
      outcome: "refused",
      reason: `gRPC ${name}, the quota is used up`,
    });
    expect(receiver.requests).toHaveLength(1);
    expect(diagnostics.counters()["export.traces.refused"]).toBe(4);
  });

  test("RESOURCE_EXHAUSTED is retried with a RetryInfo, not before its delay", async () => {
    const { receiver, sender } = await openPair();
    const trailers = { "grpc-status-details-bin": retryStatus(0, 80_000_000) };
    receiver.answer = answers({ code: status.RESOURCE_EXHAUSTED, trailers }, {});
    const startMs = performance.now();
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "delivered" });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(75);
  });

  test("a delay beyond the timeout gives up at once, and the next request keeps to it", async () => {
    const { receiver, sender } = await openPair({ timeoutMs: 2_000 });
    const trailers = { "grpc-status-details-bin": retryStatus(60) };
    receiver.answer = answers({ code: status.UNAVAILABLE, details: "busy", trailers }, {});
    const unavailable = { outcome: "unavailable", reason: "gRPC UNAVAILABLE, busy" };
    expect(await sender.send("traces", spanRequest(), 1)).toEqual(unavailable);
    expect(await sender.send("traces", spanRequest(), 1)).toEqual(unavailable);
    expect(receiver.requests).toHaveLength(1);
    // Another signal was not told to wait, and a flush asks at once.
    expect(await sender.send("logs", [], 1)).toMatchObject({ outcome: "delivered" });
    sender.wake();
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "delivered" });
  });

  test("a request that is too large for the server is told apart", async () => {
    const receiver = await openReceiver({ channel: { "grpc.max_receive_message_length": 1_000 } });
    const { sender, diagnostics, lines } = openSender({ endpoint: `http://${receiver.address}` });
    expect(await sender.send("traces", spanRequest("large", 2_000), 1)).toEqual({
      outcome: "tooLarge",
      reason: expect.stringMatching(/^gRPC RESOURCE_EXHAUSTED, Received message larger than max/),
    });
    expect(await sender.send("traces", spanRequest("small"), 1)).toMatchObject({
      outcome: "delivered",
    });
    expect(diagnostics.counters()).toMatchObject({ "export.traces.too_large": 1 });
    expect(lines).toEqual([]);
  });

  test("an answer that is too large is final: the server has the records", async () => {
    const { receiver, sender } = await openPair();
    receiver.answer = () => ({ body: new Uint8Array(5 * 1_048_576) });
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "refused" });
    expect(receiver.requests).toHaveLength(1);
  });

  test("a request above the limit of the options is not sent", async () => {
    const { receiver, sender } = await openPair({ requestSizeBytesMax: 100 });
    expect(await sender.send("traces", spanRequest("large", 200), 1)).toMatchObject({
      outcome: "tooLarge",
      reason: expect.stringMatching(/^it has \d+ bytes, more than the 100 that are allowed$/),
    });
    expect(receiver.requests).toHaveLength(0);
  });
});

describe("gRPC without an answer", () => {
  test("nobody listens: says so once, and once that it works again", async () => {
    const receiver = await openReceiver();
    await receiver.close();
    const endpoint = `http://${receiver.address}`;
    const { sender, lines } = openSender({ endpoint, timeoutMs: 300 });
    expect(await sender.send("traces", spanRequest(), 1)).toEqual({
      outcome: "unavailable",
      reason: "connection refused",
    });
    await sender.send("traces", spanRequest(), 1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^telemetry: Cannot send telemetry to "http:\/\/127.0.0.1:\d+": connection refused; .*npm start/,
    );
    await openReceiver({ port: Number(receiver.address.split(":")[1]) });
    await vi.waitFor(
      async () => {
        expect((await sender.send("traces", spanRequest(), 1)).outcome).toBe("delivered");
      },
      { timeout: 10_000 },
    );
    expect(lines.slice(1)).toEqual([`telemetry: "${endpoint}" is receiving telemetry again`]);
  });

  test("a server that hangs costs the timeout and nothing else; the next call connects again", async () => {
    const { receiver, sender } = await openPair({ timeoutMs: 150 });
    receiver.answer = answers({ hang: true }, {});
    const startMs = performance.now();
    const first = await sender.send("traces", spanRequest(), 1);
    expect(first).toMatchObject({ outcome: "unavailable" });
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "delivered" });
  });

  test("a server that accepts and never speaks, or speaks another protocol, is unavailable", async () => {
    for (const greeting of ["", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n"]) {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        if (greeting !== "") socket.end(greeting);
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const { sender } = openSender({ endpoint: `http://127.0.0.1:${port}`, timeoutMs: 200 });
      expect((await sender.send("traces", spanRequest(), 1)).outcome, greeting).toBe("unavailable");
      sender.close();
      server.close();
    }
  });

  test("closing ends a call that is under way", async () => {
    const { receiver, sender } = await openPair();
    receiver.answer = () => ({ hang: true });
    const sending = sender.send("traces", spanRequest(), 1);
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(1));
    sender.close();
    expect((await sending).outcome).toBe("unavailable");
  });
});

describe("gRPC with TLS", () => {
  const authority = new Authority();
  const server = authority.issue("server");

  const serverCredentials = (needsClient: boolean): ServerCredentials =>
    ServerCredentials.createSsl(
      Buffer.from(authority.certificate.cert),
      [{ private_key: Buffer.from(server.key), cert_chain: Buffer.from(server.cert) }],
      needsClient,
    );

  test("trusts the authority of the options, and shows its own certificate", async () => {
    const receiver = await openReceiver({ credentials: serverCredentials(true) });
    const tls = { ca: authority.certificate.cert, ...authority.issue("our client") };
    const { sender } = openSender({ endpoint: `https://${receiver.address}`, tls });
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "delivered" });
    expect(receiver.requests[0]!.clientName).toBe("our client");
  });

  test("without the authority nothing is sent", async () => {
    const receiver = await openReceiver({ credentials: serverCredentials(false) });
    const { sender } = openSender({ endpoint: `https://${receiver.address}`, timeoutMs: 300 });
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({ outcome: "unavailable" });
    expect(receiver.requests).toEqual([]);
  });

  test("an address without a scheme is secure unless it is said to be insecure", async () => {
    const secure = await openReceiver({ credentials: serverCredentials(false) });
    const plain = await openReceiver();
    const tls = { ca: authority.certificate.cert };
    const { sender } = openSender({ endpoint: secure.address, tls });
    expect((await sender.send("traces", spanRequest(), 1)).outcome).toBe("delivered");
    const insecure = openSender({ endpoint: plain.address, tls: { insecure: true } });
    expect((await insecure.sender.send("traces", spanRequest(), 1)).outcome).toBe("delivered");
  });
});
