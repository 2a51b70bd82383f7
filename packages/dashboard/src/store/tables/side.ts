// side.ts — tables of our own beside the signals: what would be slow to compute at every question.
//
// All but the views are filled by materialized views, so they follow every insert, also inserts of
// another writer, and are deduplicated with it. They hold only what was inserted after they were made.

import type { MaterializedView, Table } from "./table.ts";
import { NAME_TYPE, TIME_TYPE, column } from "./table.ts";
import { WEIGHT, WHOLE_WEIGHT } from "./weight.ts";

/** Read: `SELECT min(Start), max(End) FROM otel_traces_trace_id_ts WHERE TraceId = …`; then `otel_traces` with TraceId and that range. */
export const traceIdTs: Table = {
  name: "otel_traces_trace_id_ts",
  comment:
    "Where in time a trace lies: several rows per trace until they merge, so always min(Start), max(End)",
  engine: "AggregatingMergeTree",
  timeColumn: "Start",
  orderBy: "TraceId",
  indexGranularity: 1024,
  columns: [
    column("TraceId", "String", "32 lower-case hex digits"),
    column(
      "Start",
      "SimpleAggregateFunction(min, DateTime('UTC'))",
      "Earliest start of a span, rounded down to the second",
    ),
    column(
      "End",
      "SimpleAggregateFunction(max, DateTime('UTC'))",
      "Latest start (not end) of a span, rounded down to the second: add 1 s",
    ),
  ],
  indexes: [],
};

/**
 * The trace list. A row is what one minute holds of one trace (by span start), so a trace of ten
 * minutes has ten rows: always GROUP BY TraceId with the functions below.
 *
 *   SELECT TraceId, min(Start), max(End), sum(SpanCount), sum(ErrorCount), min(Root), groupUniqArrayArray(Services)
 *   FROM telemetry_trace_summary WHERE Minute BETWEEN … GROUP BY TraceId ORDER BY min(Start) DESC LIMIT n
 *
 * Newest first is cheap: read the newest minutes first and widen until n traces are found. A trace that
 * began before the window shows only its part in it; its whole self is `TraceId IN (page) AND Minute >=`
 * the Start that otel_traces_trace_id_ts says.
 */
export const traceSummary: Table = {
  name: "telemetry_trace_summary",
  comment: "The trace list: what one minute holds of one trace; GROUP BY TraceId to read",
  engine: "AggregatingMergeTree",
  timeColumn: "Minute",
  orderBy: "Minute, TraceId",
  indexGranularity: 1024,
  columns: [
    column("Minute", "DateTime('UTC')", "Minute in which the spans of this row start"),
    column("TraceId", "String", "32 lower-case hex digits"),
    column("Start", `SimpleAggregateFunction(min, ${TIME_TYPE})`, "Earliest start: min(Start)"),
    column("End", `SimpleAggregateFunction(max, ${TIME_TYPE})`, "Latest end: max(End)"),
    column("SpanCount", "SimpleAggregateFunction(sum, UInt64)", "Spans: sum(SpanCount)"),
    column(
      "ErrorCount",
      "SimpleAggregateFunction(sum, UInt64)",
      "Spans with status Error: sum(ErrorCount)",
    ),
    column(
      "Root",
      `SimpleAggregateFunction(min, Tuple(HasParent UInt8, Start ${TIME_TYPE}, Service String, Name String))`,
      "Root span, or the earliest span while no root has come: min(Root), then .Service, .Name, .HasParent",
    ),
    column(
      "Services",
      "SimpleAggregateFunction(groupUniqArrayArray, Array(String))",
      "Services: groupUniqArrayArray(Services)",
    ),
  ],
  indexes: ["idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1"],
};

/**
 * Rate, errors and latency per service and minute. Entry spans are those of kind Server or Consumer and
 * roots; each counts as often as it stands for spans that were sampled away (weight.ts). Read with sum(…) and
 * `quantilesTDigestWeightedIfMerge(0.5, 0.95, 0.99)(EntryDuration)`.
 */
export const serviceMinute: Table = {
  name: "telemetry_service_minute",
  comment: "Rate, errors and latency per service and minute; GROUP BY to read",
  engine: "AggregatingMergeTree",
  timeColumn: "Minute",
  orderBy: "Minute, ServiceName",
  columns: [
    column("Minute", "DateTime('UTC')", "Minute in which the spans start"),
    column("ServiceName", NAME_TYPE, "service.name of the resource"),
    column("SpanCount", "SimpleAggregateFunction(sum, UInt64)", "All spans that are stored"),
    column("ErrorCount", "SimpleAggregateFunction(sum, UInt64)", "Those with status Error"),
    column(
      "EntryCount",
      "SimpleAggregateFunction(sum, Float64)",
      "Entry spans, with those that were sampled away",
    ),
    column(
      "EntryErrorCount",
      "SimpleAggregateFunction(sum, Float64)",
      "Entry spans with status Error, with those that were sampled away",
    ),
    column(
      "EntryDuration",
      "AggregateFunction(quantilesTDigestWeightedIf(0.5, 0.95, 0.99), UInt64, UInt64, UInt8)",
      "Durations of entry spans in ns: quantilesTDigestWeightedIfMerge(0.5, 0.95, 0.99)(EntryDuration)",
    ),
  ],
  indexes: [],
};

