// messages.ts — the messages of OTLP as data: opentelemetry-proto 1.9, the part that this project keeps.
//
// The protobuf decoder knows its field numbers by heart, for speed. This table serves what need not be that fast:
// JSON requests are turned into protobuf by it, and it finds the name of the field at which a decoder stopped.
// Not in it, and therefore skipped: Resource.entity_refs (in development), and the references into a string table
// that only profiles have (AnyValue.string_value_strindex, KeyValue.key_strindex).

/** How a field is written. `id` is bytes that JSON writes as hex; `enum` is a varint that JSON may write as a name. */
export type FieldKind =
  | "string"
  | "bytes"
  | "id"
  | "bool"
  | "enum"
  | "uint32"
  | "sint32"
  | "int64"
  | "uint64"
  | "fixed32"
  | "fixed64"
  | "sfixed64"
  | "double"
  | "message";

export interface FieldSchema {
  readonly number: number;
  /** As in the .proto file: snake_case. */
  readonly name: string;
  /** As in JSON: lowerCamelCase. */
  readonly jsonName: string;
  readonly kind: FieldKind;
  readonly isRepeated: boolean;
  /** Of a field of kind `message`. */
  readonly message?: MessageSchema;
  /** Of a field of kind `enum`. */
  readonly enumNumbers?: ReadonlyMap<string, number>;
}

export interface MessageSchema {
  readonly name: string;
  readonly fields: readonly FieldSchema[];
}

type FieldParts = Omit<FieldSchema, "name" | "jsonName">;

function message(name: string, parts: Record<string, FieldParts>): MessageSchema {
  return { name, fields: fieldsOf(parts) };
}

