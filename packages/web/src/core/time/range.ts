// range.ts — the time range that all pages share.
//
// A relative range stays relative (`from=-15m`), so a page left open keeps showing the last 15 minutes;
// an absolute one is two ISO 8601 moments, so a copied link does not rot.

import { formatDateTime, formatTime, isoText, toNano } from "./moment.ts";
import type { Zone } from "./moment.ts";

export type TimeRange =
  | { readonly kind: "last"; readonly ms: number }
  | { readonly kind: "between"; readonly fromMs: number; readonly toMs: number };

export interface ResolvedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A range longer than this is cut: retention is days, not years. */
const RANGE_MS_MAX = 366 * UNIT_MS["d"]!;

export const RANGE_PRESETS = [
  "5m",
  "15m",
  "30m",
  "1h",
  "3h",
  "6h",
  "12h",
  "24h",
  "2d",
  "7d",
] as const;

export const DEFAULT_RANGE: TimeRange = { kind: "last", ms: 15 * 60_000 };

/** Reads the `from` and `to` of a URL. Nonsense is the default range, so that an old link still opens. */
export function parseRange(from: string | null, to: string | null): TimeRange {
  if (from === null) return DEFAULT_RANGE;
  const relative = parseSpan(from);
  if (relative !== undefined) return { kind: "last", ms: relative };
  const fromMs = Date.parse(from);
  const toMs = to === null ? Number.NaN : Date.parse(to);
  if (!(fromMs < toMs)) return DEFAULT_RANGE;
  return { kind: "between", fromMs, toMs };
}

/** The `from` and `to` of a URL of the page; the default range needs neither. */
export function rangeParameters(range: TimeRange): { from?: string; to?: string } {
  if (range.kind === "between") return { from: isoText(range.fromMs), to: isoText(range.toMs) };
  return range.ms === (DEFAULT_RANGE.kind === "last" ? DEFAULT_RANGE.ms : 0)
    ? {}
    : { from: `-${formatSpan(range.ms)}` };
}

/** The moments that a range means now. */
export function resolveRange(range: TimeRange, nowMs: number): ResolvedRange {
  if (range.kind === "between") return { fromMs: range.fromMs, toMs: range.toMs };
  return { fromMs: nowMs - range.ms, toMs: nowMs };
}

/** Whether new data can fall into the range. */
export function isLiveRange(range: TimeRange): boolean {
  return range.kind === "last";
}

/** `Last 15m`, or the two moments, without the day twice. */
export function describeRange(range: TimeRange, zone: Zone): string {
  if (range.kind === "last") return `Last ${formatSpan(range.ms)}`;
  const from = formatDateTime(range.fromMs, zone, false);
  const to = formatDateTime(range.toMs, zone, false);
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return `${from} – ${sameDay ? formatTime(range.toMs, zone, false) : to}`;
}

/** Half a range earlier (−1) or later (+1). */
export function shiftRange(range: TimeRange, direction: -1 | 1, nowMs: number): TimeRange {
  const { fromMs, toMs } = resolveRange(range, nowMs);
  const step = ((toMs - fromMs) / 2) * direction;
  return { kind: "between", fromMs: fromMs + step, toMs: toMs + step };
}

/** Twice the range around the same middle; a relative one just becomes longer. */
export function zoomOut(range: TimeRange): TimeRange {
  if (range.kind === "last") return { kind: "last", ms: Math.min(range.ms * 2, RANGE_MS_MAX) };
  const half = (range.toMs - range.fromMs) / 2;
  return { kind: "between", fromMs: range.fromMs - half, toMs: range.toMs + half };
}

/** The `from` and `to` of a question to the API, in nanoseconds. */
export function apiRange(range: ResolvedRange): { from: string; to: string } {
  return { from: toNano(range.fromMs), to: toNano(range.toMs) };
}

/** `15m`, `-15m`, `now-15m`, `90s` in milliseconds; anything else is undefined. */
export function parseSpan(text: string): number | undefined {
  const match = /^(?:now)?-?(\d{1,6})([smhd])$/.exec(text.trim());
  if (match === null) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2]!]!;
  return ms > 0 && ms <= RANGE_MS_MAX ? ms : undefined;
}

/** The shortest exact form: 900 000 is `15m`. */
export function formatSpan(ms: number): string {
  for (const unit of ["d", "h", "m"]) {
    const size = UNIT_MS[unit]!;
    const exact = ms % size === 0 && ms >= size;
    // 24h is said as hours, 48h as 2d, as in the presets.
    if (exact && !(unit === "d" && ms === size)) return `${ms / size}${unit}`;
  }
  return `${Math.round(ms / 1_000)}s`;
}
