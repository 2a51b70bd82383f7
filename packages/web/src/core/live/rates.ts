// rates.ts — numbers of the moment from seconds.

import type { ServiceSeries } from "./overview-store.ts";

export interface Moment {
  /** Spans per second. */
  readonly rate: number;
  /** 0 to 1. */
  readonly errorRate: number;
  /** The slowest service by p95; undefined while nothing was measured. */
  readonly slowest: { readonly name: string; readonly p95Ms: number } | undefined;
}

/** The last `seconds` of all series together. */
export function momentOf(series: readonly ServiceSeries[], seconds: number): Moment {
  let [spans, errors] = [0, 0];
  let slowest: Moment["slowest"];
  for (const one of series) {
    spans += sum(one.rate, seconds);
    errors += sum(one.errors, seconds);
    const p95Ms = mean(one.p95Ms, seconds);
    if (!Number.isNaN(p95Ms) && p95Ms > (slowest?.p95Ms ?? -1)) slowest = { name: one.name, p95Ms };
  }
  return { rate: spans / seconds, errorRate: spans === 0 ? 0 : errors / spans, slowest };
}

function sum(values: Float64Array, count: number): number {
  let total = 0;
  for (const value of values.subarray(-count)) total += value;
  return total;
}

/** The mean of what is known; NaN when nothing is. */
function mean(values: Float64Array, count: number): number {
  let [total, known] = [0, 0];
  for (const value of values.subarray(-count)) {
    if (Number.isNaN(value)) continue;
    total += value;
    known++;
  }
  return known === 0 ? Number.NaN : total / known;
}

/** Sums of all series, second by second: what the line of "all services" shows. */
export function totalOf(series: readonly ServiceSeries[], column: "rate" | "errors"): Float64Array {
  const total = new Float64Array(series[0]?.rate.length ?? 0);
  for (const one of series)
    for (const [place, value] of one[column].entries()) total[place]! += value;
  return total;
}
