// histogram-store.ts — the ExplicitBucketHistogram aggregation.
//
//   row:  sum │ min │ max │ count of bucket 0 … bucket n        one stretch of a Float64Array
//
// Bucket i holds (bounds[i-1], bounds[i]]: a value equal to a bound is in the lower one. The count is
// the sum of the buckets. Counts are doubles, so they are exact far beyond 2^32.

import type { Attributes, Context } from "@opentelemetry/api";
import { MetricType } from "@telemetry/otlp/encode";

import type { ExemplarReservoir } from "./exemplars.ts";
import { grownDoubles, Rows } from "./store.ts";
import type { HistogramData, RowArrays, Store, StoreOptions } from "./store.ts";

/** The specification's default, made for milliseconds. */
export const DEFAULT_BOUNDARIES: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
];

/** What the semantic conventions advise for durations in seconds. */
export const SECONDS_BOUNDARIES: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** With more bounds than this, halving is faster than walking. */
const WALK_MAX = 24;

const SUM = 0;
const MIN = 1;
const MAX = 2;
const COUNTS = 3;

export interface HistogramOptions extends StoreOptions {
  /** Finite and strictly increasing. */
  readonly boundaries: readonly number[];
  readonly recordMinMax: boolean;
}

export class HistogramStore implements Store, RowArrays {
  readonly type = MetricType.histogram;
  readonly rows: Rows;
  readonly #exemplars: ExemplarReservoir;
  readonly #bounds: Float64Array;
  readonly #boundaries: readonly number[];
  readonly #recordMinMax: boolean;
  readonly #stride: number;
  #cells = new Float64Array(0);

  constructor(options: HistogramOptions) {
    this.#boundaries = options.boundaries;
    this.#bounds = Float64Array.from(options.boundaries);
    this.#recordMinMax = options.recordMinMax;
    this.#stride = COUNTS + this.#bounds.length + 1;
    this.rows = new Rows(options, this.#bounds.length + 1, this);
    this.#exemplars = this.rows.exemplars;
  }

  record(
    row: number,
    value: number,
    attributes: Attributes | undefined,
    context: Context | undefined,
  ): void {
    const cells = this.#cells;
    const start = row * this.#stride;
    const bucket = this.#bucketOf(value);
    cells[start + SUM]! += value;
    if (value < cells[start + MIN]!) cells[start + MIN] = value;
    if (value > cells[start + MAX]!) cells[start + MAX] = value;
    cells[start + COUNTS + bucket]! += 1;
    const slot = row * (this.#bounds.length + 1) + bucket;
    const exemplars = this.#exemplars;
    if (--exemplars.countdown[slot]! === 0) {
      exemplars.look(slot, value, attributes, context);
    }
  }

  read(row: number): HistogramData {
    const start = row * this.#stride;
    const bucketCounts = this.#cells.subarray(start + COUNTS, start + this.#stride);
    return {
      kind: "histogram",
      count: bucketCounts.reduce((sum, count) => sum + count, 0),
      sum: this.#cells[start + SUM]!,
      min: this.#recordMinMax ? this.#cells[start + MIN]! : undefined,
      max: this.#recordMinMax ? this.#cells[start + MAX]! : undefined,
      bounds: this.#boundaries,
      bucketCounts,
    };
  }

  endInterval(timeMs: number): void {
    this.rows.endInterval(timeMs);
  }

  grow(capacity: number): void {
    this.#cells = grownDoubles(this.#cells, capacity * this.#stride);
  }

  clear(row: number): void {
    const start = row * this.#stride;
    this.#cells.fill(0, start, start + this.#stride);
    this.#cells[start + MIN] = Infinity;
    this.#cells[start + MAX] = -Infinity;
  }

  isRecorded(row: number): boolean {
    return this.#cells[row * this.#stride + MIN] !== Infinity;
  }

  #bucketOf(value: number): number {
    const bounds = this.#bounds;
    let bucket = 0;
    let end = bounds.length;
    if (end <= WALK_MAX) {
      while (bucket < end && value > bounds[bucket]!) bucket++;
      return bucket;
    }
    while (bucket < end) {
      const middle = (bucket + end) >>> 1;
      if (value > bounds[middle]!) bucket = middle + 1;
      else end = middle;
    }
    return bucket;
  }
}
