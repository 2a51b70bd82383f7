// refusals.ts — what is said of rows that are not stored.

import type { Signal } from "@telemetry/otlp";
import type { RowValues } from "./native/native.ts";

/** A short text form of a row: its name, whose it is, and its trace. */
export function summarizeRow(signal: Signal, row: RowValues): string {
  const [kind, name] = nameOf(signal, row);
  const service = textOf(row["ServiceName"]);
  const traceId = textOf(row["TraceId"]);
  return [
    `${kind} "${name.slice(0, 120)}"`,
    service === "" ? "" : `of ${service}`,
    traceId === "" ? "" : `in trace ${traceId}`,
    `at ${dateOf(row["Timestamp"] ?? row["TimeUnix"])}`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function nameOf(signal: Signal, row: RowValues): [kind: string, name: string] {
  if (signal === "traces") return ["span", textOf(row["SpanName"])];
  if (signal === "metrics") return ["point of", textOf(row["MetricName"])];
  return ["log", textOf(row["EventName"]) || textOf(row["Body"])];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** ISO 8601 of epoch nanoseconds, or the number where no date is that far. */
function dateOf(nanoseconds: unknown): string {
  const ms = Number(BigInt(textOf(nanoseconds)) / 1_000_000n);
  return ms <= 8.64e15 ? new Date(ms).toISOString() : `${textOf(nanoseconds)} ns`;
}

export function expiredReason(retentionMs: number): string {
  return `Cannot store row: its time is older than the retention of ${formatDuration(retentionMs)}`;
}

export const AHEAD_REASON = "Cannot store row: its time is more than 1 day after its arrival";

/** `7 d`, `90 min`: the largest unit that leaves no rest. */
export function formatDuration(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
  ] as const;
  const [name, size] = units.find(([, unit]) => ms % unit === 0) ?? ["ms", 1];
  return `${ms / size} ${name}`;
}
