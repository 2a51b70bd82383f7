// histogram.ts — log rows counted by time and severity: the bars above the list.

import type { LogRecord } from "@telemetry/dashboard/contract";
import { nanoToMs } from "../time/time.ts";
import type { ResolvedRange } from "../time/time.ts";
import { SEVERITIES, severityOf } from "./severity.ts";

export interface LogHistogram {
  /** Start of each bin in epoch milliseconds. */
  readonly binMs: Float64Array;
  readonly binWidthMs: number;
  /** By severity (the order of SEVERITIES, then "none"), counts per bin. */
  readonly counts: readonly Uint32Array[];
  readonly countMax: number;
}

/** Counts the rows inside the range into `binCount` bins. */
export function countBySeverity(
  logs: readonly LogRecord[],
  range: ResolvedRange,
  binCount: number,
): LogHistogram {
  const binWidthMs = Math.max(1, (range.toMs - range.fromMs) / binCount);
  const binMs = Float64Array.from(
    { length: binCount },
    (_, bin) => range.fromMs + bin * binWidthMs,
  );
  const counts = Array.from({ length: SEVERITIES.length + 1 }, () => new Uint32Array(binCount));
  const totals = new Uint32Array(binCount);
  for (const log of logs) {
    const bin = Math.floor((nanoToMs(log.timeUnixNano) - range.fromMs) / binWidthMs);
    if (!(bin >= 0 && bin < binCount)) continue;
    const severity = severityOf(log.severityNumber);
    const place = severity === "none" ? SEVERITIES.length : SEVERITIES.indexOf(severity);
    counts[place]![bin]!++;
    totals[bin]!++;
  }
  return {
    binMs,
    binWidthMs,
    counts,
    countMax: totals.reduce((most, total) => Math.max(most, total), 0),
  };
}
