// processes.ts — what the dashboard's processes cost, from Linux's /proc.

import { readFileSync } from "node:fs";
import type { RunningDashboard } from "../../e2e/support/running-dashboard.ts";

const TICKS_PER_SECOND = 100;

/** The dashboard and its engine. */
export function processesOf(dashboard: RunningDashboard): [dashboard: number, engine: number] {
  const { pid = 0 } = dashboard.process;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return [pid, Number(children[0])];
}

export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function residentPeakMibOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_024);
}
