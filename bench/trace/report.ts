// report.ts — the benchmark's result as a page: what was measured, where, when, and against which bar.

import type { Machine } from "../support/machine.ts";
import type { Spread } from "../support/statistics.ts";
import type { MemoryResult } from "./memory.ts";
import type { SideName } from "./side.ts";
import type { SteadyResult } from "./steady.ts";
import type { WorkloadName } from "./workloads.ts";

export interface WorkloadResult {
  readonly workload: WorkloadName;
  readonly title: string;
  /** Ours / the faster of theirs, of CPU. */
  readonly ratio: number;
  readonly sides: {
    side: SideName;
    cpuNsPerSpan: Spread;
    callerNsPerSpan: Spread;
    bytesPerSpan: number;
  }[];
}

export interface PropagationResult {
  readonly title: string;
  /** Ours / the faster of theirs. */
  readonly ratio: number;
  readonly sides: { side: SideName; nsPerCall: Spread }[];
}

export interface TraceReport {
  readonly machine: Machine;
  readonly command: string;
  readonly rounds: number;
  readonly workloads: WorkloadResult[];
  readonly propagation: PropagationResult[];
  readonly steady: SteadyResult | undefined;
  readonly memory: MemoryResult | undefined;
  /** Nanoseconds of `startSpan().end()` where nothing was started. */
  readonly notStartedNs: Spread | undefined;
}

/** At most, by workload: the bars of the project. */
const BARS: Record<WorkloadName, string> = {
  root: "1/5",
  ten: "1/4",
  pair: "1/4",
  active: "1/2",
};

export function formatReport(report: TraceReport): string {
  const { machine, rounds } = report;
  return [
    "# What a span costs",
    "",
    `\`${report.command}\` on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, Node ${machine.node}, ${machine.date}; ${rounds} rounds, each measurement in a process of its own, sides taking turns; median (smallest to largest).`,
    "",
    "From start to encoded OTLP protobuf bytes on every side, default configuration, batches of 512; what was encoded is decoded and compared. **caller waits** is the time that the app's code is held up; OpenTelemetry JS encodes later, on the same thread.",
    "",
    ...workloadTable(report.workloads),
    ...propagationTable(report.propagation),
    ...steadyTable(report.steady),
    ...memoryTable(report.memory),
    ...notStartedLine(report.notStartedNs),
  ].join("\n");
}

function workloadTable(workloads: readonly WorkloadResult[]): string[] {
  if (workloads.length === 0) return [];
  const lines = workloads.flatMap(({ workload, title, ratio, sides }) =>
    sides.map(
      ({ side, cpuNsPerSpan, callerNsPerSpan, bytesPerSpan }) =>
        `| ${side === "ours" ? title : ""} | ${side} | ${spreadText(cpuNsPerSpan)} | ${spreadText(callerNsPerSpan)} | ${Math.round(bytesPerSpan)} | ${side === "ours" ? `**${fraction(ratio)}** (at most ${BARS[workload]})` : ""} |`,
    ),
  );
  return [
    "| work | side | CPU per span, ns | caller waits, ns | bytes per span | ours / faster of theirs |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ];
}

function propagationTable(rows: readonly PropagationResult[]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.flatMap(({ title, ratio, sides }) =>
    sides.map(
      ({ side, nsPerCall }) =>
        `| ${side === "ours" ? title : ""} | ${side} | ${spreadText(nsPerCall)} | ${side === "ours" ? `**${fraction(ratio)}** (at most 1)` : ""} |`,
    ),
  );
  return [
    "## crossing a border: headers of an HTTP request, default propagators, spans and headers that nobody has seen before",
    "",
    "| work | side | ns per call | ours / faster of theirs |",
    "| --- | --- | --- | --- |",
    ...lines,
    "",
  ];
}

function steadyTable(steady: SteadyResult | undefined): string[] {
  if (steady === undefined) return [];
  const percent = ({ median, min, max }: Spread): string =>
    `${(median * 100).toFixed(1)} % (${(min * 100).toFixed(1)} to ${(max * 100).toFixed(1)})`;
  return [
    `## ${steady.title}`,
    "",
    "| side | share of one core |",
    "| --- | --- |",
    ...Object.entries(steady.cpuShare).map(([side, share]) => `| ${side} | ${percent(share)} |`),
    "",
    `Ours / the faster of theirs, both minus "bytes" (the same program posting ready-made requests): **${fraction(steady.netRatio)}** (at most 1/3). Without taking anything off: ${fraction(steady.grossRatio)}.`,
    "",
  ];
}

function memoryTable(memory: MemoryResult | undefined): string[] {
  if (memory === undefined) return [];
  return [
    `## ${memory.title}`,
    "",
    "| side | bytes per span | of it JavaScript heap |",
    "| --- | --- | --- |",
    ...memory.sides.map(
      ({ side, bytesPerSpan, heapBytesPerSpan }) =>
        `| ${side} | ${spreadText(bytesPerSpan)} | ${spreadText(heapBytesPerSpan)} |`,
    ),
    "",
    `Ours / the smaller of theirs: **${fraction(memory.ratio)}** (at most 1/4).`,
    "",
  ];
}

function notStartedLine(spread: Spread | undefined): string[] {
  if (spread === undefined) return [];
  return [
    `\`startSpan().end()\` where nothing was started: **${spread.median.toFixed(1)} ns** (at most 20 ns).`,
    "",
  ];
}

function spreadText({ median, min, max }: Spread): string {
  return `${Math.round(median)} (${Math.round(min)} to ${Math.round(max)})`;
}

function fraction(ratio: number): string {
  return `1/${(1 / ratio).toFixed(1)}`;
}
