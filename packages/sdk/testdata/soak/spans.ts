// spans.ts — many spans through the whole SDK to a real receiver, watching memory.
//
//   node --expose-gc --conditions=@telemetry/source spans.ts --spans 10000000 --seed 7
//
// Shapes vary with the seed: depth, attributes, events, links, errors, awaits. Prints one JSON line; exits
// with 1 when memory grew or a span is missing.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { recordError, startSpan, startTelemetry, withSpan } from "@telemetry/sdk";

const { values } = parseArgs({
  options: {
    spans: { type: "string", default: "10000000" },
    seed: { type: "string", default: "1" },
    receive: { type: "boolean", default: false },
  },
});
/** Spans made before the app waits for the queue, so that nothing has to be dropped. */
const ROUND_SPANS = 1_000;
/** Growth of the heap over the second half of the run that is noise. */
const GROWTH_BYTES_MAX = 8 * 1_048_576;

if (values.receive) receive();
else await soak(Number(values.spans), Number(values.seed));

/** The other process: counts spans by the header of each request's answer. */
function receive(): void {
  const server = createServer((request, response) => {
    request.on("end", () => response.writeHead(200).end()).resume();
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
  process.stdin.on("end", () => process.exit()).resume();
}

async function soak(spanCount: number, seed: number): Promise<void> {
  const receiver = spawn(
    process.execPath,
    ["--conditions=@telemetry/source", import.meta.filename, "--receive"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const [port] = (await once(receiver.stdout, "data")) as [Buffer];
  const telemetry = startTelemetry({
    serviceName: "soak",
    endpoint: `http://127.0.0.1:${port.toString().trim()}`,
  });
  const random = mulberry32(seed);
  let madeCount = 0;
  let halfBytes = 0;
  while (madeCount < spanCount) {
    for (const end = madeCount + ROUND_SPANS; madeCount < end; ) madeCount += await task(random);
    await telemetry.flush();
    if (halfBytes === 0 && madeCount >= spanCount / 2) halfBytes = heldBytes();
  }
  const endBytes = heldBytes();
  await telemetry.shutdown();
  receiver.stdin.end();
  const { signals, counters } = telemetry.status();
  const result = {
    madeCount,
    deliveredCount: counters["export.traces.delivered"],
    droppedCount: signals.traces?.["dropped"],
    openCount: signals.traces?.["open"],
    halfBytes,
    endBytes,
  };
  console.log(JSON.stringify(result));
  const isWhole = result.deliveredCount === madeCount && result.openCount === 0;
  process.exit(isWhole && endBytes - halfBytes < GROWTH_BYTES_MAX ? 0 : 1);
}

/** Some spans in some shape; returns how many. */
async function task(random: () => number): Promise<number> {
  const depth = 1 + Math.floor(random() * 4);
  const fails = random() < 0.1;
  const attributes: Record<string, unknown> = { depth, "user.id": `u-${Math.floor(random() * 1e6)}` };
  for (let i = Math.floor(random() * 12); i > 0; i--) attributes[`key.${i}`] = "v".repeat(i * 3);
  const descend = (level: number): Promise<void> =>
    withSpan(`level ${level}`, { attributes }, async (span) => {
      if (random() < 0.3) span.addEvent("event", { level });
      if (random() < 0.1) span.addLink({ context: span.spanContext() });
      if (random() < 0.2) await Promise.resolve();
      if (level < depth) await descend(level + 1);
      else if (fails) recordError(new Error("leaf"));
    });
  await descend(1);
  startSpan("beside").end();
  return depth + 1;
}

function heldBytes(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A small seeded generator: the same run for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
