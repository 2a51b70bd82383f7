// value.ts — a metric's value in its UCUM unit, as OpenTelemetry names units.

import { formatDuration } from "./duration.ts";
import { formatBytes, formatNumber, formatPercent } from "./number.ts";

const NANOSECONDS: Readonly<Record<string, number>> = {
  d: 86_400e9,
  h: 3_600e9,
  min: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
};

const BYTES: Readonly<Record<string, number>> = {
  By: 1,
  kBy: 1e3,
  MBy: 1e6,
  GBy: 1e9,
  KiBy: 2 ** 10,
  MiBy: 2 ** 20,
  GiBy: 2 ** 30,
};

/** `0.0312` seconds is `31.2 ms`; `By` are bytes; `%` and shares are percentages; other units stand behind the number. */
export function formatValue(value: number, unit: string): string {
  if (!Number.isFinite(value)) return "–";
  const perSecond = unit.endsWith("/s");
  const base = perSecond ? unit.slice(0, -2) : unit;
  const text = formatBase(value, base);
  return perSecond ? `${text}${/[a-zA-Z%]$/.test(text) ? "" : " "}/s` : text;
}

/** The unit as people say it: `By` is bytes, `{request}` is request, `1` is nothing. */
export function describeUnit(unit: string): string {
  if (unit === "" || unit === "1") return "";
  return unit
    .replace(/\{([^}]*)\}/g, "$1")
    .replace(/^By\b/, "bytes")
    .replace(/^us\b/, "µs");
}

function formatBase(value: number, unit: string): string {
  const nanoseconds = NANOSECONDS[unit];
  if (nanoseconds !== undefined) return formatDuration(value * nanoseconds);
  const bytes = BYTES[unit];
  if (bytes !== undefined) return formatBytes(value * bytes);
  if (unit === "%") return formatPercent(value / 100);
  if (unit === "share") return formatPercent(value);
  if (unit === "" || unit === "1" || unit.startsWith("{")) return formatNumber(value);
  return `${formatNumber(value)} ${unit}`;
}
