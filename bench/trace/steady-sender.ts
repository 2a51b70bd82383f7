// steady-sender.ts — makes 10 000 spans a second and prints the CPU that its process used.
//
//   node steady-sender.ts ours|otel-2|otel-3|bytes <url>
//
// "bytes" posts a ready-made request of 512 spans at the same rate: what pacing and HTTP cost by themselves.

import http from "node:http";
import { openOurs, openOursTo } from "./ours.ts";
import type { SideName } from "./side.ts";
import { openTheirs } from "./theirs.ts";
import { WORKLOADS } from "./workloads.ts";

const SPANS_PER_SECOND = 10_000;
const TICK_MS = 10;
const BATCH_SPANS = 512;
const WARM_UP_MS = 4_000;
const MEASURE_MS = 8_000;

const [name, url] = process.argv.slice(2) as [SideName | "bytes", string];
const { run } = WORKLOADS.ten;
const make = name === "bytes" ? await readyMade() : spanMaker(name);

let madeCount = 0;
const startMs = performance.now();
const timer = setInterval(() => {
  const due = ((performance.now() - startMs) * SPANS_PER_SECOND) / 1_000;
  for (; madeCount < due; madeCount++) make();
}, TICK_MS);

setTimeout(() => {
  const cpuStart = process.cpuUsage();
  const wallStart = performance.now();
  setTimeout(() => {
    const cpu = process.cpuUsage(cpuStart);
    const wallMs = performance.now() - wallStart;
    clearInterval(timer);
    const cpuShare = (cpu.user + cpu.system) / 1_000 / wallMs;
    process.stdout.write(`${JSON.stringify({ cpuShare, madeCount })}\n`, () => process.exit());
  }, MEASURE_MS);
}, WARM_UP_MS);

function spanMaker(side: SideName): () => void {
  const opened = side === "ours" ? openOursTo(url) : openTheirs(side, true, { url });
  return () => run(opened);
}

/** The bytes that our own SDK makes of one batch, posted once per 512 calls. */
async function readyMade(): Promise<() => void> {
  const side = openOurs(true);
  for (let i = 0; i < BATCH_SPANS; i++) run(side);
  await side.flush();
  const body = side.encoded.lastRequest ?? new Uint8Array(0);
  const agent = new http.Agent({ keepAlive: true });
  const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
  let count = 0;
  return () => {
    if (++count % BATCH_SPANS !== 0) return;
    const request = http.request(`${url}/v1/traces`, { method: "POST", agent, headers }, (answer) =>
      answer.resume(),
    );
    request.end(body);
  };
}
