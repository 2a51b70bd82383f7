// metrics.ts — otel_metrics_*: one row per data point, a table per kind of point.

import { attributeColumns, originColumns, timestampSource } from "./origin.ts";
import type { Column, Table } from "./table.ts";
import { NAME_TYPE, TIME_TYPE, column } from "./table.ts";

const commonColumns: readonly Column[] = [
  column("MetricName", NAME_TYPE, "Name of the metric"),
  column("MetricDescription", NAME_TYPE, "Description of the metric"),
  column("MetricUnit", NAME_TYPE, "Unit of the metric (UCUM)"),
  column("MetricMetadata", "String", "Metadata of the metric as text attributes; '' without any"),
  column("TimeUnix", TIME_TYPE, "Time of the point, epoch ns", { codec: "Delta(8), ZSTD(1)" }),
  timestampSource,
  column(
    "StartTimeUnix",
    TIME_TYPE,
    "Start of the point's interval (raw 64 bits); 1970-01-01 00:00:00 if not said",
    {
      codec: "Delta(8), ZSTD(1)",
    },
  ),
  ...originColumns,
  ...attributeColumns("Attributes", "point"),
  column("Flags", "UInt32", "DataPoint.flags; bit 0: no recorded value (a staleness marker)"),
];

const exemplarColumns: readonly Column[] = [
  column(
    "Exemplars.FilteredAttributes",
    "Array(String)",
    "Attributes of the exemplars as text attributes: {…} JSON by key, or […] OTLP JSON",
  ),
  column("Exemplars.TimeUnix", `Array(${TIME_TYPE})`, "Times of the exemplars (raw 64 bits)"),
  column(
    "Exemplars.Value",
    "Array(Float64)",
    "Values of the exemplars; integers rounded to a double",
  ),
  column("Exemplars.ValueInt", "Array(Int64)", "Exact values of integer exemplars, 0 otherwise"),
  column(
    "Exemplars.ValueType",
    "Array(UInt8)",
    "0 no value, 1 double (Value), 2 integer (ValueInt)",
  ),
  column("Exemplars.SpanId", "Array(String)", "Span ids, 16 hex digits, '' without one"),
  column("Exemplars.TraceId", "Array(String)", "Trace ids, 32 hex digits, '' without one"),
];

const numberColumns: readonly Column[] = [
  column("Value", "Float64", "The value; integers rounded to a double"),
  column("ValueInt", "Int64", "The exact value of an integer point, 0 otherwise"),
  column("ValueType", "UInt8", "0 no value, 1 double (Value), 2 integer (ValueInt)"),
];

const temporality = column(
  "AggregationTemporality",
  "Int32",
  "0 unspecified, 1 delta, 2 cumulative",
);

/** The optional sum, min and max of both kinds of histogram. */
const extremaColumns: readonly Column[] = [
  column("Count", "UInt64", "Number of values", { codec: "Delta(8), ZSTD(1)" }),
  column("Sum", "Float64", "Sum of the values, 0 if HasSum is false"),
  column("Min", "Float64", "Smallest value, 0 if HasMin is false"),
  column("Max", "Float64", "Largest value, 0 if HasMax is false"),
  column("HasSum", "Bool", "Whether the sender gave a sum"),
  column("HasMin", "Bool", "Whether the sender gave a minimum"),
  column("HasMax", "Bool", "Whether the sender gave a maximum"),
];

const EXEMPLAR_INDEX = "idx_exemplar_trace Exemplars.TraceId TYPE bloom_filter(0.01) GRANULARITY 1";

function pointTable(
  kind: string,
  columns: readonly Column[],
  indexes: readonly string[] = [],
): Table {
  return {
    name: `otel_metrics_${kind}`,
    comment: `Points of ${kind.replace("_", " ")} metrics, one row each`,
    engine: "MergeTree",
    timeColumn: "TimeUnix",
    // A chart asks for one metric over a time: its points lie together, by service and time.
    orderBy: "MetricName, ServiceName, TimeUnix",
    columns: [...commonColumns, ...columns],
    indexes: [
      "idx_attr_keys JSONAllPaths(Attributes) TYPE bloom_filter(0.01) GRANULARITY 1",
      ...indexes,
    ],
  };
}

export const gauge = pointTable("gauge", [...numberColumns, ...exemplarColumns], [EXEMPLAR_INDEX]);

export const sum = pointTable(
  "sum",
  [
    ...numberColumns,
    temporality,
    column("IsMonotonic", "Bool", "True for a counter, which only grows"),
    ...exemplarColumns,
  ],
  [EXEMPLAR_INDEX],
);

export const histogram = pointTable(
  "histogram",
  [
    ...extremaColumns,
    column(
      "BucketCounts",
      "Array(UInt64)",
      "Values per bucket; one more than ExplicitBounds, or empty",
    ),
    column(
      "ExplicitBounds",
      "Array(Float64)",
      "Upper bounds of the buckets, the last bucket has none",
    ),
    temporality,
    ...exemplarColumns,
  ],
  [EXEMPLAR_INDEX],
);

export const exponentialHistogram = pointTable(
  "exponential_histogram",
  [
    ...extremaColumns,
    column("Scale", "Int32", "Bucket bounds are powers of 2^(2^-Scale)"),
    column("ZeroCount", "UInt64", "Values within ZeroThreshold of zero"),
    column("ZeroThreshold", "Float64", "Half width of the zero bucket"),
    column("PositiveOffset", "Int32", "Index of the first positive bucket"),
    column("PositiveBucketCounts", "Array(UInt64)", "Values per positive bucket"),
    column("NegativeOffset", "Int32", "Index of the first negative bucket"),
    column("NegativeBucketCounts", "Array(UInt64)", "Values per negative bucket"),
    temporality,
    ...exemplarColumns,
  ],
  [EXEMPLAR_INDEX],
);

export const summary = pointTable("summary", [
  column("Count", "UInt64", "Number of values", { codec: "Delta(8), ZSTD(1)" }),
  column("Sum", "Float64", "Sum of the values"),
  column("ValueAtQuantiles.Quantile", "Array(Float64)", "Quantiles, 0 to 1"),
  column("ValueAtQuantiles.Value", "Array(Float64)", "Values at the quantiles"),
]);
