// bins.ts — values counted into equal bins: the picture of a distribution.

export interface ValueBins {
  readonly from: number;
  readonly width: number;
  readonly counts: Uint32Array;
  readonly countMax: number;
}

/** Counts the values into `binCount` bins between the least and the greatest. */
export function binValues(values: readonly number[], binCount: number): ValueBins {
  const counts = new Uint32Array(binCount);
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (values.length === 0) return { from: 0, width: 1, counts, countMax: 0 };
  const width = (max - min) / binCount || 1;
  for (const value of values) counts[Math.min(binCount - 1, Math.floor((value - min) / width))]!++;
  return { from: min, width, counts, countMax: Math.max(...counts) };
}
