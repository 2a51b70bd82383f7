// distributions.ts — percentiles of histograms: the increases of their buckets, per time bucket and group.

import type { Runner } from "../runner.ts";
import type { ValueRow } from "./aggregate-sql.ts";
import { ExponentialSum, type ExponentialRow } from "./exponential.ts";
import type { SeriesPlan } from "./plan.ts";
import { IN_RANGE_SQL, pointParams, steppedSql } from "./points-sql.ts";
import { explicitIntervals, quantileOfIntervals, type Interval } from "./quantile.ts";

interface ExplicitRow {
  readonly bucket: string;
  readonly groups: readonly string[];
  readonly bounds: readonly number[];
  /** New values per explicit bucket. */
  readonly increases: readonly number[];
  readonly smallest: number | null;
  readonly largest: number | null;
}

/** One row per bucket, group and set of bounds. */
export async function explicitQuantiles(
  runner: Runner,
  plan: SeriesPlan,
  quantile: number,
  signal?: AbortSignal,
): Promise<ValueRow[]> {
  const rows = runner.stream<ExplicitRow>({
    sql: explicitSql(plan),
    params: pointParams(plan),
    signal,
  });
  const cells = new Cells<Interval[]>(() => []);
  for await (const block of rows) {
    for (const { bucket, groups, bounds, increases, smallest, largest } of block) {
      cells.at(bucket, groups).push(...explicitIntervals(bounds, increases, smallest, largest));
    }
  }
  return cells.values((intervals) => quantileOfIntervals(intervals, quantile));
}

/** The rows of the points themselves: scales differ, so they are brought together here. */
export async function exponentialQuantiles(
  runner: Runner,
  plan: SeriesPlan,
  quantile: number,
  signal?: AbortSignal,
): Promise<ValueRow[]> {
  const rows = await runner.rows<ExponentialRow>({
    sql: exponentialSql(plan),
    params: pointParams(plan),
    signal,
  });
  const scale = rows.reduce((smallest, row) => Math.min(smallest, row.scale), 20);
  const cells = new Cells(() => new ExponentialSum(scale));
  let previous: ExponentialRow | undefined;
  for (const row of rows) {
    const before = previous?.series === row.series ? previous : undefined;
    previous = row;
    if (row.isInRange === 0 || (row.isNew === 0 && before === undefined)) continue;
    cells.at(row.bucket, row.groups).add(row, row.isNew === 1 ? undefined : before);
  }
  return cells.values((sum) => quantileOfIntervals(sum.intervals(), quantile));
}

function explicitSql(plan: SeriesPlan): string {
  const increase = `multiIf(isNew, arrayMap(now -> toInt64(now), counts), number = 1, arrayMap(now -> toInt64(0), counts),
  arrayMap((now, before) -> greatest(toInt64(now) - toInt64(before), 0), counts, arrayResize(previous_counts, length(counts))))`;
  return `SELECT bucket, groups, bounds, arrayMap(sum -> toFloat64(sum), sumForEach(${increase})) AS increases, min(low) AS smallest, max(high) AS largest
FROM (${steppedSql(plan, ["counts"])}) WHERE ${IN_RANGE_SQL} AND notEmpty(counts) GROUP BY bucket, groups, bounds`;
}

function exponentialSql(plan: SeriesPlan): string {
  const asNumbers = (column: string) =>
    `arrayMap(count -> toFloat64(count), ${column}) AS ${column}`;
  return `SELECT bucket, groups, series, isNew, ${IN_RANGE_SQL} AS isInRange, scale, toFloat64(zeroCount) AS zeroCount,
  positiveOffset, ${asNumbers("positiveCounts")}, negativeOffset, ${asNumbers("negativeCounts")}, low, high
FROM (${steppedSql(plan, [])}) ORDER BY series, time`;
}

/** What is gathered per bucket and group. */
class Cells<Content> {
  readonly #cells = new Map<
    string,
    { bucket: string; groups: readonly string[]; content: Content }
  >();
  readonly #make: () => Content;

  constructor(make: () => Content) {
    this.#make = make;
  }

  at(bucket: string, groups: readonly string[]): Content {
    const key = JSON.stringify([bucket, ...groups]);
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { bucket, groups, content: this.#make() };
      this.#cells.set(key, cell);
    }
    return cell.content;
  }

  values(valueOf: (content: Content) => number | null): ValueRow[] {
    return [...this.#cells.values()].map(({ bucket, groups, content }) => ({
      bucket,
      groups,
      value: valueOf(content),
    }));
  }
}