function fieldsOf(parts: Record<string, FieldParts>): FieldSchema[] {
  return Object.entries(parts).map(([name, part]) => ({ ...part, name, jsonName: camel(name) }));
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function one(number: number, kind: FieldKind): FieldParts {
  return { number, kind, isRepeated: false };
}

function many(number: number, kind: FieldKind): FieldParts {
  return { number, kind, isRepeated: true };
}

function oneOf(number: number, schema: MessageSchema): FieldParts {
  return { number, kind: "message", isRepeated: false, message: schema };
}

function manyOf(number: number, schema: MessageSchema): FieldParts {
  return { number, kind: "message", isRepeated: true, message: schema };
}

/** An enum whose names, from 0 on, are `prefix` and these words. */
function enumOf(number: number, prefix: string, words: readonly string[]): FieldParts {
  const enumNumbers = new Map(words.map((word, value) => [prefix + word, value]));
  return { number, kind: "enum", isRepeated: false, enumNumbers };
}

// ---- opentelemetry/proto/common/v1/common.proto

// AnyValue contains itself through these two, so their fields are added after it.
const arrayFields: FieldSchema[] = [];
const keyValueListFields: FieldSchema[] = [];
const ANY_VALUE = message("AnyValue", {
  string_value: one(1, "string"),
  bool_value: one(2, "bool"),
  int_value: one(3, "int64"),
  double_value: one(4, "double"),
  array_value: oneOf(5, { name: "ArrayValue", fields: arrayFields }),
  kvlist_value: oneOf(6, { name: "KeyValueList", fields: keyValueListFields }),
  bytes_value: one(7, "bytes"),
});

const KEY_VALUE = message("KeyValue", { key: one(1, "string"), value: oneOf(2, ANY_VALUE) });

arrayFields.push(...fieldsOf({ values: manyOf(1, ANY_VALUE) }));
keyValueListFields.push(...fieldsOf({ values: manyOf(1, KEY_VALUE) }));

const SCOPE = message("InstrumentationScope", {
  name: one(1, "string"),
  version: one(2, "string"),
  attributes: manyOf(3, KEY_VALUE),
  dropped_attributes_count: one(4, "uint32"),
});

// ---- opentelemetry/proto/resource/v1/resource.proto

const RESOURCE = message("Resource", {
  attributes: manyOf(1, KEY_VALUE),
  dropped_attributes_count: one(2, "uint32"),
});

// ---- opentelemetry/proto/trace/v1/trace.proto

const SPAN = message("Span", {
  trace_id: one(1, "id"),
  span_id: one(2, "id"),
  trace_state: one(3, "string"),
  parent_span_id: one(4, "id"),
  name: one(5, "string"),
  kind: enumOf(6, "SPAN_KIND_", [
    "UNSPECIFIED",
    "INTERNAL",
    "SERVER",
    "CLIENT",
    "PRODUCER",
    "CONSUMER",
  ]),
  start_time_unix_nano: one(7, "fixed64"),
  end_time_unix_nano: one(8, "fixed64"),
  attributes: manyOf(9, KEY_VALUE),
  dropped_attributes_count: one(10, "uint32"),
  events: manyOf(
    11,
    message("Span.Event", {
      time_unix_nano: one(1, "fixed64"),
      name: one(2, "string"),
      attributes: manyOf(3, KEY_VALUE),
      dropped_attributes_count: one(4, "uint32"),
    }),
  ),
  dropped_events_count: one(12, "uint32"),
  links: manyOf(
    13,
    message("Span.Link", {
      trace_id: one(1, "id"),
      span_id: one(2, "id"),
      trace_state: one(3, "string"),
      attributes: manyOf(4, KEY_VALUE),
      dropped_attributes_count: one(5, "uint32"),
      flags: one(6, "fixed32"),
    }),
  ),
  dropped_links_count: one(14, "uint32"),
  status: oneOf(
    15,
    message("Status", {
      message: one(2, "string"),
      code: enumOf(3, "STATUS_CODE_", ["UNSET", "OK", "ERROR"]),
    }),
  ),
  flags: one(16, "fixed32"),
});

// ---- opentelemetry/proto/logs/v1/logs.proto

const SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((word) => [
  word,
  `${word}2`,
  `${word}3`,
  `${word}4`,
]);

const LOG_RECORD = message("LogRecord", {
  time_unix_nano: one(1, "fixed64"),
  severity_number: enumOf(2, "SEVERITY_NUMBER_", ["UNSPECIFIED", ...SEVERITIES]),
  severity_text: one(3, "string"),
  body: oneOf(5, ANY_VALUE),
  attributes: manyOf(6, KEY_VALUE),
  dropped_attributes_count: one(7, "uint32"),
  flags: one(8, "fixed32"),
  trace_id: one(9, "id"),
  span_id: one(10, "id"),
  observed_time_unix_nano: one(11, "fixed64"),
  event_name: one(12, "string"),
});

// ---- opentelemetry/proto/metrics/v1/metrics.proto

const EXEMPLAR = message("Exemplar", {
  time_unix_nano: one(2, "fixed64"),
  as_double: one(3, "double"),
  span_id: one(4, "id"),
  trace_id: one(5, "id"),
  as_int: one(6, "sfixed64"),
  filtered_attributes: manyOf(7, KEY_VALUE),
});

const NUMBER_POINT = message("NumberDataPoint", {
  start_time_unix_nano: one(2, "fixed64"),
  time_unix_nano: one(3, "fixed64"),
  as_double: one(4, "double"),
  exemplars: manyOf(5, EXEMPLAR),
  as_int: one(6, "sfixed64"),
  attributes: manyOf(7, KEY_VALUE),
  flags: one(8, "uint32"),
});

const HISTOGRAM_POINT = message("HistogramDataPoint", {
  start_time_unix_nano: one(2, "fixed64"),
  time_unix_nano: one(3, "fixed64"),
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  bucket_counts: many(6, "fixed64"),
  explicit_bounds: many(7, "double"),
  exemplars: manyOf(8, EXEMPLAR),
  attributes: manyOf(9, KEY_VALUE),
  flags: one(10, "uint32"),
  min: one(11, "double"),
  max: one(12, "double"),
});

const BUCKETS = message("ExponentialHistogramDataPoint.Buckets", {
  offset: one(1, "sint32"),
  bucket_counts: many(2, "uint64"),
});

const EXPONENTIAL_POINT = message("ExponentialHistogramDataPoint", {
  attributes: manyOf(1, KEY_VALUE),
  start_time_unix_nano: one(2, "fixed64"),
  time_unix_nano: one(3, "fixed64"),
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  scale: one(6, "sint32"),
  zero_count: one(7, "fixed64"),
  positive: oneOf(8, BUCKETS),
  negative: oneOf(9, BUCKETS),
  flags: one(10, "uint32"),
  exemplars: manyOf(11, EXEMPLAR),
  min: one(12, "double"),
  max: one(13, "double"),
  zero_threshold: one(14, "double"),
});

const SUMMARY_POINT = message("SummaryDataPoint", {
  start_time_unix_nano: one(2, "fixed64"),
  time_unix_nano: one(3, "fixed64"),
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  quantile_values: manyOf(
    6,
    message("SummaryDataPoint.ValueAtQuantile", {
      quantile: one(1, "double"),
      value: one(2, "double"),
    }),
  ),
  attributes: manyOf(7, KEY_VALUE),
  flags: one(8, "uint32"),
});

const TEMPORALITY = enumOf(2, "AGGREGATION_TEMPORALITY_", ["UNSPECIFIED", "DELTA", "CUMULATIVE"]);

const METRIC = message("Metric", {
  name: one(1, "string"),
  description: one(2, "string"),
  unit: one(3, "string"),
  gauge: oneOf(5, message("Gauge", { data_points: manyOf(1, NUMBER_POINT) })),
  sum: oneOf(
    7,
    message("Sum", {
      data_points: manyOf(1, NUMBER_POINT),
      aggregation_temporality: TEMPORALITY,
      is_monotonic: one(3, "bool"),
    }),
  ),
  histogram: oneOf(
    9,
    message("Histogram", {
      data_points: manyOf(1, HISTOGRAM_POINT),
      aggregation_temporality: TEMPORALITY,
    }),
  ),
  exponential_histogram: oneOf(
    10,
    message("ExponentialHistogram", {
      data_points: manyOf(1, EXPONENTIAL_POINT),
      aggregation_temporality: TEMPORALITY,
    }),
  ),
  summary: oneOf(11, message("Summary", { data_points: manyOf(1, SUMMARY_POINT) })),
  metadata: manyOf(12, KEY_VALUE),
});

// ---- opentelemetry/proto/collector/*/v1/*_service.proto

function request(signal: string, groups: string, rows: string, row: MessageSchema): MessageSchema {
  const scopeGroup = message(`Scope${signal}`, {
    scope: oneOf(1, SCOPE),
    [rows]: manyOf(2, row),
    schema_url: one(3, "string"),
  });
  const resourceGroup = message(`Resource${signal}`, {
    resource: oneOf(1, RESOURCE),
    [`scope_${groups}`]: manyOf(2, scopeGroup),
    schema_url: one(3, "string"),
  });
  return message(`Export${signal}ServiceRequest`, {
    [`resource_${groups}`]: manyOf(1, resourceGroup),
  });
}

/** The export request of each signal. */
export const REQUEST_SCHEMAS = {
  traces: request("Spans", "spans", "spans", SPAN),
  logs: request("Logs", "logs", "log_records", LOG_RECORD),
  metrics: request("Metrics", "metrics", "metrics", METRIC),
} as const;
