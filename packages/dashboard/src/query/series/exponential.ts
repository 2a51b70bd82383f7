// exponential.ts — the increases of exponential histograms, OTLP's ExponentialHistogram.
//
//   bucket i is above base^i and at most base^(i + 1), base = 2^(2^-scale)
//
// The scale is each point's own. Going to a smaller scale is exact: bucket i becomes i >> difference. So
// all points of an answer are brought to the smallest scale among them, where they can be subtracted and
// added.

import type { Interval } from "./quantile.ts";

/** A row of steppedSql for exponential histograms; ordered by series and time. */
export interface ExponentialRow {
  readonly bucket: string;
  readonly groups: readonly string[];
  readonly series: string;
  readonly isNew: number;
  readonly isInRange: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positiveOffset: number;
  readonly positiveCounts: readonly number[];
  readonly negativeOffset: number;
  readonly negativeCounts: readonly number[];
  readonly low: number | null;
  readonly high: number | null;
}

/** Counts by bucket index, all of one scale. */
interface Buckets {
  readonly positive: Map<number, number>;
  readonly negative: Map<number, number>;
  zeroCount: number;
}

/** The increases of many points, added up. */
export class ExponentialSum {
  readonly #scale: number;
  readonly #sum: Buckets = emptyBuckets();
  #smallest = Number.POSITIVE_INFINITY;
  #largest = Number.NEGATIVE_INFINITY;

  constructor(scale: number) {
    this.#scale = scale;
  }

  /** `previous` is the point before in the series; undefined when all of the row is new. */
  add(row: ExponentialRow, previous: ExponentialRow | undefined): void {
    const { positive, negative } = this.#sum;
    this.#addCounts(positive, row, "positive", 1);
    this.#addCounts(negative, row, "negative", 1);
    this.#sum.zeroCount += row.zeroCount - (previous?.zeroCount ?? 0);
    if (previous !== undefined) {
      this.#addCounts(positive, previous, "positive", -1);
      this.#addCounts(negative, previous, "negative", -1);
    }
    this.#smallest = Math.min(this.#smallest, row.low ?? Number.POSITIVE_INFINITY);
    this.#largest = Math.max(this.#largest, row.high ?? Number.NEGATIVE_INFINITY);
  }

  intervals(): Interval[] {
    const { positive, negative, zeroCount } = this.#sum;
    const edge = (index: number) => 2 ** (index * 2 ** -this.#scale);
    const intervals = [this.#clip(0, 0, zeroCount)];
    for (const [index, count] of positive) {
      intervals.push(this.#clip(edge(index), edge(index + 1), count));
    }
    for (const [index, count] of negative) {
      intervals.push(this.#clip(-edge(index + 1), -edge(index), count));
    }
    return intervals.filter(({ count }) => count > 0);
  }

  /** No value lies beyond the extremes that were reported. */
  #clip(low: number, high: number, count: number): Interval {
    const smallest = Number.isFinite(this.#smallest) ? this.#smallest : low;
    const largest = Number.isFinite(this.#largest) ? this.#largest : high;
    if (smallest > high || largest < low) return { low, high, count };
    return { low: Math.max(low, smallest), high: Math.min(high, largest), count };
  }

  #addCounts(
    sum: Map<number, number>,
    row: ExponentialRow,
    side: "positive" | "negative",
    sign: 1 | -1,
  ): void {
    const offset = row[`${side}Offset`];
    for (const [position, count] of row[`${side}Counts`].entries()) {
      const index = downscale(offset + position, row.scale - this.#scale);
      sum.set(index, (sum.get(index) ?? 0) + sign * count);
    }
  }
}

function emptyBuckets(): Buckets {
  return { positive: new Map(), negative: new Map(), zeroCount: 0 };
}

/** Index of the bucket that holds bucket `index` when the scale is smaller by `difference`. */
function downscale(index: number, difference: number): number {
  return Math.floor(index / 2 ** difference);
}
