// http.test.ts — OTLP/HTTP: one test for each answer that a sender can hear.

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HttpDoorOptions } from "./http.ts";
import { createHttpDoor } from "./receive.ts";
import {
  decodeResponse,
  encodeJson,
  encodeProtobuf,
  logRequest,
  metricRequest,
  testSpan,
  traceRequest,
} from "./testdata/requests.ts";
import {
  BODY_SIZE_BYTES_MAX,
  check,
  decodeStatus,
  mayRead,
  openTestReceiver,
  type TestReceiver,
} from "./testdata/test-receiver.ts";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";

let inside: TestReceiver;
let server: Server;
let port: number;

beforeEach(() => open());
afterEach(() => close());

async function open(
  options: Parameters<typeof openTestReceiver>[0] = {},
  door: Partial<HttpDoorOptions> = {},
): Promise<void> {
  inside = await openTestReceiver(options);
  const answer = createHttpDoor(inside.receiver, { check, mayRead, ...door });
  server = createServer(answer).on("checkContinue", answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
}

async function close(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await inside.close();
}

async function reopen(
  options: Parameters<typeof openTestReceiver>[0],
  door: Partial<HttpDoorOptions> = {},
): Promise<void> {
  await close();
  await open(options, door);
}

async function send(
  signal: string,
  type: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
    method: "POST",
    body,
    headers: { "content-type": type, ...headers },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = response.headers.get("content-type") === JSON_TYPE;
  const status = () =>
    isJson ? (JSON.parse(Buffer.from(bytes).toString()) as object) : decodeStatus(bytes);
  return { response, bytes, status };
}

const counters = () => inside.receiver.status().counters;
const one = traceRequest([testSpan("GET /")]);

describe("a good request", () => {
  test.each([
    ["traces", one],
    ["metrics", metricRequest(1.5)],
    ["logs", logRequest("hello")],
  ] as const)(
    "of %s is spooled as it came, published and handed over, in both encodings",
    async (signal, request) => {
      const bodies = [encodeProtobuf(signal, request), encodeJson(request)];
      for (const [index, type] of [PROTOBUF, JSON_TYPE].entries()) {
        const { response, bytes } = await send(signal, type, bodies[index]!);
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toBe(type);
        expect(response.headers.get("telemetry-live")).toBe(
          "1; spans=100; metrics=500; open-spans",
        );
        expect(Buffer.from(bytes).toString()).toBe(type === PROTOBUF ? "" : "{}");
      }

      expect(inside.spooled(signal)).toEqual(
        bodies.map((body) => Buffer.from(body).toString("hex")),
      );
      expect(inside.handedOver).toEqual([0, 1].map((position) => ({ signal, position, rows: 1 })));
      expect(inside.published.map(({ rows }) => rows)).toEqual([1, 1]);
      expect(Math.abs(Date.now() - inside.published[0]!.receivedAtMs)).toBeLessThan(10_000);
      expect(counters()).toMatchObject({
        [`rows_${signal}`]: 2,
        [`requests_${signal}`]: 2,
        held_bytes: 0,
        senders: 1,
      });
    },
  );

  test("may be compressed with gzip, deflate or zstd, small or large", async () => {
    const spans = Array.from({ length: 200 }, (_, index) => testSpan(`${index} ${Math.random()}`));
    for (const request of [one, traceRequest(spans)]) {
      const body = encodeProtobuf("traces", request);
      for (const [name, compress] of Object.entries({
        gzip: gzipSync,
        deflate: deflateSync,
        zstd: zstdCompressSync,
      })) {
        const { response } = await send("traces", PROTOBUF, Uint8Array.from(compress(body)), {
          "content-encoding": name,
        });
        expect(response.status, name).toBe(200);
      }
    }
    // The spool knows requests by their decoded bytes: three times the same is once.
    expect(inside.handedOver.map(({ rows }) => rows)).toEqual([1, 200]);
    expect(inside.spool.status().counters).toMatchObject({ appended: 2, repeated: 4 });
  });

  test("without rows is a success, and nothing is kept", async () => {
    for (const [type, body, encoding] of [
      [PROTOBUF, new Uint8Array(0), "identity"],
      [PROTOBUF, new Uint8Array(0), "gzip"],
      [JSON_TYPE, encodeJson({}), "identity"],
      [JSON_TYPE, encodeJson({ resourceSpans: [] }), "identity"],
    ] as const) {
      const headers = { "content-encoding": encoding };
      expect((await send("traces", type, body, headers)).response.status).toBe(200);
    }
    expect(inside.spooled("traces")).toEqual([]);
    expect(inside.handedOver).toEqual([]);
  });

  test("is answered although a live page failed, and the failure is counted", async () => {
    inside.breakPages();
    expect((await send("traces", JSON_TYPE, encodeJson(one))).response.status).toBe(200);
    expect(inside.handedOver.length).toBe(1);
    expect(inside.receiver.status()).toMatchObject({
      state: "degraded",
      counters: { publish_failed: 1 },
    });
  });

  test("content types may have parameters", async () => {
    const { response } = await send("traces", "Application/JSON; charset=utf-8", encodeJson(one));
    expect(response.status).toBe(200);
  });

  test("may ask before it sends its body", async () => {
    const [response, asked] = await sendExpecting(encodeProtobuf("traces", one));
    expect(response.statusCode).toBe(200);
    expect(asked).toBe(true);
  });
});

/** Sends the body only when it is asked for, as curl does with large ones. */
async function sendExpecting(
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<[response: IncomingMessage, asked: boolean]> {
  const request = httpRequest({
    port,
    host: "127.0.0.1",
    path: "/v1/traces",
    method: "POST",
    headers: {
      "content-type": PROTOBUF,
      "content-length": body.length,
      expect: "100-continue",
      ...headers,
    },
  });
  let asked = false;
  request.on("continue", () => {
    asked = true;
    request.end(body);
  });
  request.flushHeaders();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  if (!asked) request.destroy();
  return [response, asked];
}

describe("partial success", () => {
  const spans = [testSpan("good"), { ...testSpan("bad"), traceId: "abcd" }];

  test("names the field and how many rows were rejected, in both encodings", async () => {
    const binary = await send("traces", PROTOBUF, encodeProtobuf("traces", traceRequest(spans)));
    expect(binary.response.status).toBe(200);
    expect(decodeResponse("traces", binary.bytes)).toEqual({
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage: expect.stringMatching(
          /^resource_spans\[0\]\.scope_spans\[0\]\.spans\[1\]\.trace_id at byte \d+: the id is not 16 bytes long/,
        ),
      },
    });

    const text = await send("traces", JSON_TYPE, encodeJson(traceRequest(spans)));
    expect(text.status()).toEqual({
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage: expect.stringMatching(
          /^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[1\]\.traceId: the id is not 16 bytes long/,
        ),
      },
    });
    expect(inside.handedOver.map(({ rows }) => rows)).toEqual([1, 1]);
    expect(counters()).toMatchObject({ rows_rejected: 2, rows_traces: 2 });
  });

  test("may only warn: of a link that points nowhere the span stays", async () => {
    const links = [{ traceId: "abcd", spanId: "00f067aa0ba902b7" }];
    const request = traceRequest([{ ...testSpan("linked"), links }]);
    const { bytes } = await send("traces", PROTOBUF, encodeProtobuf("traces", request));
    expect(decodeResponse("traces", bytes)).toEqual({
      partialSuccess: {
        rejectedSpans: "0",
        errorMessage: expect.stringContaining("links[0].trace_id"),
      },
    });
    expect(inside.handedOver).toMatchObject([{ rows: 1 }]);
  });
});

