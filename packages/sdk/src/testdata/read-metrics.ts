// read-metrics.ts — a decoded metrics request as plain objects, for comparing in tests.

import {
  MetricType,
  readAttributes,
  readSpanId,
  readString,
  readTraceId,
} from "@telemetry/otlp";
import type { MetricBatch, PointColumns, RangeColumn } from "@telemetry/otlp";

export interface ReadExemplar {
  value: number;
  timeMs: number;
  traceId: string;
  spanId: string;
  attributes: Record<string, unknown>;
}

export interface ReadPoint {
  attributes: Record<string, unknown>;
  startMs: number;
  timeMs: number;
  value?: number | bigint;
  count?: number;
  sum?: number;
  min?: number | undefined;
  max?: number | undefined;
  bounds?: number[];
  counts?: number[];
  scale?: number;
  zeroCount?: number;
  offset?: number;
  exemplars: ReadExemplar[];
}

export interface ReadMetric {
  scope: string;
  name: string;
  unit: string;
  description: string;
  type: keyof typeof MetricType;
  temporality: "unspecified" | "delta" | "cumulative";
  isMonotonic: boolean;
  points: ReadPoint[];
}

const TYPES = Object.fromEntries(
  Object.entries(MetricType).map(([name, type]) => [type, name]),
) as Record<number, keyof typeof MetricType>;

export function readMetrics(batch: MetricBatch): ReadMetric[] {
  const { metrics, scopes } = batch;
  const all: ReadMetric[] = [];
  for (let row = 0; row < metrics.count; row++) {
    all.push({
      scope: readString(batch, scopes.name, metrics.scope[row]!),
      name: readString(batch, metrics.name, row),
      unit: readString(batch, metrics.unit, row),
      description: readString(batch, metrics.description, row),
      type: TYPES[metrics.type[row]!]!,
      temporality: (["unspecified", "delta", "cumulative"] as const)[metrics.temporality[row]!]!,
      isMonotonic: metrics.monotonic[row] === 1,
      points: [],
    });
  }
  const { numbers, histograms, exponentials } = batch;
  for (let row = 0; row < numbers.count; row++) {
    const isInteger = numbers.valueType[row] === 2;
    all[numbers.metric[row]!]!.points.push({
      ...readPoint(batch, numbers, row, numbers.exemplars),
      value: isInteger ? numbers.int[row]! : numbers.double[row]!,
    });
  }
  for (let row = 0; row < histograms.count; row++) {
    all[histograms.metric[row]!]!.points.push({
      ...readPoint(batch, histograms, row, histograms.exemplars),
      ...readDistribution(histograms, row),
      bounds: slice(histograms.explicitBoundValues, histograms.explicitBounds, row),
      counts: slice(histograms.bucketCountValues, histograms.bucketCounts, row),
    });
  }
  for (let row = 0; row < exponentials.count; row++) {
    all[exponentials.metric[row]!]!.points.push({
      ...readPoint(batch, exponentials, row, exponentials.exemplars),
      ...readDistribution(exponentials, row),
      scale: exponentials.scale[row]!,
      zeroCount: Number(exponentials.zeroCount[row]),
      offset: exponentials.positiveOffset[row]!,
      counts: slice(exponentials.positiveValues, exponentials.positive, row),
    });
  }
  return all;
}

function readPoint(
  batch: MetricBatch,
  points: PointColumns,
  row: number,
  exemplars: RangeColumn,
): ReadPoint {
  return {
    attributes: readAttributes(batch, points.attributes[row]!, points.attributes[row + 1]!),
    startMs: Number(points.startTimeUnixNano[row]!) / 1e6,
    timeMs: Number(points.timeUnixNano[row]!) / 1e6,
    exemplars: readExemplars(batch, exemplars[row]!, exemplars[row + 1]!),
  };
}

function readExemplars(batch: MetricBatch, start: number, end: number): ReadExemplar[] {
  const { exemplars } = batch;
  return Array.from({ length: end - start }, (_, i) => {
    const row = start + i;
    const isInteger = exemplars.valueType[row] === 2;
    return {
      value: isInteger ? Number(exemplars.int[row]!) : exemplars.double[row]!,
      timeMs: Number(exemplars.timeUnixNano[row]!) / 1e6,
      traceId: readTraceId(exemplars.traceId, row),
      spanId: readSpanId(exemplars.spanId, row),
      attributes: readAttributes(batch, exemplars.attributes[row]!, exemplars.attributes[row + 1]!),
    };
  });
}

interface Distribution {
  countValue: BigUint64Array;
  present: Uint8Array;
  sum: Float64Array;
  min: Float64Array;
  max: Float64Array;
}

function readDistribution(
  columns: Distribution,
  row: number,
): Pick<ReadPoint, "count" | "sum" | "min" | "max"> {
  return {
    count: Number(columns.countValue[row]!),
    sum: columns.sum[row]!,
    min: columns.present[row]! & 2 ? columns.min[row]! : undefined,
    max: columns.present[row]! & 4 ? columns.max[row]! : undefined,
  };
}

function slice(
  values: ArrayLike<number | bigint>,
  ranges: RangeColumn,
  row: number,
): number[] {
  return Array.from(values as ArrayLike<number>)
    .slice(ranges[row], ranges[row + 1])
    .map(Number);
}
