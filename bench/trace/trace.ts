// trace.ts — `npm run bench:trace`: what a span costs from start to encoded OTLP bytes, beside
// OpenTelemetry JS 2.12.1 and 3.1.1.
//
// Each measurement is a process of its own; sides take turns within a round, so that a slow minute of the
// machine hits all of them. The bytes are decoded and compared: equal work, or no result.
//
//   npm run bench:trace -- [--rounds 5] [--only root,ten,pair,active,inject,extract,inject-state,extract-state,steady,memory,idle]
//
// Beside the workloads: headers written and read (propagation.ts), process CPU at a steady rate (steady.ts), memory of what waits (memory.ts), and the cost
// of a library's spans where nobody started telemetry (not-started.ts).

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { installTheirs } from "../support/install-theirs.ts";
import { describeMachine } from "../support/machine.ts";
import { spreadOf } from "../support/statistics.ts";
import type { Spread } from "../support/statistics.ts";
import type { Measured } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { ROWS } from "./propagation.ts";
import type { MeasuredRow, RowName } from "./propagation.ts";
import { formatReport } from "./report.ts";
import type { PropagationResult, TraceReport, WorkloadResult } from "./report.ts";
import type { SideName } from "./side.ts";
import { measureSteady } from "./steady.ts";
import { WORKLOADS, type WorkloadName } from "./workloads.ts";

const SIDES: SideName[] = ["ours", "otel-2", "otel-3"];
const EXTRA_ROWS = ["steady", "memory", "idle"];
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: {
      type: "string",
      default: [...Object.keys(WORKLOADS), ...Object.keys(ROWS), ...EXTRA_ROWS].join(),
    },
  },
});
const rounds = Number(values.rounds);
const rows = values.only.split(",");

installTheirs(["otel-2", "otel-3"]);
const machine = describeMachine();
console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date}`);

const report: TraceReport = {
  machine,
  command: "npm run bench:trace",
  rounds,
  workloads: (Object.keys(WORKLOADS) as WorkloadName[])
    .filter((name) => rows.includes(name))
    .map(measureWorkload),
  propagation: (Object.keys(ROWS) as RowName[])
    .filter((name) => rows.includes(name))
    .map(measurePropagation),
  steady: rows.includes("steady") ? await measureSteady(rounds) : undefined,
  memory: rows.includes("memory") ? measureMemory(rounds) : undefined,
  notStartedNs: rows.includes("idle") ? measureNotStarted() : undefined,
};
const text = formatReport(report);
console.log(`\n${text}`);

const directory = resolve(import.meta.dirname, "../results");
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, "trace.json"), `${JSON.stringify(report, null, 2)}\n`);
writeFileSync(join(directory, "trace.md"), text);
console.log(`written to ${directory}/trace.json and trace.md`);

function measureWorkload(name: WorkloadName): WorkloadResult {
  const runs = new Map<SideName, Measured[]>(SIDES.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of SIDES) runs.get(side)?.push(measure("measure.ts", side, name) as Measured);
  }
  proveEqualWork(name, runs);
  return resultOf(name, runs);
}

function measurePropagation(name: RowName): PropagationResult {
  const runs = new Map<SideName, MeasuredRow[]>(SIDES.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of SIDES)
      runs.get(side)?.push(measure("propagation.ts", side, name) as MeasuredRow);
  }
  const said = new Set([...runs.values()].flat().map(({ says }) => says));
  if (said.size !== 1) {
    throw new Error(`Cannot compare "${name}": the sides differ\n${[...said].join("\n")}`);
  }
  const sides = SIDES.map((side) => ({
    side,
    nsPerCall: spreadOf((runs.get(side) ?? []).map(({ nsPerCall }) => nsPerCall)),
  }));
  const [ours = NaN, ...theirs] = sides.map(({ nsPerCall }) => nsPerCall.median);
  const ratio = ours / Math.min(...theirs);
  console.log(`${ROWS[name].title}: ${ratio.toFixed(3)} of the faster of theirs`);
  return { title: ROWS[name].title, ratio, sides };
}

/** Nanoseconds per `startSpan().end()`. */
function measureNotStarted(): Spread {
  return spreadOf(measure("not-started.ts") as number[]);
}

/** What a script prints in a process of its own. */
function measure(script: string, ...args: string[]): unknown {
  const path = join(import.meta.dirname, script);
  const printed = execFileSync(
    process.execPath,
    ["--conditions=@telemetry/source", path, ...args],
    { encoding: "utf8" },
  );
  return JSON.parse(printed.trim().split("\n").at(-1) ?? "");
}

function resultOf(name: WorkloadName, runs: Map<SideName, Measured[]>): WorkloadResult {
  const sides = SIDES.map((side) => {
    const measured = runs.get(side) ?? [];
    return {
      side,
      cpuNsPerSpan: spreadOf(measured.map(({ cpuNsPerSpan }) => cpuNsPerSpan)),
      callerNsPerSpan: spreadOf(measured.map(({ callerNsPerSpan }) => callerNsPerSpan)),
      bytesPerSpan: spreadOf(measured.map((one) => one.bytesPerSpan)).median,
    };
  });
  const [ours = NaN, ...theirs] = sides.map(({ cpuNsPerSpan }) => cpuNsPerSpan.median);
  const ratio = ours / Math.min(...theirs);
  console.log(`${WORKLOADS[name].title}: ${ratio.toFixed(3)} of the faster of theirs`);
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
