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

/** The mean of each second and those before it, `seconds` in all: what happens in bursts becomes a line. NaN is unknown. */
export function movingAverage(values: Float64Array, seconds: number): Float64Array {
  return values.map((_, place) =>
    mean(values.subarray(Math.max(0, place - seconds + 1), place + 1), seconds),
  );
}

/** The first second in which any service had a span; the end when none had. */
export function firstActivePlace(series: readonly ServiceSeries[]): number {
  const end = series[0]?.rate.length ?? 0;
  return series.reduce((first, one) => {
    const place = one.rate.findIndex((count) => count > 0);
    return place === -1 ? first : Math.min(first, place);
  }, end);
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
