// sender.ts — a process that sends ready-made requests as fast as they are acknowledged, or at a rate.
//
//   node sender.ts <otlp url> <signal> <seconds> [records per second]
//
// Prints one line of JSON: what was acknowledged, how long answers took, and its own CPU time.

import { Agent, request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { RECORDS_PER_REQUEST, readyRequest, type Signal } from "./request.ts";

/** What a sender prints. */
export interface Sent {
  readonly seconds: number;
  readonly acknowledged: number;
  /** Records of requests that were answered with something else than 200; they are not sent again. */
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuSeconds: number;
}

const CONNECTIONS = 4;
const TIMES_PER_REQUEST = 4n * BigInt(RECORDS_PER_REQUEST);

const [url = "", signal = "traces", secondsText = "10", rateText] = process.argv.slice(2);
const target = new URL(`/v1/${signal}`, url);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const pauseMs =
  rateText === undefined ? 0 : (CONNECTIONS * RECORDS_PER_REQUEST * 1_000) / Number(rateText);
const ready = Array.from({ length: CONNECTIONS }, () => readyRequest(signal as Signal));
const latenciesMs: number[] = [];
let timesNs = 0n;
let acknowledged = 0;
let refused = 0;

const startMs = performance.now();
const endMs = startMs + Number(secondsText) * 1_000;
const cpuStart = process.cpuUsage();
await Promise.all(ready.map((_, connection) => sendUntilTheEnd(connection)));
const cpu = process.cpuUsage(cpuStart);
latenciesMs.sort((a, b) => a - b);
const sent: Sent = {
  seconds: (performance.now() - startMs) / 1_000,
  acknowledged,
  refused,
  p50Ms: latenciesMs[Math.floor(latenciesMs.length * 0.5)] ?? NaN,
  p99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? NaN,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
};
console.log(JSON.stringify(sent));
agent.destroy();

async function sendUntilTheEnd(connection: number): Promise<void> {
  const { body, patch } = ready[connection]!;
  // At a rate the connections take turns, so that requests come evenly.
  let dueMs = startMs + (pauseMs * connection) / CONNECTIONS;
  for (; performance.now() < endMs; dueMs += pauseMs) {
    if (pauseMs > 0) await sleep(Math.max(0, dueMs - performance.now()));
    patch(nextTimesNs());
    const sentMs = performance.now();
    const status = await post(body);
    latenciesMs.push(performance.now() - sentMs);
    if (status === 200) acknowledged += RECORDS_PER_REQUEST;
    else {
      refused += RECORDS_PER_REQUEST;
      await sleep(100);
    }
  }
}

/** Times from here on belong to one request: equal bytes would be a repeat, and be stored once. */
function nextTimesNs(): bigint {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  timesNs = nowNs > timesNs ? nowNs : timesNs + TIMES_PER_REQUEST;
  return timesNs;
}

function post(body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
    const outgoing = httpRequest(target, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
