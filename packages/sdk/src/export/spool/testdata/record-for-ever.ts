// record-for-ever.ts — an app with a spool: records spans "<name>-0", "<name>-1", … until it is killed, or until its
// standard input ends; then it shuts down in order.
//
//   node record-for-ever.ts <directory> <endpoint> <name>
//
// Prints "<n>" when all spans before the n-th are on disk or delivered, and at last "end <records on disk>".

import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { startSpan, startTelemetry } from "../../../index.ts";

const [directory = "", endpoint = "", name = ""] = process.argv.slice(2);
const telemetry = startTelemetry({
  endpoint,
  timeoutMs: 2_000,
  spool: { directory },
  batch: { size: 10, delayMs: 20 },
  runtimeMetrics: false,
  logLevel: "silent",
});

let isEnding = false;
void once(process.stdin.resume(), "end").then(() => (isEnding = true));

for (let count = 0; !isEnding; ) {
  for (let i = 0; i < 25; i++) startSpan(`${name}-${count++}`).end();
  await telemetry.flush(40);
  await setTimeout(20);
  if (tracesOf().waiting === 0) console.log(count);
}
await telemetry.shutdown(2_000);
console.log(`end ${tracesOf().onDisk}`);

function tracesOf(): { waiting: number; onDisk: number } {
  return telemetry.status().destinations[0]!.signals.traces!;
}
