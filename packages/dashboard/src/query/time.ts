// time.ts — times as people ask for them.
//
//   1700000000000000000          epoch nanoseconds
//   2026-01-31T12:00:00.5Z       ISO 8601, up to nine digits of a second; without a zone it is UTC
//   now, -15m, -1h30m            relative to now

import { parseDuration } from "./filter/literals.ts";
import { QuestionError } from "./failures.ts";

/** `[fromNs, toNs)` in epoch nanoseconds. */
export interface TimeRange {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

const ISO =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
/** In nanoseconds this is January 1970; in milliseconds it is the year 33658. */
const EARLIEST_NS = 1_000_000_000_000_000n;
/** DateTime64(9) ends in 2262. */
const LATEST_NS = 9_223_372_036_000_000_000n;

/** Throws QuestionError. `name` is the parameter's, for the message. */
export function parseTime(text: string, name: string, nowNs: bigint): bigint {
  const timeNs = readTime(text.trim(), name, nowNs);
  if (timeNs < 0n || timeNs > LATEST_NS) {
    throw new QuestionError(`Cannot use ${name} "${text}": it is not between 1970 and 2262`);
  }
  return timeNs;
}

function readTime(text: string, name: string, nowNs: bigint): bigint {
  if (text === "now") return nowNs;
  if (/^\d+$/.test(text)) {
    const timeNs = BigInt(text);
    if (timeNs !== 0n && timeNs < EARLIEST_NS) {
      throw new QuestionError(
        `Cannot use ${name} "${text}": numbers are nanoseconds since 1970, and this one is too small`,
      );
    }
    return timeNs;
  }
  const ago = text.startsWith("-") ? parseDuration(text.slice(1)) : undefined;
  if (ago !== undefined) return nowNs - ago > 0n ? nowNs - ago : 0n;
  const iso = parseIso(text);
  if (iso !== undefined) return iso;
  throw new QuestionError(
    `Cannot use ${name} "${text}": write epoch nanoseconds, ISO 8601 or a time ago such as -15m`,
  );
}

function parseIso(text: string): bigint | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, date, minutes = "00:00", seconds = "00", fraction = "", zone = "Z"] = match;
  const ms = Date.parse(`${date}T${minutes}:${seconds}${zone.toUpperCase()}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** What is stored lies at most this far ahead of its arrival (store/native/timed-rows.ts). */
const AHEAD_NS = 86_400_000_000_000n;

/**
 * Reads `from` and `to`. Without `to` the range is open: it also has what a clock that is ahead has sent.
 * Throws QuestionError, also when nothing lies between the two.
 */
export function parseTimeRange(from: string, to?: string): TimeRange {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const fromNs = parseTime(from, "from", nowNs);
  const toNs = to === undefined ? nowNs + AHEAD_NS : parseTime(to, "to", nowNs);
  if (fromNs >= toNs) {
    throw new QuestionError(
      `Cannot use from "${from}" with to "${to ?? ""}": nothing lies between them`,
    );
  }
  return { fromNs, toNs };
}

/**
 * An expression of type DateTime64(9) for the bound parameter of that name (a decimal string of ns).
 *
 * Time columns are only compared with their own type: `Timestamp < toDateTime(…)` loses the rows of the
 * last second, because the primary key's analysis makes `<= one second less` of it (26.7). So columns of
 * minutes and hours, which are DateTime, are compared with toStartOfMinute and toStartOfHour of this.
 */
export function timeSql(param: string): string {
  return `fromUnixTimestamp64Nano({${param}:Int64}, 'UTC')`;
}
