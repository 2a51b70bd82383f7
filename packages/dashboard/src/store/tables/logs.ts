// logs.ts — otel_logs: one row per log record.

import { attributeColumns, originColumns, timestampSource } from "./origin.ts";
import type { Table } from "./table.ts";
import { NAME_TYPE, TIME_TYPE, column } from "./table.ts";

export const logs: Table = {
  name: "otel_logs",
  comment: "Log records, one row each",
  engine: "MergeTree",
  timeColumn: "Timestamp",
  orderBy: "toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp",
  columns: [
    column("Timestamp", TIME_TYPE, "Time of the event, epoch ns; see TimestampSource", {
      codec: "Delta(8), ZSTD(1)",
    }),
    timestampSource,
    column(
      "ObservedTimestamp",
      TIME_TYPE,
      "When the sender observed it (raw 64 bits); 1970-01-01 00:00:00 if not said",
      {
        codec: "Delta(8), ZSTD(1)",
      },
    ),
    column("TraceId", "String", "32 lower-case hex digits, '' without a trace"),
    column("SpanId", "String", "16 lower-case hex digits, '' without a span"),
    column("TraceFlags", "UInt32", "LogRecord.flags, all 32 bits: W3C flags in the low 8"),
    column("SeverityText", NAME_TYPE, "Severity in the words of the source"),
    column(
      "SeverityNumber",
      "UInt8",
      "0 unspecified, 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 fatal",
    ),
    column("EventName", NAME_TYPE, "event_name of the record, '' without one"),
    column(
      "Body",
      "String",
      "The body if it is a string; otherwise its JSON, best effort, for search and display",
    ),
    column(
      "BodyExact",
      "String",
      '\'\' if the body is a string; otherwise the body as one OTLP JSON AnyValue: {} for no body, {"intValue":"5"}, …',
    ),
    ...originColumns,
    ...attributeColumns("LogAttributes", "log record"),
    column("LogDroppedAttrCount", "UInt32", "Attributes the sender dropped from the record"),
  ],
  indexes: [
    "idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1",
    "idx_log_keys JSONAllPaths(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1",
    "idx_severity SeverityNumber TYPE minmax GRANULARITY 1",
    // Serves LIKE, position and match() of four letters and more, on lower(Body) only.
    "idx_body lower(Body) TYPE ngrambf_v1(4, 32768, 3, 0) GRANULARITY 8",
  ],
};