describe("a bad request", () => {
  const malformed = Uint8Array.from([0x0a, 0xff, 0xff, 0xff]);

  test("malformed: 400 that names the field, as google.rpc.Status with BadRequest in its encoding", async () => {
    const binary = await send("traces", PROTOBUF, malformed);
    const message = expect.stringMatching(
      /^Cannot decode traces request: resource_spans\[0\] at byte 1: /,
    );
    expect(binary.response.status).toBe(400);
    expect(binary.response.headers.get("content-type")).toBe(PROTOBUF);
    expect(binary.status()).toEqual({
      code: 3,
      message,
      details: [
        {
          "@type": BAD_REQUEST,
          fieldViolations: [{ field: "resource_spans[0]", description: message }],
        },
      ],
    });

    const wrongKind = encodeJson({ resourceLogs: [{ scopeLogs: [{ logRecords: 7 }] }] });
    const text = await send("logs", JSON_TYPE, wrongKind);
    expect(text.response.status).toBe(400);
    const path = "resourceLogs[0].scopeLogs[0].logRecords";
    const sentence = `Cannot decode logs request: ${path}: "7" stands where "[" is expected, at byte 45`;
    expect(text.status()).toEqual({
      code: 3,
      message: sentence,
      details: [
        { "@type": BAD_REQUEST, fieldViolations: [{ field: path, description: sentence }] },
      ],
    });
    expect(inside.spooled("traces")).toEqual([]);
    expect(inside.handedOver).toEqual([]);
    expect(counters()).toMatchObject({ requests_malformed: 2, answers_400: 2 });
  });

  test("a value without end is named in an answer that has one", async () => {
    const request = traceRequest([{ ...testSpan("x"), kind: "é".repeat(40_000) }]);
    const { response, bytes, status } = await send("traces", JSON_TYPE, encodeJson(request));
    expect(response.status).toBe(400);
    expect(status()).toMatchObject({ message: expect.stringContaining("spans[0].kind") });
    expect(bytes.length).toBeLessThan(3_000);
  });

  test("not what its content encoding says, or only a part of it: 400", async () => {
    const spans = Array.from({ length: 500 }, (_, index) => testSpan(`${index} ${Math.random()}`));
    const bodies = [encodeJson(one), encodeProtobuf("traces", traceRequest(spans))];
    for (const [encoding, compress] of [
      ["gzip", gzipSync],
      ["deflate", deflateSync],
      ["zstd", zstdCompressSync],
    ] as const) {
      for (const body of bodies) {
        for (const wrong of [body, Uint8Array.from(compress(body).subarray(0, -9))]) {
          const headers = { "content-encoding": encoding };
          const { response, status } = await send("traces", PROTOBUF, wrong, headers);
          expect(response.status).toBe(400);
          expect(status()).toMatchObject({
            code: 3,
            message: expect.stringContaining(`it is not ${encoding}`),
          });
        }
      }
    }
    expect(counters()).toMatchObject({ held_bytes: 0 });
  });

  test("too large, as announced, as sent, or after decompression: 413, which is not to be repeated", async () => {
    const large = new Uint8Array(BODY_SIZE_BYTES_MAX + 1);
    const announced = await send("traces", PROTOBUF, large);
    expect(announced.response.status).toBe(413);
    expect(announced.response.headers.get("retry-after")).toBeNull();
    expect(announced.status()).toEqual({
      code: 8,
      message: `Cannot accept request: it is larger than ${BODY_SIZE_BYTES_MAX} bytes`,
    });
    const zeros = new Uint8Array(64 * 1_048_576);
    for (const [encoding, compress] of [
      ["gzip", gzipSync],
      ["zstd", zstdCompressSync],
    ] as const) {
      for (const size of [large.length, zeros.length]) {
        const bomb = Uint8Array.from(compress(zeros.subarray(0, size)));
        const headers = { "content-encoding": encoding };
        const { response, status } = await send("traces", PROTOBUF, bomb, headers);
        expect(response.status).toBe(413);
        expect(status()).toMatchObject({ message: expect.stringContaining("after decompression") });
      }
    }

    const request = httpRequest(`http://127.0.0.1:${port}/v1/traces`, {
      method: "POST",
      headers: { "content-type": PROTOBUF },
    });
    request.end(large); // without Content-Length
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    response.resume();
    expect(counters()).toMatchObject({ answers_413: 6, held_bytes: 0 });
  });

  test("too large, and asking first: 413 before a byte of it", async () => {
    const [response, asked] = await sendExpecting(new Uint8Array(BODY_SIZE_BYTES_MAX + 1));
    expect(response.statusCode).toBe(413);
    expect(asked).toBe(false);
  });

  test("of another content type or encoding: 415 that names what is read", async () => {
    const text = await send("traces", "text/plain", encodeJson(one));
    expect(text.response.status).toBe(415);
    expect(text.status()).toEqual({
      code: 12,
      message:
        'Cannot read content type "text/plain": OTLP is application/x-protobuf or application/json',
    });

    const brotli = await send("traces", JSON_TYPE, encodeJson(one), { "content-encoding": "br" });
    expect(brotli.response.status).toBe(415);
    expect(brotli.status()).toMatchObject({
      message: 'Cannot read content encoding "br": known are gzip, deflate, zstd',
    });
    expect(brotli.response.headers.get("accept-encoding")).toBe("gzip, deflate, zstd");
  });

  test("to another path: 404 that names the paths; with another method: 405", async () => {
    const missed = await send("profiles", PROTOBUF, encodeProtobuf("traces", one));
    expect(missed.response.status).toBe(404);
    expect(missed.status()).toEqual({
      code: 12,
      message: 'Cannot find "/v1/profiles": OTLP is received at /v1/traces, /v1/metrics, /v1/logs',
    });
    expect((await send("traces/", JSON_TYPE, encodeJson(one))).response.status).toBe(404);

    for (const method of ["GET", "PUT", "DELETE"]) {
      const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST");
    }
  });
});

