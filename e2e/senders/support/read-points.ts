// read-points.ts — the metric points of one service. They come from the tables by SQL, because the question for a chart
// answers with series and not with points.

import type {
  Attributes,
  MetricKind,
  SqlAnswer,
} from "../../../packages/dashboard/src/contract/contract.ts";
import {
  attributesSql,
  readAttributes,
  readTextAttributes,
  type AttributesRow,
} from "../../../packages/dashboard/src/query/attributes.ts";
import { ask, dashboardUrl, whole } from "./read-back.ts";

/** A data point with its metric. What the kind does not have is absent. */
export interface MetricPoint {
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit: string;
  readonly description: string;
  readonly temporality?: (typeof TEMPORALITIES)[number];
  readonly monotonic?: boolean;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly resourceSchemaUrl?: string;
  readonly scope: { readonly name: string; readonly version: string; readonly schemaUrl: string };
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly value?: { readonly asInt: number } | { readonly asDouble: number };
  readonly count?: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly bounds?: readonly number[];
  readonly bucketCounts?: readonly number[];
  readonly exponential?: ExponentialBuckets;
  readonly quantiles?: readonly (readonly [quantile: number, value: number])[];
  readonly exemplars?: readonly PointExemplar[];
}

export interface ExponentialBuckets {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
  readonly negative: { readonly offset: number; readonly bucketCounts: readonly number[] };
}

export interface PointExemplar {
  readonly value: number;
  readonly timeUnixNano: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

/** Every stored point of the service, by name and then by value. */
export async function readPoints(
  service: string,
  count: number,
  url = dashboardUrl(),
): Promise<MetricPoint[]> {
  const kinds = Object.keys(OWN_COLUMNS) as MetricKind[];
  const points = await whole(`points of ${service}`, count, async () =>
    (await Promise.all(kinds.map((kind) => readKind(url, kind, service)))).flat(),
  );
  const order = ({ name, value, count }: MetricPoint) => JSON.stringify([name, value, count]);
  return points.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}

const COLUMNS = `MetricName, MetricUnit, MetricDescription,
  toString(toUnixTimestamp64Nano(StartTimeUnix)) AS Start, toString(toUnixTimestamp64Nano(TimeUnix)) AS Time,
  ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeSchemaUrl,
  ${attributesSql("Attributes")} AS PointAttributes, ${attributesSql("ResourceAttributes")} AS Resource`;
const EXEMPLARS = `arrayMap((v, i, k, n, t, s, a) -> (if(k = 2, toFloat64(i), v), toString(toUnixTimestamp64Nano(n)), t, s, a), Exemplars.Value,
  Exemplars.ValueInt, Exemplars.ValueType, Exemplars.TimeUnix, Exemplars.TraceId, Exemplars.SpanId, Exemplars.FilteredAttributes) AS PointExemplars`;
const NUMBER = `Value, toString(ValueInt) AS Int, ValueType, ${EXEMPLARS}`;
const EXTENT = `Count, Sum, Min, Max, HasSum, HasMin, HasMax, AggregationTemporality, ${EXEMPLARS}`;
const OWN_COLUMNS: Record<MetricKind, string> = {
  gauge: NUMBER,
  sum: `${NUMBER}, AggregationTemporality, IsMonotonic`,
  histogram: `${EXTENT}, BucketCounts, ExplicitBounds`,
  exponential_histogram: `${EXTENT}, Scale, ZeroCount, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts`,
  summary: "Count, Sum, arrayZip(ValueAtQuantiles.Quantile, ValueAtQuantiles.Value) AS Quantiles",
};
const TEMPORALITIES = ["unspecified", "delta", "cumulative"] as const;

/** A row of any of the tables; each kind has its own part of the columns. ClickHouse's 64-bit integers may come as text. */
interface Row {
  MetricName: string;
  MetricUnit: string;
  MetricDescription: string;
  Start: string;
  Time: string;
  ResourceSchemaUrl: string;
  ScopeName: string;
  ScopeVersion: string;
  ScopeSchemaUrl: string;
  PointAttributes: AttributesRow;
  Resource: AttributesRow;
  PointExemplars?: [
    value: number,
    time: string,
    traceId: string,
    spanId: string,
    attributes: string,
  ][];
  Value: number;
  Int: string;
  ValueType: number;
  AggregationTemporality: number;
  IsMonotonic: boolean;
  Count: Integer;
  Sum: number;
  Min: number;
  Max: number;
  HasSum: boolean;
  HasMin: boolean;
  HasMax: boolean;
  BucketCounts: Integer[];
  ExplicitBounds: number[];
  Scale: number;
  ZeroCount: Integer;
  PositiveOffset: number;
  PositiveBucketCounts: Integer[];
  NegativeOffset: number;
  NegativeBucketCounts: Integer[];
  Quantiles: [quantile: number, value: number][];
}
type Integer = number | string;

async function readKind(url: string, kind: MetricKind, service: string): Promise<MetricPoint[]> {
  const where = `ServiceName = '${service.replaceAll("'", "''")}'`;
  const query = `SELECT ${COLUMNS}, ${OWN_COLUMNS[kind]} FROM otel_metrics_${kind} WHERE ${where}`;
  const { columns, rows } = await ask<SqlAnswer>(url, "query/sql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const named = rows.map((row) =>
    Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])),
  );
  return named.map((row) => pointOf(kind, row as unknown as Row));
}

