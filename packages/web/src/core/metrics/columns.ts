// columns.ts — series with times of their own → one column of times and one of values each, as uPlot wants them.

import type { MetricSeries } from "@telemetry/dashboard/contract";
import { nanoToMs } from "../time/time.ts";

export interface AlignedSeries {
  /** Epoch seconds, ascending. */
  readonly times: number[];
  /** By series, then by time; null where a series has no point. */
  readonly values: (number | null)[][];
}

export interface SeriesSummary {
  readonly last: number;
  readonly min: number;
  readonly avg: number;
  readonly max: number;
}

/** Puts all points on the union of their times. */
export function alignSeries(series: readonly MetricSeries[]): AlignedSeries {
  const places = new Map<number, number>();
  for (const { points } of series)
    for (const [nano] of points) places.set(nanoToMs(nano) / 1_000, 0);
  const times = [...places.keys()].sort((a, b) => a - b);
  for (const [place, time] of times.entries()) places.set(time, place);
  const values = series.map(({ points }) => {
    const column = Array.from<number | null>({ length: times.length }).fill(null);
    for (const [nano, value] of points) column[places.get(nanoToMs(nano) / 1_000)!] = value;
    return column;
  });
  return { times, values };
}

/** What the legend says of a series; NaN where it has no point. */
export function summarise(values: readonly (number | null)[]): SeriesSummary {
  const known = values.filter((value) => value !== null);
  if (known.length === 0)
    return { last: Number.NaN, min: Number.NaN, avg: Number.NaN, max: Number.NaN };
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (const value of known) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { last: known.at(-1)!, min, avg: sum / known.length, max };
}
