// timed-rows.ts — which rows of a batch may be stored, and under which time.
//
// A time far off would open a partition of its own, and a hundred of them fail an insert for everybody.
// So what is older than the retention is expired, and what is more than a day ahead is refused; both are
// counted, neither is stored. "Now" is the arrival of the request, kept in the spool, so that a replay
// decides the same. A row without a time gets that of its arrival, and TimestampSource says so.
// hot: see native.bench.ts

import { wordsOf } from "./column-writers.ts";

/** How far ahead of its arrival a row may lie. */
const AHEAD_MS_MAX = 86_400_000;

/** Where a row's time comes from: the values of the column TimestampSource. */
export const TimeSource = { sender: 0, observed: 1, received: 2 } as const;
export const TIME_SOURCE_NAMES = ["", "observed", "received"] as const;

/** The rows of one batch and table that are stored, in order. */
export interface TimedRows {
  /** Rows of the batch's table. */
  readonly rows: Uint32Array;
  /** Their times as words, low half first, index 2i and 2i + 1. */
  readonly times: Uint32Array;
  readonly sources: Uint8Array;
  readonly expired: RefusedRows;
  readonly ahead: RefusedRows;
}

/** Rows that are not stored: how many, and the first of them. */
export interface RefusedRows {
  readonly count: number;
  readonly firstRow: number;
  readonly firstTimeNs: bigint;
}

export interface TimeWindow {
  readonly receivedAtMs: number;
  readonly retentionMs: number;
}

/**
 * Selects among `candidates` (rows of the columns). `time` decides; where it is 0, `observed` does; where
 * that is 0 or absent, the arrival.
 */
export function selectTimedRows(
  candidates: Uint32Array,
  time: BigUint64Array,
  observed: BigUint64Array | undefined,
  window: TimeWindow,
): TimedRows {
  const count = candidates.length;
  const timeWords = wordsOf(time);
  const observedWords = observed === undefined ? undefined : wordsOf(observed);
  const received = wordsOf(BigUint64Array.of(BigInt(window.receivedAtMs) * 1_000_000n));
  const oldestNs = (window.receivedAtMs - window.retentionMs) * 1e6;
  const newestNs = (window.receivedAtMs + AHEAD_MS_MAX) * 1e6;
  const rows = new Uint32Array(count);
  const times = new Uint32Array(count * 2);
  const sources = new Uint8Array(count);
  const expired = new Refusals();
  const ahead = new Refusals();
  let kept = 0;
  for (const row of candidates) {
    let source: number = TimeSource.sender;
    let low = timeWords[row * 2] as number;
    let high = timeWords[row * 2 + 1] as number;
    if ((low | high) === 0 && observedWords !== undefined) {
      source = TimeSource.observed;
      low = observedWords[row * 2] as number;
      high = observedWords[row * 2 + 1] as number;
    }
    if ((low | high) === 0) {
      source = TimeSource.received;
      low = received[0] as number;
      high = received[1] as number;
    }
    const ns = high * 4_294_967_296 + low;
    if (ns < oldestNs) expired.add(row, low, high);
    else if (ns > newestNs) ahead.add(row, low, high);
    else {
      rows[kept] = row;
      times[kept * 2] = low;
      times[kept * 2 + 1] = high;
      sources[kept++] = source;
    }
  }
  return {
    rows: rows.subarray(0, kept),
    times: times.subarray(0, kept * 2),
    sources: sources.subarray(0, kept),
    expired,
    ahead,
  };
}

class Refusals implements RefusedRows {
  count = 0;
  firstRow = 0;
  firstTimeNs = 0n;

  add(row: number, low: number, high: number): void {
    if (this.count++ > 0) return;
    this.firstRow = row;
    this.firstTimeNs = (BigInt(high) << 32n) | BigInt(low);
  }
}

/** The part of a selection that is stored. */
export type StoredRows = Pick<TimedRows, "rows" | "times" | "sources">;

/** Rows `[from, to)` of a selection, for an insert of a part of it. */
export function sliceTimedRows(
  { rows, times, sources }: TimedRows,
  from: number,
  to: number,
): StoredRows {
  return {
    rows: rows.subarray(from, to),
    times: times.subarray(from * 2, to * 2),
    sources: sources.subarray(from, to),
  };
}

/** The first refused row as if it were stored, to be described. */
export function firstRefused({ firstRow, firstTimeNs }: RefusedRows): StoredRows {
  return {
    rows: Uint32Array.of(firstRow),
    times: wordsOf(BigUint64Array.of(firstTimeNs)),
    sources: Uint8Array.of(TimeSource.sender),
  };
}
