// metrics.ts — `npm run bench:metrics`: what a measurement costs, beside OpenTelemetry JS 2.12.1 and 3.1.1,
// with a reader that collects and encodes every half second on both sides. (Without a reader, which is how
// OpenTelemetry's own benchmark runs, nothing is recorded at all.)
//
// Each measurement is a process of its own; sides take turns within a round, so that a slow minute of the
// machine hits all of them. What was exported has to add up to what was recorded, or there is no result.
//
//   npm run bench:metrics -- [--rounds 5] [--only add4,addBound]

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { installTheirs } from "../support/install-theirs.ts";
import { describeMachine } from "../support/machine.ts";
import { spreadOf } from "../support/statistics.ts";
import type { Measured } from "./measure.ts";
import type { SideName } from "./side.ts";
import { WORKLOADS, type WorkloadName } from "./workloads.ts";

const SIDES: SideName[] = ["ours", "otel-2", "otel-3"];
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: Object.keys(WORKLOADS).join() },
  },
});

installTheirs(["otel-2", "otel-3"]);
const machine = describeMachine();
console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date}`);

const results = [];
for (const name of values.only.split(",") as WorkloadName[]) {
  const runs = new Map<SideName, Measured[]>(SIDES.map((side) => [side, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const side of SIDES) runs.get(side)?.push(measure(side, name));
  }
  results.push(report(name, runs));
}

const path = join(resolve(import.meta.dirname, "../results"), "metrics.json");
mkdirSync(resolve(path, ".."), { recursive: true });
writeFileSync(
  path,
  `${JSON.stringify({ machine, command: "npm run bench:metrics", results }, null, 2)}\n`,
);
console.log(`\nwritten to ${path}`);

function measure(side: SideName, workload: WorkloadName): Measured {
  const script = join(import.meta.dirname, "measure.ts");
  const args = ["--conditions=@telemetry/source", script, side, workload];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
  const measured = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as Measured;
  if (measured.exportedCount !== measured.callCount) {
    throw new Error(
      `Cannot compare "${workload}": ${side} recorded ${measured.callCount} and exported ${measured.exportedCount}`,
    );
  }
  return measured;
}

function report(name: WorkloadName, runs: Map<SideName, Measured[]>) {
  console.log(`\n${WORKLOADS[name].title}\n            CPU per call, ns                series`);
  const sides = SIDES.map((side) => {
    const measured = runs.get(side) ?? [];
    const cpu = spreadOf(measured.map(({ cpuNsPerCall }) => cpuNsPerCall));
    const pointCount = measured[0]?.pointCount ?? 0;
    console.log(
      `  ${side.padEnd(8)}${round(cpu.median)}  (${round(cpu.min)} to ${round(cpu.max)})   ${round(pointCount)}`,
    );
    return { side, cpuNsPerCall: cpu, pointCount };
  });
  const [ours, ...theirs] = sides.map(({ cpuNsPerCall }) => cpuNsPerCall.median);
  const ratio = (ours ?? NaN) / Math.min(...theirs);
  console.log(`  ours / the faster of theirs: ${ratio.toFixed(3)} = 1/${(1 / ratio).toFixed(1)}`);
  return { workload: name, title: WORKLOADS[name].title, ratio, sides };
}

function round(value: number): string {
  return value.toFixed(1).padStart(8);
}
