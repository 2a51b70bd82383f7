// Our SDK against our receiver, through both doors and in every form that the SDK can send.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readString, transferablesOf, type Batch } from "@telemetry/otlp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as sdk from "../../../sdk/src/index.ts";
import { openTestSender, spanRequest } from "../../../sdk/src/testdata/test-sender.ts";
import { resetTelemetry } from "../../../sdk/src/testing/testing.ts";
import type { Listener } from "../listen/listen.ts";
import { openSpool, type Spool } from "../spool/spool.ts";
import { createHttpDoor, openGrpcDoor, Receiver, type AccessCheck } from "./receive.ts";

const BODY_SIZE_BYTES_MAX = 100_000;
const WAYS = [
  { protocol: "http/protobuf", compression: "none" },
  { protocol: "http/protobuf", compression: "zstd" },
  { protocol: "http/json", compression: "gzip" },
  { protocol: "grpc", compression: "none" },
  { protocol: "grpc", compression: "gzip" },
] as const satisfies sdk.ExportOptions[];

let dataDirectory: string;
let spool: Spool;
let receiver: Receiver;
let httpServer: Server;
let grpcDoor: Listener;
/** Names of the spans that were handed to the store. */
let stored: string[];

beforeEach(async () => {
  dataDirectory = mkdtempSync(join(tmpdir(), "telemetry-ours-"));
  stored = [];
  await openDoors(1e9);
});

afterEach(async () => {
  await resetTelemetry();
  await closeDoors();
  rmSync(dataDirectory, { recursive: true, force: true });
});

async function openDoors(bytesMax: number): Promise<void> {
  spool = await openSpool({ dataDirectory, bytesMax });
  receiver = new Receiver({
    spool,
    bodySizeBytesMax: BODY_SIZE_BYTES_MAX,
    publish: () => {},
    handOver: (batch) => {
      stored.push(...spanNames(batch));
      structuredClone(batch, { transfer: transferablesOf(batch) });
    },
  });
  httpServer = createServer(createHttpDoor(receiver, { check, mayRead: () => true })).listen(
    0,
    "127.0.0.1",
  );
  await once(httpServer, "listening");
  const address = { host: "127.0.0.1", port: 0, option: "--otlp-grpc-port" };
  const { connections } = receiver;
  grpcDoor = await openGrpcDoor(receiver, { ...address, connections, check });
}

async function closeDoors(): Promise<void> {
  httpServer.closeAllConnections();
  httpServer.close();
  await grpcDoor.close(0);
  await spool.close();
}

const check: AccessCheck = ({ header }) =>
  header("authorization") === "Bearer wrong"
    ? { status: 401, message: "Cannot answer: the token is wrong" }
    : undefined;

function endpointOf(protocol: sdk.ExportProtocol): string {
  const { port } = httpServer.address() as AddressInfo;
  return `http://127.0.0.1:${protocol === "grpc" ? grpcDoor.port : port}`;
}

function spanNames(batch: Batch): string[] {
  if (batch.signal !== "traces") return [];
  const { spans } = batch;
  return Array.from({ length: batch.rowCount }, (_, row) => readString(batch, spans.name, row));
}

describe.each(WAYS)("our SDK by $protocol with compression $compression", (way) => {
  const open = (options: sdk.TelemetryOptions = {}) => {
    const opened = openTestSender({ endpoint: endpointOf(way.protocol), ...way, ...options });
    return opened.sender;
  };

  test("hears the pace with the first answer", async () => {
    const sender = open();
    expect(await sender.send("traces", spanRequest(), 1)).toEqual({
      outcome: "delivered",
      rejectedCount: 0,
    });
    expect(sender.pace.announced).toEqual({ spansMs: 100, metricsMs: 500, openSpans: true });
    expect(stored).toEqual(["work"]);
    sender.close();
  });

  test("sends bytes that are recognised when they come again", async () => {
    const sender = open();
    for (let i = 0; i < 3; i++) await sender.send("traces", spanRequest(), 1);
    expect(stored).toEqual(["work"]);
    expect(spool.status().counters).toMatchObject({ appended: 1, repeated: 2 });
    sender.close();
  });

  test("loses nothing to a receiver that takes small requests only", async () => {
    const telemetry = sdk.startTelemetry({
      endpoint: endpointOf(way.protocol),
      ...way,
      logLevel: "silent",
      runtimeMetrics: false,
    });
    const names = Array.from({ length: 500 }, (_, index) => `${index} ${"x".repeat(1_000)}`);
    for (const name of names) sdk.startSpan(name).end();
    expect(await telemetry.flush()).toBe(true);
    expect(stored).toEqual(names);
    expect(telemetry.status().counters["export.traces.too_large"]).toBeGreaterThan(0);
  });

  test("waits where there is no room, and gives up a token that is wrong", async () => {
    await closeDoors();
    await openDoors(500);
    const large = spanRequest("x", 1_000);
    const full = open({ timeoutMs: 1_000 });
    expect(await full.send("traces", large, 1)).toMatchObject({
      outcome: "unavailable",
      reason: expect.stringContaining("Cannot keep request: the spool holds its limit"),
    });
    full.close();
    const stranger = open({ headers: { authorization: "Bearer wrong" } });
    expect(await stranger.send("traces", large, 1)).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining("the token is wrong"),
    });
    stranger.close();
  });
});

test("a started SDK says that it talks to a dashboard, over gRPC too", async () => {
  const telemetry = sdk.startTelemetry({ endpoint: endpointOf("grpc"), protocol: "grpc" });
  sdk.startSpan("a").end();
  expect(await telemetry.flush()).toBe(true);
  expect(telemetry.status().isLive).toBe(true);
});
