// moment.ts — one point in time as text, in the reader's zone or in UTC.

/** The zone every time on the page is written in. */
export type Zone = "local" | "utc";

/** Milliseconds of an epoch-nanosecond string, with the fraction that a number can hold. */
export function nanoToMs(unixNano: string): number {
  if (unixNano.length <= 6) return Number(unixNano) / 1e6;
  return Number(unixNano.slice(0, -6)) + Number(unixNano.slice(-6)) / 1e6;
}

/** Epoch nanoseconds of whole milliseconds, as the API wants them. */
export function toNano(ms: number): string {
  return `${Math.round(ms)}000000`;
}

/** `14:03:22.318` */
export function formatTime(ms: number, zone: Zone = "local", withMs = true): string {
  if (!Number.isFinite(ms)) return "–";
  const at = fields(ms, zone);
  const time = `${pad(at.hours)}:${pad(at.minutes)}:${pad(at.seconds)}`;
  return withMs ? `${time}.${String(at.ms).padStart(3, "0")}` : time;
}

/** `2026-09-12` */
export function formatDay(ms: number, zone: Zone = "local"): string {
  if (!Number.isFinite(ms)) return "–";
  const at = fields(ms, zone);
  return `${at.year}-${pad(at.month)}-${pad(at.day)}`;
}

/** `2026-09-12 14:03:22.318` */
export function formatDateTime(ms: number, zone: Zone = "local", withMs = true): string {
  if (!Number.isFinite(ms)) return "–";
  return `${formatDay(ms, zone)} ${formatTime(ms, zone, withMs)}`;
}

/** `UTC`, or the reader's offset at that moment: `UTC+02:00`. */
export function formatZone(ms: number, zone: Zone): string {
  const minutes = zone === "utc" ? 0 : -new Date(ms).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "−" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** ISO 8601 in UTC with milliseconds: what a copied link holds. */
export function isoText(ms: number): string {
  return new Date(ms).toISOString();
}

interface Fields {
  year: number;
  month: number;
  day: number;
  hours: number;
  minutes: number;
  seconds: number;
  ms: number;
}

function fields(ms: number, zone: Zone): Fields {
  const date = new Date(ms);
  if (zone === "utc") {
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hours: date.getUTCHours(),
      minutes: date.getUTCMinutes(),
      seconds: date.getUTCSeconds(),
      ms: date.getUTCMilliseconds(),
    };
  }
  return {
    year: date.getFullYear(),
    month: date.getMonth() + 1,
    day: date.getDate(),
    hours: date.getHours(),
    minutes: date.getMinutes(),
    seconds: date.getSeconds(),
    ms: date.getMilliseconds(),
  };
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
