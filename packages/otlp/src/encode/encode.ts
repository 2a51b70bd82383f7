// The encoder of OTLP: what an app recorded, to protobuf bytes.

export { REDACTED, encodeAnyValue } from "./any-value.ts";
export type { AnyValue } from "./any-value.ts";
export { encodeAttributes, flattenAttributes } from "./attributes.ts";
export type { FlatAttributes } from "./attributes.ts";
export { encodeRequest, encodeResource, encodeScope } from "./headers.ts";
export type { ScopeIdentity, ScopeRecords } from "./headers.ts";
export { encodeInstant } from "./instant.ts";
export type { TimeAnchor } from "./instant.ts";
export { KeyTable } from "./key-table.ts";
export type { EncodedKey } from "./key-table.ts";
export { encodeLog } from "./log.ts";
export type { EncodableLog, LogSpan } from "./log.ts";
export {
  beginMetric,
  encodeExponentialPoint,
  encodeHistogramPoint,
  encodeNumberPoint,
  encodePointAttributes,
  endMetric,
  MetricType,
  Temporality,
} from "./metrics.ts";
export type {
  ExemplarPoint,
  ExponentialPoint,
  HistogramPoint,
  MetricIdentity,
  NumberPoint,
  RecordedMetricType,
} from "./metrics.ts";
export { encodeSpan, encodeSpanAs, resumeSpan } from "./span.ts";
export type { EncodableEvent, EncodableLink, EncodableSpan } from "./span.ts";
export { ProtobufWriter, varintSizeBytes } from "./protobuf-writer.ts";
