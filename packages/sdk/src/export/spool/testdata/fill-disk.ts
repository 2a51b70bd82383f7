// fill-disk.ts — fills a small disk with what a receiver that is away does not take, and goes on when it is back.
//
//   node fill-disk.ts <directory, on a disk of its own>

import { startSpan, startTelemetry } from "../../../index.ts";
import { openTestReceiver } from "../../../testing/testing.ts";

const [directory = ""] = process.argv.slice(2);
const receiver = await openTestReceiver();
receiver.answer = () => ({ status: 503 });
const telemetry = startTelemetry({
  endpoint: receiver.url,
  timeoutMs: 30,
  spool: { directory },
  batch: { size: 10, delayMs: 5_000 },
  runtimeMetrics: false,
});
const record = (from: number, to: number): void => {
  for (let i = from; i < to; i++) startSpan(String(i), { attributes: { text: "x".repeat(3_000) } }).end();
};
const status = () => telemetry.status().destinations[0]!.signals.traces!;

record(0, 200);
await telemetry.flush(500);
const full = status();
receiver.answer = () => ({});
await telemetry.flush(5_000);
const delivered = receiver.collected.spans.map(({ name }) => name);
receiver.answer = () => ({ status: 503 });
record(200, 210);
await telemetry.flush(200);
const again = status();
console.log(JSON.stringify({ full, delivered, again }));
process.exit();