describe("a visitor", () => {
  test("with a wrong token: 401 before anything is read", async () => {
    const { response, status } = await send("traces", JSON_TYPE, encodeJson(one), {
      authorization: "Bearer wrong",
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="telemetry"');
    expect(status()).toEqual({ code: 16, message: "Cannot answer: the token is wrong" });
    expect(counters()["wire_bytes"]).toBeUndefined();
  });

  test("that is a page which may send, may read the answer and what stands in its headers", async () => {
    const origin = "http://localhost:3000";
    const preflight = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-tenant",
        "access-control-request-private-network": "true",
        authorization: "Bearer wrong", // no browser shows a token here
      },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type,x-tenant",
      "access-control-allow-credentials": "true",
      "access-control-allow-private-network": "true",
      "access-control-max-age": "7200",
      vary: "origin, access-control-request-headers",
    });

    for (const body of [encodeJson(one), Uint8Array.from(Buffer.from("{"))]) {
      const { response } = await send("traces", JSON_TYPE, body, { origin });
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "telemetry-live, retry-after",
        vary: "origin",
      });
    }
  });

  test("that is a page of another site may not, not even ask", async () => {
    const headers = { origin: "https://evil.example" };
    const preflight = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
      method: "OPTIONS",
      headers,
    });
    expect(preflight.status).toBe(403);
    const { response, status } = await send("traces", JSON_TYPE, encodeJson(one), headers);
    expect(response.status).toBe(403);
    expect(status()).toEqual({ code: 7, message: "Cannot answer the page" });
    for (const { headers: answered } of [preflight, response]) {
      expect(answered.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("trouble on our side", () => {
  test("a full spool: 503 with Retry-After and RetryInfo, in both encodings", async () => {
    await reopen({ spoolBytesMax: 500 });
    const large = traceRequest([testSpan("x".repeat(1_000))]);
    for (const [type, body] of [
      [PROTOBUF, encodeProtobuf("traces", large)],
      [JSON_TYPE, encodeJson(large)],
    ] as const) {
      const { response, status } = await send("traces", type, body);
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("5");
      expect(status()).toEqual({
        code: 14,
        message: expect.stringMatching(/^Cannot keep request: the spool holds its limit/),
        details: [{ "@type": RETRY_INFO, retryDelay: "5s" }],
      });
    }
    expect(counters()).toMatchObject({ requests_refused_full: 2 });
  });

  test("an unexpected error: 503, never 500, because a sender must keep the data", async () => {
    writeFileSync(join(inside.spool.directory, "traces"), "in the way of the folder");
    const { response, status } = await send("traces", JSON_TYPE, encodeJson(one));
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(status()).toEqual({
      code: 14,
      message: "Cannot accept request: an unexpected error",
      details: [{ "@type": RETRY_INFO, retryDelay: "1s" }],
    });
    expect(inside.told).toMatchObject([{ code: "EEXIST" }]);
    expect(inside.receiver.status()).toMatchObject({
      state: "degraded",
      counters: { requests_failed: 1 },
    });
  });

  test("while stopping: 503", async () => {
    inside.receiver.close();
    const { response } = await send("traces", JSON_TYPE, encodeJson(one));
    expect(response.status).toBe(503);
    expect(inside.spooled("traces")).toEqual([]);
  });
});

describe("a sender", () => {
  test("that sends more than it may: 429 with Retry-After, and another time it is let in", async () => {
    await reopen({ limits: { requestsPerSecond: 1 } });
    expect((await send("traces", JSON_TYPE, encodeJson(one))).response.status).toBe(200);
    const { response, status } = await send("logs", PROTOBUF, new Uint8Array(0));
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(status()).toEqual({
      code: 8,
      message: 'Cannot accept request: "localhost" sends more than one sender may',
      details: [{ "@type": RETRY_INFO, retryDelay: "1s" }],
    });
    expect(counters()).toMatchObject({ requests_refused_rate: 1, refused_sender_localhost: 1 });
    await expect
      .poll(async () => (await send("logs", PROTOBUF, new Uint8Array(0))).response.status, {
        timeout: 10_000,
      })
      .toBe(200);
  });

  test("is charged for what its bodies hold after decompression", async () => {
    await reopen({ limits: { bytesPerSecond: 1_000 } });
    const large = encodeProtobuf("traces", traceRequest([testSpan("x".repeat(60_000))]));
    const body = Uint8Array.from(gzipSync(large));
    const headers = { "content-encoding": "gzip" };
    expect(body.length).toBeLessThan(1_000);
    expect((await send("traces", PROTOBUF, body, headers)).response.status).toBe(200);
    const { response } = await send("traces", PROTOBUF, body, headers);
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(55);
  });

  test("that goes away in the middle is counted, and holds no memory", async () => {
    const socket = begin(50_000, 9_000);
    await expect.poll(() => counters()["held_bytes"]).toBe(9_000);
    socket.destroy();
    await expect.poll(counters).toMatchObject({ requests_cut_off: 1, held_bytes: 0 });
  });

  test("that is too slow is told to come again, cut off and counted", async () => {
    const clock = { graceMs: 100, intervalMs: 100, intervalBytesMin: 1_000, totalMs: 10_000 };
    await reopen({}, { clock });
    const socket = begin(50_000, 9_000);
    const dribble = setInterval(() => socket.write("x"), 20);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 503 .*connection: close/is);
    clearInterval(dribble);
    expect(counters()).toMatchObject({ requests_slow: 1, held_bytes: 0 });
  });

  test("that never comes to an end is cut off, however fast it is", async () => {
    const clock = { graceMs: 100, intervalMs: 100, intervalBytesMin: 10, totalMs: 500 };
    await reopen({}, { clock });
    const socket = begin(90_000, 100);
    const stream = setInterval(() => socket.write("x".repeat(100)), 10);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 503 /);
    clearInterval(stream);
  });

  test("with a body of megabytes hears that it is too large, and its connection lives on", async () => {
    const socket = begin(5_000_000, 0);
    socket.write(Buffer.alloc(5_000_000));
    socket.write("POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n");
    socket.write("connection: close\r\ncontent-length: 2\r\n\r\n{}");
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 413 .*HTTP\/1\.1 200 /s);
  });

  test("of many connections leaves room for others", async () => {
    await reopen({ heldBytesMax: 300_000 });
    const flood = Array.from({ length: 12 }, () => begin(90_000, 89_000));
    await expect.poll(() => counters()["requests_refused_busy"]).toBeGreaterThan(0);
    for (let request = 0; request < 20; request++) {
      expect((await send("traces", JSON_TYPE, encodeJson(one))).response.status).toBe(200);
    }
    for (const socket of flood) socket.destroy();
    await expect.poll(() => counters()["held_bytes"]).toBe(0);
  });
});

/** Sends headers and the first bytes of a body. */
function begin(announcedBytes: number, sentBytes: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: ${PROTOBUF}\r\ncontent-length: ${announcedBytes}\r\n\r\n`,
  );
  socket.write("x".repeat(sentBytes));
  return socket;
}

/** Everything that comes until the other side closes. */
async function textOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const part of socket.setEncoding("latin1")) text += part;
  return text;
}
