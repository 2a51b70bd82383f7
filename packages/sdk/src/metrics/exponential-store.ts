// exponential-store.ts — the Base2ExponentialBucketHistogram aggregation (metrics/data-model.md, "ExponentialHistogram").
//
//   base = 2^(2^-scale)        bucket i = (base^i, base^(i+1)]        at most maxSize buckets between the lowest and the highest
//
// A series starts at the finest scale. A value that would stretch it beyond maxSize halves the scale until
// it fits: bucket i becomes bucket i >> 1. Bucket i is kept at place `i mod maxSize` of the series' counts,
// so that a lower first bucket moves nothing. Instruments that feed a histogram reject negative values, so
// there is no negative range.

import type { Attributes, Context } from "@opentelemetry/api";
import { MetricType } from "@telemetry/otlp/encode";

import { bucketIndex, exponentOf } from "./exponential-scale.ts";
import type { ExemplarReservoir } from "./exemplars.ts";
import { Rows } from "./store.ts";
import type { ExponentialData, RowArrays, Store, StoreOptions } from "./store.ts";

export interface ExponentialOptions extends StoreOptions {
  /** Buckets per series; the default 160 covers 1 ms to 100 s with an error below 5 %. */
  readonly maxSize: number;
  /** -10 to 20. */
  readonly maxScale: number;
  readonly recordMinMax: boolean;
}

export const EXPONENTIAL_SIZE_DEFAULT = 160;
export const EXPONENTIAL_SCALE_DEFAULT = 20;
/** The specification's default for reservoirs of this aggregation. */
const EXEMPLARS_PER_ROW = 20;

interface Series {
  sum: number;
  min: number;
  max: number;
  count: number;
  zeroCount: number;
  scale: number;
  /** First and last bucket in use; empty while `high < low`. */
  low: number;
  high: number;
  readonly counts: Float64Array;
}

export class ExponentialStore implements Store, RowArrays {
  readonly type = MetricType.exponentialHistogram;
  readonly rows: Rows;
  readonly #exemplars: ExemplarReservoir;
  readonly #options: ExponentialOptions;
  readonly #series: Series[] = [];

  constructor(options: ExponentialOptions) {
    this.#options = options;
    this.rows = new Rows(options, EXEMPLARS_PER_ROW, this);
    this.#exemplars = this.rows.exemplars;
  }

  record(
    row: number,
    value: number,
    attributes: Attributes | undefined,
    context: Context | undefined,
  ): void {
    const series = this.#series[row]!;
    series.sum += value;
    series.count++;
    if (value < series.min) series.min = value;
    if (value > series.max) series.max = value;
    if (value === 0) series.zeroCount++;
    else this.#count(series, value);
    // -1074 is the exponent of the smallest double: no slot is negative.
    const slot = row * EXEMPLARS_PER_ROW + ((exponentOf(value) + 1_080) % EXEMPLARS_PER_ROW);
    const exemplars = this.#exemplars;
    if (--exemplars.countdown[slot]! === 0) {
      exemplars.look(slot, value, attributes, context);
    }
  }

  read(row: number): ExponentialData {
    const { recordMinMax, maxSize } = this.#options;
    const series = this.#series[row]!;
    const size = Math.max(0, series.high - series.low + 1);
    return {
      kind: "exponential",
      count: series.count,
      sum: series.sum,
      min: recordMinMax ? series.min : undefined,
      max: recordMinMax ? series.max : undefined,
      scale: series.scale,
      zeroCount: series.zeroCount,
      offset: size === 0 ? 0 : series.low,
      bucketCounts: Float64Array.from(
        { length: size },
        (_, i) => series.counts[placeOf(series.low + i, maxSize)]!,
      ),
    };
  }

  endInterval(timeMs: number): void {
    this.rows.endInterval(timeMs);
  }

  grow(): void {
    // Series are made one by one: most have their own scale, and 160 buckets each.
  }

  clear(row: number): void {
    const counts = this.#series[row]?.counts ?? new Float64Array(this.#options.maxSize);
    this.#series[row] = {
      sum: 0,
      min: Infinity,
      max: -Infinity,
      count: 0,
      zeroCount: 0,
      scale: this.#options.maxScale,
      low: 0,
      high: -1,
      counts: counts.fill(0),
    };
  }

  isRecorded(row: number): boolean {
    return (this.#series[row]?.count ?? 0) > 0;
  }

  #count(series: Series, value: number): void {
    const { maxSize } = this.#options;
    let index = bucketIndex(value, series.scale);
    if (series.high < series.low) {
      series.low = series.high = index;
    } else if (index < series.low || index > series.high) {
      let low = Math.min(series.low, index);
      let high = Math.max(series.high, index);
      let steps = 0;
      for (; high - low >= maxSize; steps++) {
        low >>= 1;
        high >>= 1;
      }
      if (steps > 0) {
        coarsen(series, steps, maxSize);
        index >>= steps;
      }
      series.low = Math.min(series.low, index);
      series.high = Math.max(series.high, index);
    }
    series.counts[placeOf(index, maxSize)]! += 1;
  }
}

/** Lowers the scale by `steps`: 2^steps neighbouring buckets become one. */
function coarsen(series: Series, steps: number, maxSize: number): void {
  const before = series.counts.slice();
  series.counts.fill(0);
  for (let index = series.low; index <= series.high; index++) {
    series.counts[placeOf(index >> steps, maxSize)]! += before[placeOf(index, maxSize)]!;
  }
  series.scale -= steps;
  series.low >>= steps;
  series.high >>= steps;
}

function placeOf(index: number, maxSize: number): number {
  const place = index % maxSize;
  return place < 0 ? place + maxSize : place;
}
