// witness-thread.ts — the thread of witness.ts.

import { randomBytes } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import * as grpc from "@grpc/grpc-js";
import { encodeOfficial } from "../../packages/otlp/src/conformance/conformance.ts";
import type { WitnessReport } from "./witness.ts";

const { otlpUrl, otlpGrpcUrl, service } = workerData as {
  otlpUrl: string;
  otlpGrpcUrl: string;
  service: string;
};
const INTERVAL_MS = 20;
const TRIES_MAX = 50;
const METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const client = new grpc.Client(new URL(otlpGrpcUrl).host, grpc.credentials.createInsecure());
let latenciesMs: number[] = [];
let reasons: string[] = [];
const stop = new AbortController();

parentPort!.on("message", (what: "report" | "stop") => {
  if (what === "report") return parentPort!.postMessage(takeReport());
  stop.abort();
});
await testify();
client.close();
agent.destroy();
parentPort!.postMessage(takeReport());

async function testify(): Promise<void> {
  for (let turn = 0; !stop.signal.aborted; turn++) {
    const body = spanRequest();
    const startedAtMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      const reason = await (turn % 2 === 0 ? sendHttp(body) : sendGrpc(body));
      if (reason === undefined) break;
      reasons.push(reason);
      if (attempt === TRIES_MAX) throw new Error(`Cannot testify: ${reason}`);
      await delay(100);
    }
    latenciesMs.push(performance.now() - startedAtMs);
    await delay(INTERVAL_MS);
  }
}

function takeReport(): WitnessReport {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const report = {
    sent: sorted.length,
    repeated: reasons.length,
    reasons: [...new Set(reasons)].slice(0, 5),
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    maxMs: sorted.at(-1) ?? 0,
  };
  latenciesMs = [];
  reasons = [];
  return report;
}

function spanRequest(): Uint8Array {
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId: randomBytes(16),
    spanId: randomBytes(8),
    name: "good",
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 1_000n),
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
  return encodeOfficial("traces", {
    resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }],
  });
}

/** Undefined when the span is acknowledged, else why not. */
function sendHttp(body: Uint8Array): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
    const sent = httpRequest(
      `${otlpUrl}/v1/traces`,
      { method: "POST", agent, headers },
      (answer) => {
        let text = "";
        answer.on("data", (part) => (text += String(part)));
        answer.on("end", () => {
          resolve(answer.statusCode === 200 ? undefined : `${answer.statusCode} ${text}`);
        });
      },
    );
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}

function sendGrpc(body: Uint8Array): Promise<string | undefined> {
  const asTheyAre = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest(METHOD, asTheyAre, asTheyAre, Buffer.from(body), (error) => {
      resolve(error === null ? undefined : `gRPC ${error.code} ${error.details}`);
    });
  });
}