function pointOf(kind: MetricKind, row: Row): MetricPoint {
  return {
    name: row.MetricName,
    kind,
    unit: row.MetricUnit,
    description: row.MetricDescription,
    attributes: readAttributes(row.PointAttributes),
    resource: readAttributes(row.Resource),
    ...(row.ResourceSchemaUrl !== "" && { resourceSchemaUrl: row.ResourceSchemaUrl }),
    scope: { name: row.ScopeName, version: row.ScopeVersion, schemaUrl: row.ScopeSchemaUrl },
    startTimeUnixNano: row.Start,
    timeUnixNano: row.Time,
    ...(kind !== "gauge" &&
      kind !== "summary" && {
        temporality: TEMPORALITIES[row.AggregationTemporality] ?? "unspecified",
      }),
    ...(kind === "sum" && { monotonic: row.IsMonotonic }),
    ...valuesOf(kind, row),
    ...exemplarsOf(row.PointExemplars ?? []),
  };
}

function valuesOf(kind: MetricKind, row: Row): Partial<MetricPoint> {
  if (kind === "gauge" || kind === "sum") {
    return { value: row.ValueType === 2 ? { asInt: Number(row.Int) } : { asDouble: row.Value } };
  }
  if (kind === "summary") {
    return { count: Number(row.Count), sum: row.Sum, quantiles: row.Quantiles };
  }
  const extent = {
    count: Number(row.Count),
    ...(row.HasSum && { sum: row.Sum }),
    ...(row.HasMin && { min: row.Min }),
    ...(row.HasMax && { max: row.Max }),
  };
  if (kind === "histogram") {
    return { ...extent, bounds: row.ExplicitBounds, bucketCounts: numbers(row.BucketCounts) };
  }
  return {
    ...extent,
    exponential: {
      scale: row.Scale,
      zeroCount: Number(row.ZeroCount),
      positive: { offset: row.PositiveOffset, bucketCounts: numbers(row.PositiveBucketCounts) },
      negative: { offset: row.NegativeOffset, bucketCounts: numbers(row.NegativeBucketCounts) },
    },
  };
}

function exemplarsOf(rows: NonNullable<Row["PointExemplars"]>): Partial<MetricPoint> {
  if (rows.length === 0) return {};
  return {
    exemplars: rows.map(([value, timeUnixNano, traceId, spanId, attributes]) => ({
      value,
      timeUnixNano,
      traceId,
      spanId,
      attributes: readTextAttributes(attributes),
    })),
  };
}

function numbers(counts: readonly Integer[]): number[] {
  return counts.map(Number);
}
