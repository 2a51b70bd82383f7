// trace.ts — `npm run bench:trace`: what a span costs from start to encoded OTLP bytes, beside
// OpenTelemetry JS 2.12.1 and 3.1.1.
//
// Each measurement is a process of its own; sides take turns within a round, so that a slow minute of the
// machine hits all of them. The bytes are decoded and compared: equal work, or no result.
//
//   npm run bench:trace -- [--rounds 5] [--only root,ten]

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
  proveEqualWork(name, runs);
  results.push(report(name, runs));
}

const directory = resolve(import.meta.dirname, "../results");
mkdirSync(directory, { recursive: true });
const path = join(directory, "trace.json");
writeFileSync(
  path,
  `${JSON.stringify({ machine, command: "npm run bench:trace", results }, null, 2)}\n`,
);
console.log(`\nwritten to ${path}`);

function measure(side: SideName, workload: WorkloadName): Measured {
  const script = join(import.meta.dirname, "measure.ts");
  const args = ["--conditions=@telemetry/source", script, side, workload];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
  return JSON.parse(printed.trim().split("\n").at(-1) ?? "") as Measured;
}

function report(name: WorkloadName, runs: Map<SideName, Measured[]>) {
  console.log(`\n${WORKLOADS[name].title}`);
  console.log("            CPU per span, ns            caller waits, ns   bytes/span");
  const sides = SIDES.map((side) => {
    const measured = runs.get(side) ?? [];
    const cpu = spreadOf(measured.map(({ cpuNsPerSpan }) => cpuNsPerSpan));
    const caller = spreadOf(measured.map(({ callerNsPerSpan }) => callerNsPerSpan));
    const bytesPerSpan = spreadOf(measured.map((one) => one.bytesPerSpan)).median;
    console.log(
      `  ${side.padEnd(8)}${round(cpu.median)}  (${round(cpu.min)} to ${round(cpu.max)})` +
        `      ${round(caller.median)}         ${round(bytesPerSpan)}`,
    );
    return { side, cpuNsPerSpan: cpu, callerNsPerSpan: caller, bytesPerSpan };
  });
  const [ours, ...theirs] = sides.map(({ cpuNsPerSpan }) => cpuNsPerSpan.median);
  const ratio = (ours ?? NaN) / Math.min(...theirs);
  console.log(`  ours / the faster of theirs: ${ratio.toFixed(3)} = 1/${(1 / ratio).toFixed(1)}`);
  return { workload: name, title: WORKLOADS[name].title, ratio, sides };
}

/** Every span that was made became bytes, and the bytes of all sides say the same. */
function proveEqualWork(name: WorkloadName, runs: Map<SideName, Measured[]>): void {
  if (!WORKLOADS[name].isExporting) return;
  const described = SIDES.map((side) => {
    for (const { spanCount, encodedSpanCount } of runs.get(side) ?? []) {
      if (spanCount !== encodedSpanCount) {
        throw new Error(
          `Cannot compare "${name}": ${side} made ${spanCount} spans and encoded ${encodedSpanCount}`,
        );
      }
    }
    return runs.get(side)?.[0]?.says ?? "";
  });
  if (new Set(described).size !== 1) {
    throw new Error(
      `Cannot compare "${name}": the sides encoded different spans\n${described.join("\n")}`,
    );
  }
}

function round(value: number): string {
  return String(Math.round(value)).padStart(6);
}
