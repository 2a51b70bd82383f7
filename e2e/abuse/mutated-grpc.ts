// mutated-grpc.ts — spoilt calls over gRPC: spoilt messages, frames that lie, headers that do not fit; and HTTP/2
// connections with bits flipped anywhere.

import type { ClientHttp2Session } from "node:http2";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Signal } from "../../packages/otlp/src/index.ts";
import type { Chance } from "./chance.ts";
import { call, openSession } from "./grpc-call.ts";
import { mutate } from "./mutate.ts";
import { CUT, HANGS, inTime, type Outcomes, type Quota } from "./outcomes.ts";
import type { Payload } from "./payloads.ts";
import {
  encodeHeaders,
  EXPORT_HEADERS,
  Flag,
  frame,
  FrameType,
  grpcMessage,
  openRawHttp2,
} from "./raw-http2.ts";

const ANSWER_TIMEOUT_MS = 20_000;
const METHODS: Readonly<Record<Signal, string>> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

/** Sends `count` spoilt calls, one after the other, over one connection while it lasts. */
export async function sendMutatedGrpc(
  url: string,
  payloads: readonly Payload[],
  chance: Chance,
  { count, deadlineMs }: Quota,
  outcomes: Outcomes,
): Promise<void> {
  const protobuf = payloads.filter(({ encoding }) => encoding === "protobuf");
  let session = openSession(url);
  for (let sent = 0; sent < count && performance.now() < deadlineMs; sent++) {
    if (session.closed || session.destroyed) session = openSession(url);
    const outcome = await inTime(sendOne(session, protobuf, chance), ANSWER_TIMEOUT_MS);
    outcomes.note(outcome);
    if (outcome === HANGS) session.destroy();
  }
  session.destroy();
}

async function sendOne(
  session: ClientHttp2Session,
  payloads: readonly Payload[],
  chance: Chance,
): Promise<string> {
  const { signal, body: good } = chance.pick(payloads);
  const other = chance.pick(payloads).body;
  let message: Buffer = chance.of(0.9) ? mutate(good, chance, other) : good;
  const headers: Record<string, string> = {
    ":method": "POST",
    ":path": METHODS[signal],
    "content-type": "application/grpc",
    te: "trailers",
  };
  const isCompressed = chance.of(0.2);
  if (isCompressed) {
    const compression = chance.pick(["gzip", "zstd"]);
    message = compression === "gzip" ? gzipSync(message, { level: 1 }) : zstdCompressSync(message);
    if (chance.of(0.3)) message = mutate(message, chance, other);
    headers["grpc-encoding"] = compression;
  }
  let body = grpcMessage(message, isCompressed);
  if (chance.of(0.1)) body = mutate(body, chance, other);
  if (chance.of(0.1)) chance.pick(HEADER_MUTATIONS)(headers, chance);
  if (!chance.of(0.03)) return await call(session, headers, body);
  return await call(session, headers, body.subarray(0, chance.integer(body.length + 1)), true);
}

const HEADER_MUTATIONS: readonly ((headers: Record<string, string>, chance: Chance) => void)[] = [
  (headers, chance) => {
    headers[":path"] = chance.pick([
      "/x",
      "/grpc.health.v1.Health/Check",
      "/__proto__",
      `${METHODS.traces}x`,
    ]);
  },
  (headers, chance) => {
    headers["content-type"] = chance.pick(["application/json", "application/grpc+json", "x"]);
  },
  (headers, chance) => {
    headers["grpc-encoding"] = chance.pick(["snappy", "identity", "GZIP", "x\xff"]);
  },
  (headers) => {
    headers[":method"] = "PUT";
  },
  (headers, chance) => {
    headers["grpc-timeout"] = chance.pick(["0n", "x", "99999999H"]);
  },
  (headers, chance) => {
    headers["x-junk"] = "y".repeat(chance.integer(14_000));
  },
];

/** Sends `count` connections with one good call each, in whose bytes some bits are flipped. */
export async function sendMutatedHttp2(
  url: string,
  payloads: readonly Payload[],
  chance: Chance,
  { count, deadlineMs }: Quota,
  outcomes: Outcomes,
): Promise<void> {
  const protobuf = payloads.filter(
    ({ encoding, body }) => encoding === "protobuf" && body.length < 8_000,
  );
  for (let sent = 0; sent < count && performance.now() < deadlineMs; sent++) {
    const { body } = chance.pick(protobuf);
    const headers = encodeHeaders(EXPORT_HEADERS);
    const bytes = Buffer.concat([
      frame(FrameType.headers, Flag.endHeaders, 1, headers),
      frame(FrameType.data, Flag.endStream, 1, grpcMessage(body)),
    ]);
    const socket = await openRawHttp2(url);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.end(mutate(bytes, chance, chance.pick(protobuf).body));
    const outcome = await inTime(closed, ANSWER_TIMEOUT_MS);
    outcomes.note(outcome === HANGS ? HANGS : CUT);
    socket.destroy();
  }
}
