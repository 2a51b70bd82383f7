// raw-sender.ts — a sender without any SDK: OTLP/JSON over HTTP or protobuf over gRPC, the same bytes again and again
// until the answer is yes. So nothing of it may be missing at the end.

import { setTimeout as delay } from "node:timers/promises";
import { randomBytes } from "node:crypto";
import { connect, type ClientHttp2Session } from "node:http2";
import type { Signal } from "@telemetry/otlp";
import { encodeOfficial } from "../../packages/otlp/src/conformance/official.ts";
import { callGrpc, frameOf, GRPC_OK, METHODS } from "./grpc-call.ts";
import { SERIES_KEY, SIGNALS } from "./ledger.ts";
import type { Counts } from "./send-records.ts";

const RECORDS_PER_REQUEST = 50;
const RETRY_EVERY_MS = 200;
/** Longer than any outage, and than a busy machine makes of it. */
const PATIENCE_MS = 60_000;

const name = process.env["CHAOS_NAME"] ?? "raw";
const endpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "";
const isGrpc = process.env["OTEL_EXPORTER_OTLP_PROTOCOL"] === "grpc";
const perSecond = Number(process.env["RECORDS_PER_SECOND"]);
const resource = { attributes: [{ key: "service.name", value: { stringValue: `chaos-${name}` } }] };
let session: ClientHttp2Session | undefined;
const stop = new AbortController();
let number = 0;

process.once("message", () => stop.abort());
const sent = await Promise.all(SIGNALS.map((signal) => sendUntilStopped(signal)));
session?.destroy();
process.send?.(Object.fromEntries(SIGNALS.map((signal, index) => [signal, sent[index]])), () =>
  process.exit(0),
);

async function sendUntilStopped(signal: Signal): Promise<Counts> {
  const pauseMs = (SIGNALS.length * RECORDS_PER_REQUEST * 1_000) / perSecond;
  let [delivered, lost] = [0, 0];
  for (let dueMs = performance.now(); !stop.signal.aborted; dueMs += pauseMs) {
    await delay(Math.max(0, dueMs - performance.now()));
    if (await deliver(signal, requestOf(signal))) delivered += RECORDS_PER_REQUEST;
    else lost += RECORDS_PER_REQUEST;
  }
  return { made: delivered + lost, delivered, lost, waiting: 0 };
}

async function deliver(signal: Signal, request: object): Promise<boolean> {
  const post = isGrpc
    ? grpcPost(signal, frameOf(encodeOfficial(signal, request)))
    : httpPost(signal, JSON.stringify(request));
  for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs;) {
    if (await post().catch(() => false)) return true;
    await delay(RETRY_EVERY_MS);
  }
  return false;
}

function httpPost(signal: Signal, body: string): () => Promise<boolean> {
  return async () => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${endpoint}/v1/${signal}`, { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status === 200;
  };
}

function grpcPost(signal: Signal, frame: Uint8Array): () => Promise<boolean> {
  return async () => {
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(endpoint);
      session.on("error", () => {}); // each call on it hears of it
    }
    return (await callGrpc(session, METHODS[signal], frame)).status === GRPC_OK;
  };
}

/** In the form of OTLP/JSON. */
function requestOf(signal: Signal): object {
  const timeUnixNano = String(BigInt(Date.now()) * 1_000_000n + BigInt(number % 1_000_000));
  const numbers = Array.from({ length: RECORDS_PER_REQUEST }, () => number++);
  if (signal === "logs") {
    const logRecords = numbers.map((each) => ({
      timeUnixNano,
      severityNumber: 9,
      body: { stringValue: `chaos ${name} ${each}` },
    }));
    return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
  }
  if (signal === "traces") {
    const traceId = idOf(16);
    const spans = numbers.map((each) => ({
      traceId,
      spanId: idOf(8),
      name: `work ${each % 20}`,
      startTimeUnixNano: timeUnixNano,
      endTimeUnixNano: timeUnixNano,
    }));
    return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
  }
  const dataPoints = numbers.map((each) => ({
    timeUnixNano,
    asInt: String(each),
    attributes: [{ key: SERIES_KEY, value: { stringValue: String(each) } }],
  }));
  const metrics = [{ name: `chaos.${name}.number`, gauge: { dataPoints } }];
  return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] };
}

/** Hex for JSON, bytes for the official definitions. */
function idOf(sizeBytes: number): string | Uint8Array {
  const bytes = randomBytes(sizeBytes);
  return isGrpc ? bytes : bytes.toString("hex");
}
