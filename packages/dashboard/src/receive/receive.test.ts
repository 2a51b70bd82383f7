import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { transferablesOf, type Batch, type Signal } from "@telemetry/otlp";
import protobuf from "protobufjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSpool, scanEntries, type Spool } from "../spool/spool.ts";
import { createHttpDoor, Receiver, type AccessCheck } from "./receive.ts";
import {
  decodeResponse,
  encodeJson,
  encodeProtobuf,
  logRequest,
  metricRequest,
  testSpan,
  traceRequest,
} from "./testdata/requests.ts";

const BODY_SIZE_BYTES_MAX = 100_000;
const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";

let dataDirectory: string;
let spool: Spool;
let receiver: Receiver;
let server: Server;
let base: string;
let published: { rows: number; receivedAtMs: number }[];
let handedOver: { signal: Signal; position: number; rows: number }[];
let publishFails: boolean;

beforeEach(async () => {
  dataDirectory = mkdtempSync(join(tmpdir(), "telemetry-receive-"));
  published = [];
  handedOver = [];
  publishFails = false;
  await openDoor();
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await spool.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

async function openDoor(options: { bytesMax?: number } = {}): Promise<void> {
  spool = await openSpool({ dataDirectory, ...options });
  receiver = new Receiver({
    spool,
    bodySizeBytesMax: BODY_SIZE_BYTES_MAX,
    publish: (batch, receivedAtMs) => {
      if (publishFails) throw new Error("a page is broken");
      published.push({ rows: batch.rowCount, receivedAtMs });
    },
    handOver: (batch: Batch, position) => {
      handedOver.push({ signal: batch.signal, position, rows: batch.rowCount });
      structuredClone(batch, { transfer: transferablesOf(batch) }); // what the store does: it is gone from here
    },
  });
  server = createServer(createHttpDoor(receiver, check)).listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function send(
  signal: string,
  type: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${base}/v1/${signal}`, {
    method: "POST",
    body,
    headers: { "content-type": type, ...headers },
  });
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
}

/** Refuses one page and one token. */
const check: AccessCheck = ({ header }) => {
  if (header("origin") === "https://evil.example")
    return { status: 403, message: "Cannot answer the page" };
  if (header("authorization") === "Bearer wrong")
    return { status: 401, message: "Cannot answer: the token is wrong" };
  return undefined;
};

function spooled(signal: Signal): string[] {
  const entries = [...scanEntries(spool.directory, signal, 0, spool.end(signal))];
  return entries.map((entry) => Buffer.from(entry.body).toString("hex"));
}

const rpcStatus = protobuf
  .parse('syntax = "proto3"; message Status { int32 code = 1; string message = 2; }')
  .root.lookupType("Status");

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

      expect(spooled(signal)).toEqual(bodies.map((body) => Buffer.from(body).toString("hex")));
      expect(handedOver).toEqual([0, 1].map((position) => ({ signal, position, rows: 1 })));
      expect(published.map(({ rows }) => rows)).toEqual([1, 1]);
      expect(Math.abs(Date.now() - published[0]!.receivedAtMs)).toBeLessThan(10_000);
      expect(receiver.status().counters).toMatchObject({
        [`rows_${signal}`]: 2,
        [`requests_${signal}`]: 2,
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
    expect(handedOver.map(({ rows }) => rows)).toEqual([1, 200]);
    expect(spool.status().counters).toMatchObject({ appended: 2, repeated: 4 });
  });

  test("without rows is a success, and nothing is kept", async () => {
    expect((await send("traces", PROTOBUF, new Uint8Array(0))).response.status).toBe(200);
    expect((await send("logs", JSON_TYPE, encodeJson({}))).response.status).toBe(200);
    expect(spooled("traces")).toEqual([]);
    expect(handedOver).toEqual([]);
  });

  test("is answered although a live page failed, and the failure is counted", async () => {
    publishFails = true;
    expect((await send("traces", JSON_TYPE, encodeJson(one))).response.status).toBe(200);
    expect(handedOver.length).toBe(1);
    expect(receiver.status()).toMatchObject({ state: "degraded", counters: { publish_failed: 1 } });
  });

  test("content types may have parameters", async () => {
    const { response } = await send("traces", "Application/JSON; charset=utf-8", encodeJson(one));
    expect(response.status).toBe(200);
  });
});

describe("partial success", () => {
  const spans = [testSpan("good"), { ...testSpan("bad"), traceId: "abcd" }];

  test("names how many rows were rejected and why, in both encodings", async () => {
    const binary = await send("traces", PROTOBUF, encodeProtobuf("traces", traceRequest(spans)));
    expect(binary.response.status).toBe(200);
    expect(decodeResponse("traces", binary.bytes)).toEqual({
      partialSuccess: { rejectedSpans: "1", errorMessage: expect.stringMatching(/trace_?id/i) },
    });

    const text = await send("traces", JSON_TYPE, encodeJson(traceRequest(spans)));
    expect(JSON.parse(Buffer.from(text.bytes).toString())).toEqual({
      partialSuccess: { rejectedSpans: "1", errorMessage: expect.stringMatching(/trace_?id/i) },
    });
    expect(handedOver.map(({ rows }) => rows)).toEqual([1, 1]);
    expect(receiver.status().counters).toMatchObject({ rows_rejected: 2, rows_traces: 2 });
  });
});

describe("a bad request", () => {
  const malformed = Uint8Array.from([0x0a, 0xff, 0xff, 0xff]);

  test("malformed: 400 with the reason as google.rpc.Status in its encoding, and nothing stored", async () => {
    const binary = await send("traces", PROTOBUF, malformed);
    expect(binary.response.status).toBe(400);
    expect(rpcStatus.toObject(rpcStatus.decode(binary.bytes))).toEqual({
      code: 3,
      message: expect.stringMatching(/^Cannot decode traces request: /),
    });

    const text = await send("logs", JSON_TYPE, Uint8Array.from(Buffer.from('{"resourceLogs": [')));
    expect(text.response.status).toBe(400);
    expect(JSON.parse(Buffer.from(text.bytes).toString())).toMatchObject({ code: 3 });
    expect(spooled("traces")).toEqual([]);
    expect(handedOver).toEqual([]);
    expect(receiver.status().counters).toMatchObject({ requests_malformed: 2, answers_400: 2 });
  });

  test("not what its content encoding says: 400", async () => {
    for (const encoding of ["gzip", "deflate", "zstd"]) {
      const { response, bytes } = await send("traces", JSON_TYPE, encodeJson(one), {
        "content-encoding": encoding,
      });
      expect(response.status).toBe(400);
      expect(Buffer.from(bytes).toString()).toContain(`it is not ${encoding}`);
    }
  });

  test("too large, as announced, as sent, or after decompression: 413", async () => {
    const large = new Uint8Array(BODY_SIZE_BYTES_MAX + 1);
    expect((await send("traces", PROTOBUF, large)).response.status).toBe(413);
    for (const size of [large.length, 64 * 1_048_576]) {
      const bomb = Uint8Array.from(gzipSync(new Uint8Array(size)));
      const { response } = await send("traces", PROTOBUF, bomb, { "content-encoding": "gzip" });
      expect(response.status).toBe(413);
    }

    const request = httpRequest(`${base}/v1/traces`, {
      method: "POST",
      headers: { "content-type": PROTOBUF },
    });
    request.end(large); // without Content-Length
    const [response] = await once(request, "response");
    expect(response.statusCode).toBe(413);
    response.resume();
    expect(receiver.status().counters).toMatchObject({ answers_413: 4, held_bytes: 0 });
  });

  test("of another content type or encoding: 415 that names what is read", async () => {
    const text = await send("traces", "text/plain", encodeJson(one));
    expect(text.response.status).toBe(415);
    expect(Buffer.from(text.bytes).toString()).toContain(
      "application/x-protobuf or application/json",
    );

    const brotli = await send("traces", JSON_TYPE, encodeJson(one), { "content-encoding": "br" });
    expect(brotli.response.status).toBe(415);
    expect(brotli.response.headers.get("accept-encoding")).toBe("gzip, deflate, zstd");
  });

  test("to another path: 404; with another method: 405", async () => {
    expect((await send("profiles", JSON_TYPE, encodeJson({}))).response.status).toBe(404);
    const response = await fetch(`${base}/v1/traces`);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });
});

describe("a visitor", () => {
  test("with a wrong token: 401 before anything is read", async () => {
    const { response, bytes } = await send("traces", JSON_TYPE, encodeJson(one), {
      authorization: "Bearer wrong",
    });
    expect(response.status).toBe(401);
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({
      code: 16,
      message: "Cannot answer: the token is wrong",
    });
    expect(spooled("traces")).toEqual([]);
  });

  test("that is a page on this machine may send and read the answer", async () => {
    const headers = { origin: "http://localhost:3000" };
    const preflight = await fetch(`${base}/v1/traces`, { method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("POST");

    const { response } = await send("traces", JSON_TYPE, encodeJson(one), headers);
    expect(response.status).toBe(200);
    for (const { headers: answered } of [preflight, response]) {
      expect(answered.get("access-control-allow-origin")).toBe("http://localhost:3000");
      expect(answered.get("vary")).toBe("origin");
    }
  });

  test("that is a page of another site may not, not even ask", async () => {
    const headers = { origin: "https://evil.example" };
    expect((await fetch(`${base}/v1/traces`, { method: "OPTIONS", headers })).status).toBe(403);
    const { response } = await send("traces", JSON_TYPE, encodeJson(one), headers);
    expect(response.status).toBe(403);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("trouble on our side", () => {
  test("a full spool: 503 with Retry-After, in both encodings", async () => {
    server.close();
    await spool.close();
    await openDoor({ bytesMax: 500 });
    const large = encodeProtobuf("traces", traceRequest([testSpan("x".repeat(1_000))]));
    const { response, bytes } = await send("traces", PROTOBUF, large);

    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(rpcStatus.toObject(rpcStatus.decode(bytes))).toMatchObject({ code: 14 });
    expect(receiver.status().counters).toMatchObject({ requests_refused_full: 1 });
  });

  test("an unexpected error: 503, never 500, because a sender must keep the data", async () => {
    writeFileSync(join(spool.directory, "traces"), "in the way of the folder");
    const { response } = await send("traces", JSON_TYPE, encodeJson(one));
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(receiver.status()).toMatchObject({
      state: "degraded",
      counters: { requests_failed: 1 },
    });
  });

  test("while stopping: 503", async () => {
    receiver.close();
    const { response } = await send("traces", JSON_TYPE, encodeJson(one));
    expect(response.status).toBe(503);
    expect(spooled("traces")).toEqual([]);
  });

  test("a sender that goes away in the middle is counted, and holds no memory", async () => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(
      `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: ${PROTOBUF}\r\ncontent-length: 50000\r\n\r\n${"x".repeat(9_000)}`,
    );
    await expect.poll(() => receiver.status().counters["held_bytes"]).toBe(9_000);
    socket.destroy();

    await expect
      .poll(() => receiver.status().counters)
      .toMatchObject({ requests_cut_off: 1, held_bytes: 0 });
  });
});
