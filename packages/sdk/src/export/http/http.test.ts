// OTLP/HTTP against servers of node:http and node:https.

import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { TelemetryOptions } from "../../options/options.ts";
import { Authority } from "../../testdata/certificates.ts";
import { openTestSender, spanRequest } from "../../testdata/test-sender.ts";
import type { TestSender } from "../../testdata/test-sender.ts";
import { openTestReceiver } from "../../testing/testing.ts";
import type { TestReceiver, TestReceiverOptions } from "../../testing/testing.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function openReceiver(options: TestReceiverOptions = {}): Promise<TestReceiver> {
  const receiver = await openTestReceiver(options);
  open.push(() => receiver.close());
  return receiver;
}

function openSender(options: TelemetryOptions, variables: Record<string, string> = {}): TestSender {
  const opened = openTestSender(options, variables);
  open.push(() => opened.sender.close());
  return opened;
}

async function openPair(
  options: TelemetryOptions = {},
): Promise<TestSender & { receiver: TestReceiver }> {
  const receiver = await openReceiver();
  return { receiver, ...openSender({ endpoint: receiver.url, ...options }) };
}

const delivered = { outcome: "delivered", rejectedCount: 0 };

describe("http/json", () => {
  test("sends the same records as JSON (68)", async () => {
    const { receiver, sender } = await openPair({ protocol: "http/json" });
    expect(await sender.send("traces", spanRequest("as json"), 1)).toEqual(delivered);
    expect(receiver.requests[0]!.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(receiver.requests[0]!.body.toString())).toEqual({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  traceId: "00000001000000020000000300000004",
                  spanId: "0000000500000006",
                  name: "as json",
                },
              ],
            },
          ],
        },
      ],
    });
    expect(receiver.collected.span("as json").spanId).toBe("0000000500000006");
  });

  test("an empty request is an empty object", async () => {
    const { receiver, sender } = await openPair({ protocol: "http/json" });
    expect(await sender.send("logs", [], 0)).toEqual(delivered);
    expect(receiver.requests[0]!.body.toString()).toBe("{}");
  });

  test("reads a partial success in JSON", async () => {
    const { receiver, sender } = await openPair({ protocol: "http/json" });
    receiver.answer = () => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ partialSuccess: { rejectedSpans: "2", errorMessage: "too old" } }),
    });
    expect(await sender.send("traces", spanRequest(), 5)).toEqual({
      outcome: "delivered",
      rejectedCount: 2,
    });
  });
});

describe("compression", () => {
  test.each([
    ["gzip", gunzipSync],
    ["zstd", zstdDecompressSync],
  ] as const)("%s decompresses to the same bytes (73)", async (compression, decompress) => {
    const { receiver, sender } = await openPair({ compression });
    expect(await sender.send("traces", spanRequest(), 1)).toEqual(delivered);
    const { headers, body } = receiver.requests[0]!;
    expect(headers["content-encoding"]).toBe(compression);
    expect(headers["content-length"]).toBe(String(body.length));
    expect(decompress(body).equals(Buffer.concat(spanRequest()))).toBe(true);
  });
});

describe.each(["http/protobuf", "http/json"] as const)("%s", (protocol) => {
  test.each(["none", "gzip", "zstd"] as const)(
    "with compression %s sends the same bytes again",
    async (compression) => {
      const { receiver, sender } = await openPair({ protocol, compression });
      receiver.answer = (_, index) => ({ drop: index === 0, status: index < 2 ? 503 : 200 });
      expect(await sender.send("traces", spanRequest(), 1)).toEqual(delivered);
      expect(receiver.requests).toHaveLength(3);
      expect(new Set(receiver.requests.map(({ body }) => body.toString("hex"))).size).toBe(1);
    },
  );
});

describe("a request", () => {
  test("says who sends, after what the app says of itself, in any case of its header", async () => {
    const { receiver, sender } = await openPair({ headers: { "User-Agent": "shop/2" } });
    await sender.send("traces", spanRequest(), 1);
    expect(receiver.requests[0]!.headers["user-agent"]).toMatch(
      /^shop\/2 telemetry\/[\d.]+ OTel-OTLP-Exporter-JavaScript\/[\d.]+$/,
    );
  });

  test("has headers of ours where the app's would break it", async () => {
    const headers = { "Content-Type": "text/plain", "content-encoding": "br" };
    const { receiver, sender } = await openPair({ headers, compression: "gzip" });
    await sender.send("traces", spanRequest(), 1);
    expect(receiver.requests[0]!.headers).toMatchObject({
      "content-type": "application/x-protobuf",
      "content-encoding": "gzip",
    });
  });

  test("above the limit is not sent; the limit is of what the receiver has to hold", async () => {
    const { receiver, sender } = await openPair({ requestSizeBytesMax: 500, compression: "gzip" });
    expect(await sender.send("traces", spanRequest("x", 5_000), 1)).toMatchObject({
      outcome: "tooLarge",
    });
    expect(receiver.requests).toEqual([]);
    expect(await sender.send("traces", spanRequest("x", 100), 1)).toEqual(delivered);
  });
});

