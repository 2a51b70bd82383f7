// grpc.test.ts — OTLP/gRPC, asked by the reference implementation of gRPC and, for what that never does, by hand.

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import * as grpc from "@grpc/grpc-js";
import type { Signal } from "@telemetry/otlp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Listener } from "../../listen/listen.ts";
import { openGrpcDoor } from "../receive.ts";
import {
  decodeResponse,
  encodeProtobuf,
  logRequest,
  metricRequest,
  testSpan,
  traceRequest,
} from "../testdata/requests.ts";
import {
  BODY_SIZE_BYTES_MAX,
  check,
  decodeStatus,
  openTestReceiver,
  type TestReceiver,
} from "../testdata/test-receiver.ts";
import type { GrpcDoorOptions } from "./sessions.ts";

const METHODS: Readonly<Record<Signal, string>> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};
const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";

let inside: TestReceiver;
let door: Listener;
let client: grpc.Client;
const sessions: ClientHttp2Session[] = [];

beforeEach(() => open());
afterEach(() => close());

async function open(
  options: Parameters<typeof openTestReceiver>[0] = {},
  doorOptions: Partial<GrpcDoorOptions> = {},
): Promise<void> {
  inside = await openTestReceiver(options);
  door = await openGrpcDoor(inside.receiver, {
    host: "127.0.0.1",
    port: 0,
    option: "--otlp-grpc-port",
    connections: inside.receiver.connections,
    check,
    ...doorOptions,
  });
  connect();
}

async function close(): Promise<void> {
  client.close();
  for (const session of sessions.splice(0)) session.destroy();
  await door.close(100);
  await inside.close();
}

async function reopen(...options: Parameters<typeof open>): Promise<void> {
  await close();
  await open(...options);
}

function connect(options: grpc.ClientOptions = {}): void {
  client = new grpc.Client(`127.0.0.1:${door.port}`, grpc.credentials.createInsecure(), options);
}

interface Answer {
  readonly error: grpc.ServiceError | null;
  readonly bytes: Buffer | undefined;
  readonly headers: grpc.Metadata;
}

function send(method: string, body: Uint8Array, metadata = new grpc.Metadata()): Promise<Answer> {
  const asTheyAre = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    let headers = new grpc.Metadata();
    const call = client.makeUnaryRequest(
      METHODS[method as Signal] ?? method,
      asTheyAre,
      asTheyAre,
      Buffer.from(body),
      metadata,
      (error, bytes) => resolve({ error, bytes, headers }),
    );
    call.on("metadata", (received) => (headers = received));
  });
}

/** The google.rpc.Status in the trailers. */
function detailsOf(error: grpc.ServiceError | null): object {
  const [details] = error!.metadata.get("grpc-status-details-bin");
  return decodeStatus(details as Buffer);
}

/** A call by hand, with the body as it is. */
async function call(body: Uint8Array, headers: Record<string, string> = {}) {
  const stream = openStream(headers);
  stream.end(body);
  const answered = once(stream, "response");
  let trailers: Record<string, unknown> = {};
  stream.on("trailers", (received) => (trailers = received));
  stream.resume();
  const [received] = (await answered) as [Record<string, unknown>];
  await once(stream, "close");
  return { ...received, ...trailers, rstCode: stream.rstCode } as Record<string, unknown>;
}