/** The metric catalogue: which metrics exist, of what kind, from whom, with which keys. */
export const metricHour: Table = {
  name: "telemetry_metric_hour",
  comment: "The metric catalogue by hour; GROUP BY MetricName, Kind to read",
  engine: "AggregatingMergeTree",
  timeColumn: "Hour",
  orderBy: "Hour, MetricName, Kind, ServiceName, MetricUnit, AggregationTemporality, IsMonotonic",
  indexGranularity: 1024,
  columns: [
    column("Hour", "DateTime('UTC')", "Hour in which the points lie"),
    column("MetricName", "String", "Name of the metric"),
    column(
      "Kind",
      NAME_TYPE,
      "gauge, sum, histogram, exponential_histogram, summary: the end of the table's name",
    ),
    column("ServiceName", NAME_TYPE, "service.name of the resource"),
    column("MetricUnit", "String", "Unit of the metric"),
    column(
      "AggregationTemporality",
      "Int32",
      "0 unspecified (also gauge and summary), 1 delta, 2 cumulative",
    ),
    column("IsMonotonic", "Bool", "True for a counter"),
    column(
      "MetricDescription",
      "SimpleAggregateFunction(anyLast, String)",
      "Description: anyLast(MetricDescription)",
    ),
    column(
      "AttributeKeys",
      "SimpleAggregateFunction(groupUniqArrayArray, Array(String))",
      "Attribute paths of the points: groupUniqArrayArray(AttributeKeys)",
    ),
    column("LastSeen", `SimpleAggregateFunction(max, ${TIME_TYPE})`, "Newest point: max(LastSeen)"),
    column("PointCount", "SimpleAggregateFunction(sum, UInt64)", "Points: sum(PointCount)"),
  ],
  indexes: [],
};

/** Views registered from code. The newest row of an id counts: read with FINAL. */
export const views: Table = {
  name: "telemetry_views",
  comment: "Views registered from code; read with FINAL",
  engine: "ReplacingMergeTree(UpdatedAt, IsDeleted)",
  orderBy: "Id",
  columns: [
    column("Id", "String", "Id of the view, derived from metric, chart type and title"),
    column("Definition", "String", "The view as JSON, as POST /api/v1/views took it"),
    column("UpdatedAt", "UInt64", "Version: epoch ns of the change"),
    column("IsDeleted", "UInt8", "1 after DELETE"),
  ],
  indexes: [],
};

/** What made these tables and since when the side tables follow the signals. */
export const schemaVersion: Table = {
  name: "telemetry_schema_version",
  comment: "One row per version of the schema that was applied here",
  engine: "MergeTree",
  orderBy: "Version",
  columns: [
    column("Version", "UInt32", "Version of the schema"),
    column("AppliedAt", "DateTime('UTC')", "When it was applied"),
    column(
      "SideTablesComplete",
      "Bool",
      "Whether the signal tables were empty or new when the side tables were made",
    ),
  ],
  indexes: [],
};

/** ClickHouse refuses a sum beyond the year 2262, and with it the insert. So a trace lasts for 146 years (2^62 ns) at most. */
const BOUNDED_DURATION = "least(Duration, 4611686018427387904)";
const IS_ENTRY = "(SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')";

export const materializedViews: readonly MaterializedView[] = [
  {
    name: "otel_traces_trace_id_ts_mv",
    from: "otel_traces",
    to: traceIdTs.name,
    select: `SELECT TraceId, toDateTime(min(Timestamp), 'UTC') AS Start, toDateTime(max(Timestamp), 'UTC') AS End
FROM otel_traces WHERE TraceId != '' GROUP BY TraceId`,
  },
  {
    name: "telemetry_trace_summary_mv",
    from: "otel_traces",
    to: traceSummary.name,
    select: `SELECT toStartOfMinute(Timestamp) AS Minute, TraceId, min(Timestamp) AS Start,
  max(addNanoseconds(Timestamp, ${BOUNDED_DURATION})) AS End, count() AS SpanCount, countIf(StatusCode = 'Error') AS ErrorCount,
  min((toUInt8(ParentSpanId != ''), Timestamp, toString(ServiceName), toString(SpanName))) AS Root,
  groupUniqArray(toString(ServiceName)) AS Services
FROM otel_traces WHERE TraceId != '' GROUP BY Minute, TraceId`,
    version: 3,
  },
  {
    name: "telemetry_service_minute_mv",
    from: "otel_traces",
    to: serviceMinute.name,
    select: `SELECT toStartOfMinute(Timestamp) AS Minute, ServiceName, count() AS SpanCount,
  countIf(StatusCode = 'Error') AS ErrorCount, sumIf(${WEIGHT}, ${IS_ENTRY}) AS EntryCount,
  sumIf(${WEIGHT}, StatusCode = 'Error' AND ${IS_ENTRY}) AS EntryErrorCount,
  quantilesTDigestWeightedIfState(0.5, 0.95, 0.99)(Duration, ${WHOLE_WEIGHT}, ${IS_ENTRY}) AS EntryDuration
FROM otel_traces GROUP BY Minute, ServiceName`,
    version: 2,
  },
  ...(["gauge", "sum", "histogram", "exponential_histogram", "summary"] as const).map(
    (kind): MaterializedView => ({
      name: `telemetry_metric_hour_${kind}_mv`,
      from: `otel_metrics_${kind}`,
      to: metricHour.name,
      select: `SELECT toStartOfHour(TimeUnix) AS Hour, toString(MetricName) AS MetricName, '${kind}' AS Kind, ServiceName,
  toString(MetricUnit) AS MetricUnit, ${kind === "gauge" || kind === "summary" ? "toInt32(0) AS AggregationTemporality" : "AggregationTemporality"},
  ${kind === "sum" ? "IsMonotonic" : "false AS IsMonotonic"}, anyLast(toString(MetricDescription)) AS MetricDescription,
  groupUniqArrayArray(JSONAllPaths(Attributes)) AS AttributeKeys, max(TimeUnix) AS LastSeen, count() AS PointCount
FROM otel_metrics_${kind} GROUP BY ALL`,
    }),
  ),
];
