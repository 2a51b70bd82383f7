// measure.ts — runs one workload on one side, in a process of its own, and prints what it cost as JSON.
//
//   node measure.ts ours|otel-2|otel-3 <workload>
//
// Spans are made in bursts of one export batch; between two bursts the event loop turns, so that both
// sides can encode and hand over. Cost is the CPU time of the whole process, garbage collection and
// encoding included; "caller" is the time inside the bursts, which is what the app waits.

import { setImmediate as turn } from "node:timers/promises";
import { describeRequest } from "./describe.ts";
import { openOurs } from "./ours.ts";
import type { Side, SideName } from "./side.ts";
import { openTheirs } from "./theirs.ts";
import { WORKLOADS, type Workload, type WorkloadName } from "./workloads.ts";

const BURST_SPANS = 512;
const WARM_UP_MS = 1_500;
const MEASURE_MS = 2_500;

export interface Measured {
  readonly cpuNsPerSpan: number;
  readonly callerNsPerSpan: number;
  readonly spanCount: number;
  readonly encodedSpanCount: number;
  readonly bytesPerSpan: number;
  /** One encoded request, decoded and put into words. */
  readonly says: string;
}

const [sideName, workloadName] = process.argv.slice(2) as [SideName, WorkloadName];
const workload: Workload = WORKLOADS[workloadName];
const side =
  sideName === "ours" ? openOurs(workload.isExporting) : openTheirs(sideName, workload.isExporting);

await run(side, workload, WARM_UP_MS);
await side.flush();
const before = { spans: side.encoded.spanCount, bytes: side.encoded.sizeBytes };
const cpuStart = process.cpuUsage();
const { spanCount, callerNs } = await run(side, workload, MEASURE_MS);
await side.flush();
const cpu = process.cpuUsage(cpuStart);
const encodedSpanCount = side.encoded.spanCount - before.spans;

const measured: Measured = {
  cpuNsPerSpan: ((cpu.user + cpu.system) * 1_000) / spanCount,
  callerNsPerSpan: callerNs / spanCount,
  spanCount,
  encodedSpanCount,
  bytesPerSpan: (side.encoded.sizeBytes - before.bytes) / (encodedSpanCount || 1),
  says: describeLast(side),
};
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit());

function describeLast({ encoded }: Side): string {
  return encoded.lastRequest === undefined ? "" : describeRequest(encoded.lastRequest);
}

async function run(
  on: Side,
  { run: call, spansPerCall }: Workload,
  ms: number,
): Promise<{ spanCount: number; callerNs: number }> {
  const calls = BURST_SPANS / spansPerCall;
  const endMs = performance.now() + ms;
  let spanCount = 0;
  let callerMs = 0;
  while (performance.now() < endMs) {
    const startMs = performance.now();
    for (let index = 0; index < calls; index++) call(on);
    callerMs += performance.now() - startMs;
    spanCount += BURST_SPANS;
    await turn();
    await turn();
  }
  return { spanCount, callerNs: callerMs * 1e6 };
}