function openStream(headers: Record<string, string> = {}) {
  const session = connectHttp2(`http://127.0.0.1:${door.port}`);
  session.on("error", () => {});
  sessions.push(session);
  const stream = session.request({
    ":method": "POST",
    ":path": METHODS.traces,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.on("error", () => {});
  return stream;
}

function frame(message: Uint8Array, isCompressed = false): Buffer {
  const header = Buffer.alloc(5);
  header[0] = Number(isCompressed);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

const counters = () => inside.receiver.status().counters;
const one = encodeProtobuf("traces", traceRequest([testSpan("GET /")]));

describe("a good request", () => {
  test.each([
    ["traces", traceRequest([testSpan("GET /")])],
    ["metrics", metricRequest(1.5)],
    ["logs", logRequest("hello")],
  ] as const)("of %s is spooled as it came and handed over", async (signal, request) => {
    const body = encodeProtobuf(signal, request);
    const { error, bytes, headers } = await send(signal, body);

    expect(error).toBeNull();
    expect(bytes!.length).toBe(0);
    expect(headers.get("telemetry-live")).toEqual(["1; spans=100; metrics=500; open-spans"]);
    expect(inside.spooled(signal)).toEqual([Buffer.from(body).toString("hex")]);
    expect(inside.handedOver).toEqual([{ signal, position: 0, rows: 1 }]);
  });

  test("may be compressed with gzip or deflate by gRPC's own client, with zstd by a Collector", async () => {
    const spans = Array.from({ length: 200 }, (_, index) => testSpan(`${index} ${Math.random()}`));
    const large = encodeProtobuf("traces", traceRequest(spans));
    for (const body of [one, large]) {
      for (const algorithm of [
        grpc.compressionAlgorithms.gzip,
        grpc.compressionAlgorithms.deflate,
      ]) {
        client.close();
        connect({ "grpc.default_compression_algorithm": algorithm });
        expect((await send("traces", body)).error).toBeNull();
      }
      const answer = await call(frame(zstdCompressSync(body), true), { "grpc-encoding": "zstd" });
      expect(answer["grpc-status"]).toBe("0");
    }
    expect(inside.handedOver.map(({ rows }) => rows)).toEqual([1, 200]);
    expect(inside.spool.status().counters).toMatchObject({ appended: 2, repeated: 4 });
  });

  test("may say that it compresses, and not do it", async () => {
    const answer = await call(frame(one), { "grpc-encoding": "gzip" });
    expect(answer["grpc-status"]).toBe("0");
  });

  test("may come in pieces, a byte at a time", async () => {
    const stream = openStream();
    for (const byte of frame(one)) {
      stream.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    stream.end();
    const [trailers] = (await once(stream.resume(), "trailers")) as [Record<string, string>];
    expect(trailers["grpc-status"]).toBe("0");
    expect(inside.handedOver).toMatchObject([{ rows: 1 }]);
  });

  test("holds no memory when it is answered, small or large", async () => {
    const spans = Array.from({ length: 500 }, (_, index) => testSpan(`span ${index}`));
    await send("traces", one);
    await send("traces", encodeProtobuf("traces", traceRequest(spans)));
    expect(counters()).toMatchObject({ rows_traces: 501, held_bytes: 0 });
  });

  test("without rows is a success", async () => {
    expect((await send("metrics", new Uint8Array(0))).error).toBeNull();
    expect(inside.handedOver).toEqual([]);
  });

  test("with bad rows says how many, and names the field of the first", async () => {
    const spans = [testSpan("good"), { ...testSpan("bad"), traceId: "abcd" }];
    const { bytes } = await send("traces", encodeProtobuf("traces", traceRequest(spans)));
    expect(decodeResponse("traces", bytes!)).toEqual({
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage: expect.stringContaining("spans[1].trace_id"),
      },
    });
  });
});

describe("a request that is refused", () => {
  test("malformed: INVALID_ARGUMENT with the reason, and the field as BadRequest", async () => {
    const { error } = await send("traces", Uint8Array.from([0x0a, 0xff, 0xff, 0xff]));
    const message = expect.stringMatching(/^Cannot decode traces request: resource_spans\[0\] at/);
    expect(error).toMatchObject({ code: grpc.status.INVALID_ARGUMENT, details: message });
    expect(detailsOf(error)).toEqual({
      code: 3,
      message,
      details: [
        {
          "@type": BAD_REQUEST,
          fieldViolations: [{ field: "resource_spans[0]", description: message }],
        },
      ],
    });
    expect(inside.spooled("traces")).toEqual([]);
    expect(counters()).toMatchObject({ requests_malformed: 1, answers_grpc_3: 1 });
  });

  test.each([
    ["no message", Buffer.alloc(0), "its message is cut off"],
    ["half a header", Buffer.from([0, 0]), "its message is cut off"],
    ["less than it announces", frame(one).subarray(0, -1), "its message is cut off"],
    ["two messages", Buffer.concat([frame(one), frame(one)]), "it has more than one message"],
    ["an unknown flag", Buffer.concat([Buffer.of(7), frame(one).subarray(1)]), "must be 0 or 1"],
    ["compression of no kind", frame(gzipSync(one), true), "grpc-encoding does not say how"],
  ])("of %s: INVALID_ARGUMENT", async (_, body, reason) => {
    const answer = await call(body);
    expect(answer["grpc-status"]).toBe("3");
    expect(decodeURIComponent(String(answer["grpc-message"]))).toContain(reason);
    expect(inside.spooled("traces")).toEqual([]);
    expect(counters()["held_bytes"]).toBe(0);
  });

  test("not what its encoding says, or only a part of it: INVALID_ARGUMENT", async () => {
    for (const [encoding, compress] of [
      ["gzip", gzipSync],
      ["zstd", zstdCompressSync],
    ] as const) {
      for (const wrong of [one, compress(one).subarray(0, -9)]) {
        const answer = await call(frame(wrong, true), { "grpc-encoding": encoding });
        expect(answer["grpc-status"]).toBe("3");
        expect(decodeURIComponent(String(answer["grpc-message"]))).toContain(
          `it is not ${encoding}`,
        );
      }
    }
  });

  test("in an unknown encoding: UNIMPLEMENTED, with those that are known", async () => {
    const answer = await call(frame(one, true), { "grpc-encoding": "snappy" });
    expect(answer).toMatchObject({
      "grpc-status": "12",
      "grpc-accept-encoding": "identity,gzip,deflate,zstd",
    });
  });

  test("of an unknown method: UNIMPLEMENTED, with those that are known", async () => {
    const { error } = await send("/grpc.health.v1.Health/Check", one);
    expect(error).toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
      details: expect.stringContaining(METHODS.logs),
    });
  });

  test("too large, as it says or after decompression: RESOURCE_EXHAUSTED, not to be repeated", async () => {
    const { error } = await send("traces", new Uint8Array(BODY_SIZE_BYTES_MAX + 1));
    expect(error?.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
    expect(detailsOf(error)).not.toHaveProperty("details");
    for (const [encoding, compress] of [
      ["gzip", gzipSync],
      ["zstd", zstdCompressSync],
    ] as const) {
      const bomb = compress(new Uint8Array(64 * 1_048_576));
      const answer = await call(frame(bomb, true), { "grpc-encoding": encoding });
      expect(answer["grpc-status"]).toBe("8");
    }
    expect(counters()["held_bytes"]).toBe(0);
  });

  test("too large is refused by its announcement, and the rest is not waited for", async () => {
    const stream = openStream();
    stream.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
    const [headers] = (await once(stream, "response")) as [Record<string, string>];
    expect(headers["grpc-status"]).toBe("8");
    await once(stream, "close");
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  test("a hundred times over one connection leaves room for the next on it", async () => {
    const large = new Uint8Array(3 * BODY_SIZE_BYTES_MAX);
    for (let refused = 0; refused < 100; refused += 10) {
      const answers = Array.from({ length: 10 }, () => send("traces", large));
      for (const { error } of await Promise.all(answers)) {
        expect(error?.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
      }
    }
    expect((await send("traces", one)).error).toBeNull();
    expect(counters()).toMatchObject({ connections: 1, held_bytes: 0 });
  });

  test("no room: UNAVAILABLE with a RetryInfo", async () => {
    await reopen({ spoolBytesMax: 500 });
    const large = encodeProtobuf("traces", traceRequest([testSpan("x".repeat(1_000))]));
    const { error } = await send("traces", large);

    expect(error?.code).toBe(grpc.status.UNAVAILABLE);
    expect(detailsOf(error)).toEqual({
      code: 14,
      message: expect.stringMatching(/^Cannot keep request: the spool holds its limit/),
      details: [{ "@type": RETRY_INFO, retryDelay: "5s" }],
    });
  });

  test("by an unexpected error: UNAVAILABLE, never INTERNAL, because a sender must keep the data", async () => {
    writeFileSync(join(inside.spool.directory, "traces"), "in the way of the folder");
    const { error } = await send("traces", one);
    expect(error?.code).toBe(grpc.status.UNAVAILABLE);
    expect(detailsOf(error)).toEqual({
      code: 14,
      message: "Cannot accept request: an unexpected error",
      details: [{ "@type": RETRY_INFO, retryDelay: "1s" }],
    });
    expect(inside.told).toMatchObject([{ code: "EEXIST" }]);
  });

  test("while stopping: UNAVAILABLE", async () => {
    inside.receiver.close();
    expect((await send("traces", one)).error?.code).toBe(grpc.status.UNAVAILABLE);
  });

  test("a wrong token: UNAUTHENTICATED before anything of the message is kept", async () => {
    const stream = openStream({ authorization: "Bearer wrong" });
    stream.write(frame(new Uint8Array(90_000)).subarray(0, 50_000));
    const [headers] = (await once(stream, "response")) as [Record<string, string>];
    expect(headers["grpc-status"]).toBe("16");
    expect(decodeURIComponent(headers["grpc-message"]!)).toBe("Cannot answer: the token is wrong");
    expect(counters()).toMatchObject({ held_bytes: 0, answers_grpc_16: 1 });
    expect(inside.spooled("traces")).toEqual([]);
  });

  test("too much of one sender: RESOURCE_EXHAUSTED with a RetryInfo", async () => {
    await reopen({ limits: { requestsPerSecond: 1 } });
    expect((await send("traces", one)).error).toBeNull();
    const { error } = await send("traces", one);
    expect(error?.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
    expect(detailsOf(error)).toMatchObject({
      code: 8,
      details: [{ "@type": RETRY_INFO, retryDelay: "1s" }],
    });
    expect(counters()).toMatchObject({ requests_refused_rate: 1, refused_sender_localhost: 1 });
  });

  test("whatever is in a message survives its header", async () => {
    const { error } = await send("/50%25/x", one);
    expect(error?.details).toMatch(/^Cannot call "\/50%25\/x"/);
    const answer = await call(frame(one), { "grpc-encoding": "grün" });
    expect(answer["grpc-message"]).toMatch(/^Cannot read encoding "gr%C3%BCn"/);
  });
});

describe("a stranger", () => {
  test("that speaks HTTP/1 is told which port is meant", async () => {
    const response = await fetch(`http://127.0.0.1:${door.port}/v1/traces`, { method: "POST" });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/^Cannot answer: this port takes OTLP over gRPC; /);
    expect(counters()).toMatchObject({ connections_malformed: 1 });
  });

  test("that speaks HTTP/2 without gRPC hears it in HTTP", async () => {
    expect((await call(one, { "content-type": "application/x-protobuf" }))[":status"]).toBe(415);
    expect((await call(Buffer.alloc(0), { ":method": "PUT" }))[":status"]).toBe(405);
  });

  test("that speaks neither is cut off and counted", async () => {
    const socket = connectTcp(door.port, "127.0.0.1");
    socket.end("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n and so on");
    await once(socket.resume(), "close");
    await expect.poll(counters).toMatchObject({ connections_malformed: 1, connections: 0 });
  });
});

describe("a connection", () => {
  test("that says nothing is cut off", async () => {
    await reopen({}, { silenceMs: 100 });
    const socket = connectTcp(door.port, "127.0.0.1");
    await once(socket.resume(), "close");
    expect(counters()).toMatchObject({ connections_slow: 1 });
  });

  test("that begins HTTP/2 and stops there is cut off", async () => {
    await reopen({}, { silenceMs: 100 });
    const socket = connectTcp(door.port, "127.0.0.1");
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    await once(socket.resume(), "close");
    expect(counters()).toMatchObject({ connections_slow: 1 });
  });

  test("whose other end is gone is cut off when it answers no ping", async () => {
    await reopen({}, { lookIntervalMs: 100 });
    const socket = connectTcp(door.port, "127.0.0.1");
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])); // SETTINGS, and no more than that
    await once(socket.resume(), "close");
    expect(counters()).toMatchObject({ connections_silent: 1 });
  });

  test("that is idle, and answers pings, stays", async () => {
    await reopen({}, { lookIntervalMs: 20, silenceMs: 20 });
    expect((await send("traces", one)).error).toBeNull();
    let pings = 0;
    const session = connectHttp2(`http://127.0.0.1:${door.port}`);
    sessions.push(session);
    session.on("ping", () => pings++);
    await expect.poll(() => pings).toBeGreaterThan(5);
    expect(session.closed).toBe(false);
    expect(counters()).toMatchObject({ connections_silent: 0, connections_slow: 0 });
  });

  test("that does nothing but ping is cut off", async () => {
    const session = connectHttp2(`http://127.0.0.1:${door.port}`, { maxOutstandingPings: 5_000 });
    session.on("error", () => {});
    sessions.push(session);
    await once(session, "remoteSettings");
    const pinging = setInterval(() => {
      for (let ping = 0; ping < 100 && !session.destroyed; ping++) session.ping(() => {});
    }, 5);
    await once(session, "close");
    clearInterval(pinging);
    expect(counters()).toMatchObject({ connections_malformed: 1 });
  });

  test("may have 8 KiB of headers with a call, and is cut off with more", async () => {
    expect((await call(frame(one), { "x-large": "y".repeat(7_000) }))["grpc-status"]).toBe("0");
    const first = openStream();
    const session = first.session as ClientHttp2Session;
    first.end(frame(one));
    await once(first.resume(), "close"); // by now the limits are agreed upon
    const headers = { ":method": "POST", ":path": METHODS.traces, "x-large": "y".repeat(12_000) };
    const second = session.request({ ...headers, "content-type": "application/grpc" });
    second.on("error", () => {});
    await new Promise((resolve) => second.once("close", resolve));
    expect(second.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
    expect(counters()).toMatchObject({ requests_traces: 2 });
  });

  test("whose calls have no message is cut off after a thousand", async () => {
    const session = connectHttp2(`http://127.0.0.1:${door.port}`);
    session.on("error", () => {});
    sessions.push(session);
    const headers = { ":method": "POST", ":path": METHODS.traces };
    let answered = 0;
    for (let round = 0; round < 30 && !session.destroyed; round++) {
      const calls = Array.from({ length: 50 }, async () => {
        const stream = session.request(
          { ...headers, "content-type": "application/grpc" },
          { endStream: true },
        );
        stream.on("error", () => {}).once("response", () => answered++);
        await new Promise((resolve) => stream.resume().once("close", resolve));
      });
      await Promise.all(calls);
    }
    expect(session.destroyed).toBe(true);
    expect(answered).toBeGreaterThan(900);
    expect(counters()).toMatchObject({ connections_malformed: 1 });
  });

  test("whose message comes too slowly is told to come again", async () => {
    const clock = { graceMs: 50, intervalMs: 50, intervalBytesMin: 1_000, totalMs: 10_000 };
    await reopen({}, { clock });
    const stream = openStream();
    stream.write(frame(one).subarray(0, 10));
    const [headers] = (await once(stream, "response")) as [Record<string, string>];
    expect(headers["grpc-status"]).toBe("14");
    expect(counters()).toMatchObject({ requests_slow: 1, held_bytes: 0 });
  });

  test("that goes away in the middle of a message is counted, and holds no memory", async () => {
    const stream = openStream();
    stream.write(frame(new Uint8Array(90_000)).subarray(0, 50_000));
    await expect.poll(() => counters()["held_bytes"]).toBe(50_000);
    stream.session!.destroy();
    await expect.poll(counters).toMatchObject({ requests_cut_off: 1, held_bytes: 0 });
  });

  test("makes room when there is none: the one that is idle for longest goes", async () => {
    await reopen({ connectionsMax: 3 });
    const idle = connectTcp(door.port, "127.0.0.1");
    await expect.poll(() => counters()["connections"]).toBe(1);
    const gone = once(idle.resume(), "close");
    for (let connection = 0; connection < 3; connection++) {
      const session = connectHttp2(`http://127.0.0.1:${door.port}`);
      sessions.push(session);
      await once(session, "remoteSettings");
    }
    await gone;
    expect(counters()).toMatchObject({ connections: 3, connections_evicted: 1 });
  });

  test("of many senders with large messages leaves room for others", async () => {
    await reopen({ heldBytesMax: 300_000 });
    const flood = Array.from({ length: 12 }, () => {
      const stream = openStream();
      stream.write(frame(new Uint8Array(90_000)).subarray(0, 89_000));
      return stream;
    });
    await expect.poll(() => counters()["requests_refused_busy"]).toBeGreaterThan(0);
    for (let request = 0; request < 20; request++) {
      expect((await send("traces", one)).error).toBeNull();
    }
    for (const { session } of flood) session?.destroy();
    await expect.poll(() => counters()["held_bytes"]).toBe(0);
  });
});

test("closing lets a connected sender go, and takes no new one", async () => {
  expect((await send("traces", one)).error).toBeNull();
  await door.close(2_000);
  expect((await send("traces", one)).error?.code).toBe(grpc.status.UNAVAILABLE);
});
