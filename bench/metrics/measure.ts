// measure.ts — runs one workload on one side, in a process of its own, and prints what it cost as JSON.
//
//   node measure.ts ours|otel-2|otel-3 <workload>
//
// Measurements are made in bursts; between two bursts the event loop turns, so that the reader can collect.
// Cost is the CPU time of the whole process, collections, encoding and garbage collection included.

import { setImmediate as turn } from "node:timers/promises";
import { decodeRequest, readString } from "@telemetry/otlp";
import { openOurs } from "./ours.ts";
import type { Side, SideName } from "./side.ts";
import { openTheirs } from "./theirs.ts";
import { WORKLOADS, type Workload, type WorkloadName } from "./workloads.ts";

const BURST = 20_000;
const WARM_UP_MS = 1_000;
const MEASURE_MS = 2_000;

export interface Measured {
  readonly cpuNsPerCall: number;
  /** Calls since the process began, and what the last request adds up to: they are the same, or no result. */
  readonly callCount: number;
  readonly exportedCount: number;
  readonly pointCount: number;
}

const [sideName, workloadName] = process.argv.slice(2) as [SideName, WorkloadName];
const workload: Workload = WORKLOADS[workloadName];
const side = sideName === "ours" ? openOurs() : openTheirs(sideName);
const call = workload.open(side);

let callCount = await run(WARM_UP_MS);
const cpuStart = process.cpuUsage();
const measuredCount = await run(MEASURE_MS);
callCount += measuredCount;
const cpu = process.cpuUsage(cpuStart);
await side.flush();

const measured: Measured = {
  cpuNsPerCall: ((cpu.user + cpu.system) * 1_000) / measuredCount,
  callCount,
  ...read(side),
};
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit());

async function run(ms: number): Promise<number> {
  const endMs = performance.now() + ms;
  const burst = (): void => {
    for (let index = 0; index < BURST; index++) call(index);
  };
  let count = 0;
  for (; performance.now() < endMs; count += BURST) {
    if (workload.inSpan) side.inSpan(burst);
    else burst();
    await turn();
  }
  return count;
}

/** The sum of all counters and the count of all histograms in the last request; of gauges, whether they hold the newest. */
function read({ lastRequest }: Side): Pick<Measured, "exportedCount" | "pointCount"> {
  const batch = decodeRequest("metrics", "protobuf", lastRequest());
  const { numbers, histograms, metrics } = batch;
  const names = Array.from({ length: metrics.count }, (_, row) =>
    readString(batch, metrics.name, row),
  );
  let exportedCount = 0;
  for (let row = 0; row < numbers.count; row++) {
    const name = names[numbers.metric[row]!];
    if (name === "requests") exportedCount += numbers.double[row]!;
    if (name === "queue.length" && numbers.double[row] === BURST - 1) exportedCount = callCount;
  }
  for (let row = 0; row < histograms.count; row++)
    exportedCount += Number(histograms.countValue[row]);
  return { exportedCount, pointCount: numbers.count + histograms.count };
}
