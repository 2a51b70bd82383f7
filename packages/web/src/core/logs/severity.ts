// severity.ts — OpenTelemetry's severity numbers (1 … 24) as six names.

import type { LogLevel } from "../url/url.ts";

export const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type Severity = (typeof SEVERITIES)[number] | "none";

/** Four numbers per name (logs data model, severity fields); 0 is unspecified. */
export function severityOf(severityNumber: number): Severity {
  if (!(severityNumber >= 1 && severityNumber <= 24)) return "none";
  return SEVERITIES[Math.floor((severityNumber - 1) / 4)]!;
}

/** What the log said itself, or the name of the number. */
export function severityLabel(severityNumber: number, severityText: string): string {
  const severity = severityOf(severityNumber);
  if (severityText !== "") return severityText.toUpperCase();
  return severity === "none" ? "–" : severity.toUpperCase();
}

/** The least severity number of a level filter; 0 lets everything pass. */
export function severityMinimum(level: LogLevel): number {
  return level === "all" ? 0 : SEVERITIES.indexOf(level) * 4 + 1;
}
