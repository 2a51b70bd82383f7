// range-text.ts — a time range as people type it: `20m`, `last 20 min`, `yesterday 14:00 to 15:30`.

import { parseSpan } from "./range.ts";
import type { TimeRange } from "./range.ts";

const UNITS: Readonly<Record<string, string>> = { s: "s", m: "m", h: "h", d: "d", w: "w" };

/** Reads free text; `undefined` when it means nothing. Moments without a zone are in the reader's zone. */
export function parseRangeText(text: string, nowMs: number): TimeRange | undefined {
  const clean = text.trim().toLowerCase();
  const relative = parseRelative(clean);
  if (relative !== undefined) return { kind: "last", ms: relative };
  const [left, right, ...rest] = clean.split(/\s+(?:to|until|–|-)\s+/);
  if (left === undefined || rest.length > 0) return undefined;
  const fromMs = parseMoment(left, nowMs, nowMs);
  if (fromMs === undefined) return undefined;
  const toMs = right === undefined ? nowMs : parseMoment(right, nowMs, fromMs);
  if (toMs === undefined || toMs <= fromMs) return undefined;
  return { kind: "between", fromMs, toMs };
}

function parseRelative(text: string): number | undefined {
  const match =
    /^(?:last|past|now)?\s*-?\s*(\d{1,6})\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)$/.exec(
      text,
    );
  if (match === null) return undefined;
  const unit = UNITS[match[2]![0]!]!;
  return unit === "w" ? parseSpan(`${Number(match[1]) * 7}d`) : parseSpan(`${match[1]}${unit}`);
}

/** `now`, `today 9:00`, `yesterday`, `14:00` (on the day of `dayMs`), `2026-09-12 14:00`, ISO 8601. */
function parseMoment(text: string, nowMs: number, dayMs: number): number | undefined {
  if (text === "now") return nowMs;
  const match = /^(today|yesterday)?\s*(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (match !== null && text !== "") {
    const day = new Date(match[1] === undefined ? dayMs : nowMs);
    if (match[1] === "yesterday") day.setDate(day.getDate() - 1);
    const [hours, minutes, seconds] = [match[2], match[3], match[4]].map((part) =>
      Number(part ?? 0),
    );
    if (hours! > 23 || minutes! > 59 || seconds! > 59) return undefined;
    return day.setHours(hours!, minutes, seconds, 0);
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const ms = Date.parse(text.length === 10 ? `${text} 00:00` : text.toUpperCase());
  return Number.isNaN(ms) ? undefined : ms;
}
