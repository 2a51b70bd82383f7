// merge.ts — two lists of log rows as one, without doubles.
//
// A log has no id of its own. The rows that the store and the live tail both know are recognised by time, span,
// service and body; two equal lines of one moment from one source are two lines.

import type { LogRecord } from "@telemetry/dashboard/contract";
import { attributeText } from "../format/format.ts";

export type LogOrder = "newest_first" | "oldest_first";

/** What is the same for the same record wherever it came from. */
export function logKey(log: LogRecord): string {
  let key = keyByLog.get(log);
  if (key === undefined) {
    key = `${log.timeUnixNano}|${log.service}|${log.spanId ?? ""}|${log.severityNumber}|${attributeText(log.body)}`;
    keyByLog.set(log, key);
  }
  return key;
}

const keyByLog = new WeakMap<LogRecord, string>();

/** `known` with all rows of `added`, in order of time, at most `countMax` of the newest. */
export function insertLogs(
  known: readonly LogRecord[],
  added: readonly LogRecord[],
  order: LogOrder,
  countMax: number,
): LogRecord[] {
  const sign = order === "newest_first" ? -1 : 1;
  const merged = [...known, ...added].sort((a, b) => sign * compareTimes(a, b));
  if (merged.length <= countMax) return merged;
  return order === "newest_first" ? merged.slice(0, countMax) : merged.slice(-countMax);
}

/** Like `insertLogs`, without the rows of `added` that `known` has already. */
export function mergeLogs(
  known: readonly LogRecord[],
  added: readonly LogRecord[],
  order: LogOrder,
  countMax: number,
): LogRecord[] {
  const copies = new Map<string, number>();
  for (const log of known) {
    const key = logKey(log);
    copies.set(key, (copies.get(key) ?? 0) + 1);
  }
  const fresh = added.filter((log) => {
    const key = logKey(log);
    const left = copies.get(key) ?? 0;
    if (left > 0) copies.set(key, left - 1);
    return left === 0;
  });
  return insertLogs(known, fresh, order, countMax);
}

/** Decimal strings of nanoseconds compare by length, then by text. */
function compareTimes(a: LogRecord, b: LogRecord): number {
  const [left, right] = [timeOf(a), timeOf(b)];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A record without a time of its own stands where it was observed (logs data model, ObservedTimestamp). */
function timeOf(log: LogRecord): string {
  return log.timeUnixNano === "0" ? (log.observedTimeUnixNano ?? "0") : log.timeUnixNano;
}
