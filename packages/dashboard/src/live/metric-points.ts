// metric-points.ts — every point of a metric batch as one number, whatever its kind.
//
// A gauge or sum is its value. A histogram or summary is the mean of what it saw since the point before it, which
// its series remembers; a cumulative histogram counts from its start, a delta one anew each time.

import { MetricType, wordsOf, type MetricBatch, type PointColumns } from "@telemetry/otlp";
import type { MetricKind } from "../contract/contract.ts";

/** Bit 0 of the flags of a point: "no recorded value". */
const NO_VALUE = 1;
const TEMPORALITY_DELTA = 1;

export const METRIC_KINDS: Readonly<Record<number, MetricKind>> = {
  [MetricType.gauge]: "gauge",
  [MetricType.sum]: "sum",
  [MetricType.histogram]: "histogram",
  [MetricType.exponentialHistogram]: "exponential_histogram",
  [MetricType.summary]: "summary",
};

/** What a series remembers of its last point. */
export interface Population {
  count: number;
  sum: number;
}

/** One point, told to a visitor; the object is used again for the next point. */
export interface MetricPoint {
  /** Row of the point's metric. */
  metric: number;
  /** Attribute rows `[start, end)`. */
  start: number;
  end: number;
  timeUnixNano: bigint;
  /** Of gauges and sums. */
  value: number;
  /** Of histograms and summaries; undefined for gauges and sums. */
  population: Population | undefined;
  isDelta: boolean;
}

/** Visits the points of a batch that have a value. */
export function visitPoints(batch: MetricBatch, visit: (point: MetricPoint) => void): void {
  const { numbers, histograms, exponentials, summaries } = batch;
  visitKind(batch, numbers, visit, (point, row) => {
    point.value =
      numbers.valueType[row] === 2 ? Number(numbers.int[row]) : (numbers.double[row] as number);
    return numbers.valueType[row] !== 0;
  });
  for (const points of [histograms, exponentials, summaries]) {
    const counts = wordsOf(points.countValue);
    visitKind(batch, points, visit, (point, row) => {
      const count = (counts[row * 2 + 1] as number) * 4_294_967_296 + (counts[row * 2] as number);
      point.population = { count, sum: points.sum[row] as number };
      return true;
    });
  }
}

function visitKind(
  { metrics }: MetricBatch,
  points: PointColumns,
  visit: (point: MetricPoint) => void,
  readValue: (point: MetricPoint, row: number) => boolean,
): void {
  const point: MetricPoint = {
    metric: 0,
    start: 0,
    end: 0,
    timeUnixNano: 0n,
    value: 0,
    population: undefined,
    isDelta: false,
  };
  for (let row = 0; row < points.count; row++) {
    if (((points.flags[row] as number) & NO_VALUE) !== 0) continue;
    point.metric = points.metric[row] as number;
    point.start = points.attributes[row] as number;
    point.end = points.attributes[row + 1] as number;
    point.timeUnixNano = points.timeUnixNano[row] as bigint;
    point.isDelta = metrics.temporality[point.metric] === TEMPORALITY_DELTA;
    if (readValue(point, row)) visit(point);
  }
}

/** The point as a number. `before` is what the series had; undefined when the point says nothing new. */
export function numberOf(point: MetricPoint, before: Population | undefined): number | undefined {
  const { population, isDelta, value } = point;
  if (population === undefined) return value;
  const isReset = before === undefined || population.count < before.count;
  const since = isDelta || isReset ? { count: 0, sum: 0 } : before;
  const count = population.count - since.count;
  return count > 0 ? (population.sum - since.sum) / count : undefined;
}
