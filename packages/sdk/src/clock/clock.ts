// clock.ts — wall-clock times from the monotonic clock, so that a span never ends before it starts and a
// child never starts before its parent.
//
//   time since 1970  =  anchor (made rarely)  +  performance.now() (read at each edge of a span)
//
// The first anchor is `performance.timeOrigin`, which is exact to the microsecond; `Date.now() - now()`
// would be wrong by up to a millisecond, more than a request takes on one machine. After a sleep of the
// machine or a step of its clock the two disagree by more than 2 ms: then a new local root gets a new
// anchor, and running traces keep theirs.

import type { HrTime, TimeInput } from "@opentelemetry/api";

/** A point on the wall clock: whole milliseconds since 1970, and nanoseconds beyond them. */
export interface Anchor {
  readonly wholeMs: number;
  readonly ns: number;
}

/** A wall-clock time: `ms` of the monotonic clock after `anchor`. */
export interface Instant {
  readonly anchor: Anchor;
  readonly ms: number;
}

export interface ClockOptions {
  /** Milliseconds of a monotonic clock. */
  now?: () => number;
  /** Epoch milliseconds of the wall clock. */
  wallNow?: () => number;
  /** Epoch milliseconds where `now` is 0. */
  timeOriginMs?: number;
}

/** Disagreement of the two clocks that is believed to be a step, not noise. */
const STEP_MS = 2;
/** The wall clock is compared at most this often: reading it costs as much as ten attributes. */
const COMPARE_INTERVAL_MS = 10;
/**
 * A smaller number is a reading of performance.now(), for a process that runs less than three years; as epoch
 * milliseconds it would be before March 1973.
 */
const PERFORMANCE_NOW_MAX = 1e11;
const NS_PER_MS = 1_000_000;

export class Clock {
  /** Milliseconds of the monotonic clock. */
  readonly now: () => number;
  readonly #wallNow: () => number;
  #anchor: Anchor;
  #anchorMs: number;
  #comparedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ClockOptions = {}) {
    this.now = options.now ?? (() => performance.now());
    this.#wallNow = options.wallNow ?? Date.now;
    this.#anchorMs = options.timeOriginMs ?? performance.timeOrigin;
    this.#anchor = anchorAt(this.#anchorMs);
  }

  /** The anchor for a new local root that starts at `nowMs`; compares the two clocks now and then. */
  anchorAt(nowMs: number): Anchor {
    if (nowMs - this.#comparedMs >= COMPARE_INTERVAL_MS) this.#compare(nowMs);
    return this.#anchor;
  }

  /** Now, for a log record or a metric point. */
  instant(): Instant {
    const ms = this.now();
    return { anchor: this.anchorAt(ms), ms };
  }

  /** Epoch milliseconds with a fraction, now: good to a quarter of a microsecond. */
  epochMs(): number {
    const ms = this.now();
    const { wholeMs, ns } = this.anchorAt(ms);
    return wholeMs + ns / NS_PER_MS + ms;
  }

  /** Epoch nanoseconds, now. */
  unixNano(): bigint {
    return unixNanoOf(this.instant());
  }

  #compare(nowMs: number): void {
    this.#comparedMs = nowMs;
    const wallMs = this.#wallNow();
    // Date.now() is cut to the millisecond, so half of one is the expected difference.
    if (Math.abs(wallMs + 0.5 - (this.#anchorMs + nowMs)) <= STEP_MS) return;
    this.#anchorMs = wallMs - nowMs;
    this.#anchor = anchorAt(this.#anchorMs);
  }
}

export function anchorAt(epochMs: number): Anchor {
  const wholeMs = Math.floor(epochMs);
  return { wholeMs, ns: Math.round((epochMs - wholeMs) * NS_PER_MS) };
}

export function unixNanoOf({ anchor, ms }: Instant): bigint {
  return BigInt(anchor.wholeMs) * 1_000_000n + BigInt(anchor.ns + Math.round(ms * NS_PER_MS));
}

export function hrTimeOf(instant: Instant): HrTime {
  const ns = unixNanoOf(instant);
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

/** From `start` to `end`; 0 when `end` is earlier. */
export function durationOf(start: Instant, end: Instant): HrTime {
  const ns = unixNanoOf(end) - unixNanoOf(start);
  return ns < 0n ? [0, 0] : [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

/** hot: see bench/trace. Spans of one anchor, nearly all, are compared without arithmetic on the anchor. */
export function isBefore(anchor: Anchor, ms: number, thanAnchor: Anchor, thanMs: number): boolean {
  if (anchor === thanAnchor) return ms < thanMs;
  return unixNanoOf({ anchor, ms }) < unixNanoOf({ anchor: thanAnchor, ms: thanMs });
}

/**
 * A time that an app passes: a Date, epoch milliseconds, a `performance.now()` value, [seconds, nanoseconds]
 * or epoch nanoseconds as a bigint. Returns undefined for what is none of these (NaN, an invalid Date, …).
 */
export function instantFrom(input: TimeInput | bigint): Instant | undefined {
  if (typeof input === "bigint") return instantFromNs(input);
  if (typeof input === "number") {
    if (!Number.isFinite(input)) return undefined;
    return input < PERFORMANCE_NOW_MAX
      ? { anchor: anchorAt(performance.timeOrigin), ms: input }
      : { anchor: anchorAt(input), ms: 0 };
  }
  if (input instanceof Date) {
    const ms = input.getTime();
    return Number.isNaN(ms) ? undefined : { anchor: { wholeMs: ms, ns: 0 }, ms: 0 };
  }
  if (!Array.isArray(input) || input.length !== 2 || !input.every(Number.isSafeInteger)) {
    return undefined;
  }
  return instantFromNs(BigInt(input[0]) * 1_000_000_000n + BigInt(input[1]));
}

function instantFromNs(ns: bigint): Instant | undefined {
  if (ns < 0n || ns >= 2n ** 64n) return undefined;
  return {
    anchor: { wholeMs: Number(ns / 1_000_000n), ns: Number(ns % 1_000_000n) },
    ms: 0,
  };
}