describe("an answer", () => {
  test("that redirects is not followed", async () => {
    const elsewhere = await openReceiver();
    const { receiver, sender } = await openPair({ headers: { authorization: "secret" } });
    for (const status of [301, 302, 307, 308]) {
      receiver.answer = () => ({ status, headers: { location: `${elsewhere.url}/v1/traces` } });
      expect(await sender.send("traces", spanRequest(), 1)).toEqual({
        outcome: "refused",
        reason: `HTTP ${status}, a redirect to ${elsewhere.url}/v1/traces, which is not followed`,
      });
    }
    expect(elsewhere.requests).toEqual([]);
  });

  test("that is larger than 4 MiB is not read to its end, and is final", async () => {
    const { receiver, sender } = await openPair();
    receiver.answer = () => ({ body: Buffer.alloc(8 * 1_048_576) });
    expect(await sender.send("traces", spanRequest(), 1)).toEqual({
      outcome: "refused",
      reason: "the answer is larger than 4194304 bytes",
    });
    expect(receiver.requests).toHaveLength(1);
  });

  test("that is a long page is kept as far as it may matter", async () => {
    const { receiver, sender } = await openPair();
    const headers = { "content-type": "text/html" };
    receiver.answer = () => ({ status: 404, headers, body: "<p>".repeat(500_000) });
    expect(await sender.send("traces", spanRequest(), 1)).toEqual({
      outcome: "refused",
      reason: "HTTP 404",
    });
  });
});

describe("TLS", () => {
  const authority = new Authority();
  const server = authority.issue("server");
  const ca = authority.certificate.cert;

  test("trusts the authority of the options, and no other", async () => {
    const receiver = await openReceiver({ tls: server });
    const trusting = openSender({ endpoint: receiver.url, tls: { ca } });
    expect(await trusting.sender.send("traces", spanRequest(), 1)).toEqual(delivered);
    const { sender } = openSender({ endpoint: receiver.url, timeoutMs: 200 });
    expect(await sender.send("traces", spanRequest(), 1)).toMatchObject({
      outcome: "unavailable",
      reason: expect.stringMatching(/certificate/),
    });
    expect(receiver.requests).toHaveLength(1);
  });

  test("shows our certificate to a server that asks for one", async () => {
    const tls = { ...server, ca, requestCert: true, rejectUnauthorized: true };
    const receiver = await openReceiver({ tls });
    const client = authority.issue("our client");
    const { sender } = openSender({ endpoint: receiver.url, tls: { ca, ...client } });
    expect(await sender.send("traces", spanRequest(), 1)).toEqual(delivered);
    const without = openSender({ endpoint: receiver.url, tls: { ca }, timeoutMs: 200 });
    expect(await without.sender.send("traces", spanRequest(), 1)).toMatchObject({
      outcome: "unavailable",
    });
  });

  test("signals with different authorities do not share a connection", async () => {
    const other = new Authority("other authority");
    const traces = await openReceiver({ tls: server });
    const logs = await openReceiver({ tls: other.issue("other server") });
    const { sender } = openTestSender(
      { tls: {} },
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${traces.url}/v1/traces`,
        OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: ca,
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${logs.url}/v1/logs`,
        OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: other.certificate.cert,
      },
    );
    open.push(() => sender.close());
    expect(await sender.send("traces", spanRequest(), 1)).toEqual(delivered);
    expect(await sender.send("logs", [], 0)).toEqual(delivered);
  });
});

test("a server that hangs costs its timeout, and no memory that stays", async () => {
  const { receiver, sender } = await openPair({ timeoutMs: 30 });
  receiver.answer = () => ({ hang: true });
  const sizeBytes = 1_048_576;
  const chunks = spanRequest("x", sizeBytes);
  for (let i = 0; i < 50; i++) {
    expect((await sender.send("traces", chunks, 1)).outcome).toBe("unavailable");
  }
  globalThis.gc?.();
  const { external, arrayBuffers } = process.memoryUsage();
  expect(external + arrayBuffers).toBeLessThan(400 * sizeBytes);
});
