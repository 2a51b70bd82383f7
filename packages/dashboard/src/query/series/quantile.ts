// quantile.ts — quantiles of values that are only known by how many of them lie in which interval.
//
// Within an interval values are taken as evenly spread. Intervals may overlap: two processes with other
// bucket bounds are one distribution all the same.

/** `count` values between `low` and `high`; equal ends are a single value. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** The value that the share `quantile` (0 to 1) of all values is at or below; null when there are no values. */
export function quantileOfIntervals(
  intervals: readonly Interval[],
  quantile: number,
): number | null {
  const total = intervals.reduce((sum, { count }) => sum + count, 0);
  if (!(total > 0)) return null;
  const wanted = quantile * total;
  const edges = edgesOf(intervals);
  let below = 0;
  let density = 0;
  let last = edges[0] as Edge;
  for (const edge of edges) {
    const between = density * (edge.at - last.at);
    if (density > 0 && below + between >= wanted) return last.at + (wanted - below) / density;
    below += between + edge.mass;
    if (edge.mass > 0 && below >= wanted) return edge.at;
    density += edge.densityChange;
    last = edge;
  }
  return last.at;
}

interface Edge {
  readonly at: number;
  /** Values that are exactly here. */
  readonly mass: number;
  /** By how much more values there are per unit from here on. */
  readonly densityChange: number;
}

function edgesOf(intervals: readonly Interval[]): Edge[] {
  const edges: Edge[] = [];
  for (const { low, high, count } of intervals) {
    if (count <= 0) continue;
    if (high > low) {
      const density = count / (high - low);
      edges.push({ at: low, mass: 0, densityChange: density });
      edges.push({ at: high, mass: 0, densityChange: -density });
    } else edges.push({ at: low, mass: count, densityChange: 0 });
  }
  return edges.sort((a, b) => a.at - b.at);
}

/**
 * Explicit buckets, OTLP's Histogram: bucket i is above bounds[i - 1] and at most bounds[i]. The outermost
 * two are open and end at the smallest and largest value, where these are known.
 */
export function explicitIntervals(
  bounds: readonly number[],
  counts: readonly number[],
  smallest: number | null,
  largest: number | null,
): Interval[] {
  return counts.map((count, index) => {
    const low = bounds[index - 1] ?? lowestEnd(bounds[0], smallest);
    const high = bounds[index] ?? Math.max(bounds.at(-1) ?? low, largest ?? low);
    return { low: Math.min(low, high), high, count };
  });
}

/** Most of what is measured is not negative: then the first bucket begins at 0. */
function lowestEnd(bound: number | undefined, smallest: number | null): number {
  if (bound === undefined) return smallest ?? 0;
  if (smallest !== null && smallest <= bound) return smallest;
  return Math.min(bound, 0);
}
