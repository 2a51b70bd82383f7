// duration-sketch.ts — quantiles of many durations in 4 KiB.
//
// Buckets on a logarithmic scale, 16 to each doubling: bucket b > 0 holds [1.024 µs · 2^((b-1)/16), 1.024 µs · 2^(b/16)),
// bucket 0 what is shorter. The last one begins at 70 minutes. A quantile is off by at most 2.2 %.

const BUCKETS_PER_DOUBLING = 16;
const BUCKET_COUNT = 512;
const SMALLEST_NS = 1_024;
const NS_PER_MS = 1e6;
/** Weights that are no whole numbers do not add up to the last digit. */
const ROUNDING = 1e-6;

export class DurationSketch {
  readonly #buckets = new Float64Array(BUCKET_COUNT);
  #count = 0;

  /** The sum of the weights. */
  get count(): number {
    return this.#count;
  }

  add(durationNs: number, weight = 1): void {
    this.#count += weight;
    const bucket =
      durationNs < SMALLEST_NS
        ? 0
        : 1 + Math.floor(Math.log2(durationNs / SMALLEST_NS) * BUCKETS_PER_DOUBLING);
    this.#buckets[Math.min(bucket, BUCKET_COUNT - 1)]! += weight;
  }

  /** In milliseconds; NaN when nothing was added. `q` is in [0, 1]. */
  quantileMs(q: number): number {
    const rank = Math.max(1, Math.ceil(q * this.#count - ROUNDING));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      seen += this.#buckets[bucket] as number;
      if (seen >= rank) return middleNs(bucket) / NS_PER_MS;
    }
    return Number.NaN;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
  }
}

function middleNs(bucket: number): number {
  if (bucket === 0) return SMALLEST_NS / 2;
  return SMALLEST_NS * 2 ** ((bucket - 0.5) / BUCKETS_PER_DOUBLING);
}
