import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { transferablesOf, type Signal } from "@telemetry/otlp";
import protobuf from "protobufjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Listener } from "../listen/listen.ts";
import { openSpool, scanEntries, type Spool } from "../spool/spool.ts";
import { openGrpcDoor, Receiver, type AccessCheck } from "./receive.ts";
import {
  decodeResponse,
  encodeProtobuf,
  logRequest,
  metricRequest,
  testSpan,
  traceRequest,
} from "./testdata/requests.ts";

const BODY_SIZE_BYTES_MAX = 100_000;
const METHODS: Readonly<Record<Signal, string>> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

let dataDirectory: string;
let spool: Spool;
let receiver: Receiver;
let door: Listener;
let client: grpc.Client;
let handedOver: { signal: Signal; position: number; rows: number }[];

beforeEach(async () => {
  dataDirectory = mkdtempSync(join(tmpdir(), "telemetry-grpc-"));
  handedOver = [];
  await openDoor();
});

afterEach(async () => {
  client.close();
  await door.close(100);
  await spool.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

async function openDoor(bytesMax = 1e9): Promise<void> {
  spool = await openSpool({ dataDirectory, bytesMax });
  receiver = new Receiver({
    spool,
    bodySizeBytesMax: BODY_SIZE_BYTES_MAX,
    publish: () => {},
    handOver: (batch, position) => {
      handedOver.push({ signal: batch.signal, position, rows: batch.rowCount });
      structuredClone(batch, { transfer: transferablesOf(batch) });
    },
  });
  const check: AccessCheck = ({ header }) =>
    header("authorization") === "Bearer wrong"
      ? { status: 401, message: "Cannot answer: the token is wrong" }
      : undefined;
  door = await openGrpcDoor(receiver, {
    host: "127.0.0.1",
    port: 0,
    option: "--otlp-grpc-port",
    check,
  });
  connect();
}

function connect(options: grpc.ClientOptions = {}): void {
  client = new grpc.Client(`127.0.0.1:${door.port}`, grpc.credentials.createInsecure(), options);
}

interface Answer {
  readonly error: grpc.ServiceError | null;
  readonly bytes: Buffer | undefined;
  readonly headers: grpc.Metadata;
}

function send(signal: Signal, body: Uint8Array, metadata = new grpc.Metadata()): Promise<Answer> {
  const asTheyAre = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    let headers = new grpc.Metadata();
    const call = client.makeUnaryRequest(
      METHODS[signal],
      asTheyAre,
      asTheyAre,
      Buffer.from(body),
      metadata,
      (error, bytes) => resolve({ error, bytes, headers }),
    );
    call.on("metadata", (received) => (headers = received));
  });
}

function spooled(signal: Signal): string[] {
  const entries = [...scanEntries(spool.directory, signal, 0, spool.end(signal))];
  return entries.map((entry) => Buffer.from(entry.body).toString("hex"));
}

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
    expect(spooled(signal)).toEqual([Buffer.from(body).toString("hex")]);
    expect(handedOver).toEqual([{ signal, position: 0, rows: 1 }]);
  });

  test("may be compressed with gzip", async () => {
    client.close();
    connect({ "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip });
    expect((await send("traces", one)).error).toBeNull();
    expect(spooled("traces")).toEqual([Buffer.from(one).toString("hex")]);
  });

  test("holds no memory when it is answered, small or large", async () => {
    const spans = Array.from({ length: 500 }, (_, index) => testSpan(`span ${index}`));
    await send("traces", one);
    await send("traces", encodeProtobuf("traces", traceRequest(spans)));
    expect(receiver.status().counters).toMatchObject({ rows_traces: 501, held_bytes: 0 });
  });

  test("without rows is a success", async () => {
    expect((await send("metrics", new Uint8Array(0))).error).toBeNull();
  });

  test("with bad rows says how many, and why", async () => {
    const spans = [testSpan("good"), { ...testSpan("bad"), traceId: "abcd" }];
    const { bytes } = await send("traces", encodeProtobuf("traces", traceRequest(spans)));
    expect(decodeResponse("traces", bytes!)).toEqual({
      partialSuccess: { rejectedSpans: "1", errorMessage: expect.stringContaining("trace_id") },
    });
  });
});

describe("a request that is refused", () => {
  test("malformed: INVALID_ARGUMENT with the reason", async () => {
    const { error } = await send("traces", Uint8Array.from([0x0a, 0xff, 0xff, 0xff]));
    expect(error).toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: expect.stringMatching(/^Cannot decode traces request/),
    });
    expect(spooled("traces")).toEqual([]);
  });

  test("too large, also only after decompression: RESOURCE_EXHAUSTED", async () => {
    expect((await send("traces", new Uint8Array(BODY_SIZE_BYTES_MAX + 1))).error?.code).toBe(
      grpc.status.RESOURCE_EXHAUSTED,
    );
    client.close();
    connect({ "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip });
    expect((await send("traces", new Uint8Array(10 * BODY_SIZE_BYTES_MAX))).error?.code).toBe(
      grpc.status.RESOURCE_EXHAUSTED,
    );
  });

  test("no room: UNAVAILABLE with a RetryInfo", async () => {
    client.close();
    await door.close(0);
    await spool.close();
    await openDoor(500);
    const large = encodeProtobuf("traces", traceRequest([testSpan("x".repeat(1_000))]));
    const { error } = await send("traces", large);

    expect(error?.code).toBe(grpc.status.UNAVAILABLE);
    const [details] = error!.metadata.get("grpc-status-details-bin");
    const type = protobuf
      .parse(
        `syntax = "proto3";
      message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
      message Any { string type_url = 1; RetryInfo value = 2; }
      message RetryInfo { Duration retry_delay = 1; }
      message Duration { int64 seconds = 1; int32 nanos = 2; }`,
        { keepCase: true },
      )
      .root.lookupType("Status");
    expect(type.toObject(type.decode(details as Buffer), { longs: Number })).toEqual({
      code: 14,
      message: expect.stringMatching(/^Cannot keep request: the spool holds its limit/),
      details: [
        {
          type_url: "type.googleapis.com/google.rpc.RetryInfo",
          value: { retry_delay: { seconds: 5 } },
        },
      ],
    });
  });

  test("a wrong token: UNAUTHENTICATED", async () => {
    const metadata = new grpc.Metadata();
    metadata.set("authorization", "Bearer wrong");
    expect((await send("traces", one, metadata)).error?.code).toBe(grpc.status.UNAUTHENTICATED);
    expect(spooled("traces")).toEqual([]);
  });
});

test("closing lets a connected sender go, and takes no new one", async () => {
  expect((await send("traces", one)).error).toBeNull();
  await door.close(2_000);
  expect((await send("traces", one)).error?.code).toBe(grpc.status.UNAVAILABLE);
});
