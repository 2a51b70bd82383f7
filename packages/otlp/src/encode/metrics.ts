// metrics.ts — metrics and their points as OTLP protobuf, straight from the numbers of the aggregations.
//
//   Metric                1 name   2 description   3 unit   then one of 5 gauge, 7 sum, 9 histogram, 10 exponential
//   Gauge, Sum, …         1 points   2 temporality   3 is_monotonic (Sum)
//   NumberDataPoint       2 start   3 time   4 as_double | 6 as_int   5 exemplars   7 attributes
//   HistogramDataPoint    2 start   3 time   4 count   5 sum   6 counts   7 bounds   8 exemplars   9 attributes   11 min   12 max
//   ExponentialHistogram… 1 attributes   2 start   3 time   4 count   5 sum   6 scale   7 zero_count   8 positive
//                         11 exemplars   12 min   13 max
//   Exemplar              2 time   3 as_double | 6 as_int   4 span_id   5 trace_id   7 filtered_attributes
//
// A caller writes the Metric as field 2 of ScopeMetrics:  beginMetric ─▶ points … ─▶ endMetric.

import { encodeAttributes } from "./attributes.ts";
import type { FlatAttributes } from "./attributes.ts";
import type { KeyTable } from "./key-table.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";
import { MetricType } from "../batch.ts";
import { encodeInstant } from "./instant.ts";

export { MetricType } from "../batch.ts";

/** The numbers of OTLP's AggregationTemporality. */
export const Temporality = { delta: 1, cumulative: 2 } as const;
export type Temporality = (typeof Temporality)[keyof typeof Temporality];

/** Field number of `attributes` in the points of each type: what `encodePointAttributes` is told. */
export const POINT_ATTRIBUTES_FIELD = {
  [MetricType.gauge]: 7,
  [MetricType.sum]: 7,
  [MetricType.histogram]: 9,
  [MetricType.exponentialHistogram]: 1,
} as const;

/** The types of points that an SDK makes. */
export type RecordedMetricType = keyof typeof POINT_ATTRIBUTES_FIELD;

export interface MetricIdentity {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

/** A measurement that stands for the others of its point, with the span it was made in. */
export interface ExemplarPoint {
  readonly timeMs: number;
  readonly value: number;
  /** 32 and 16 hex digits; empty outside a span. */
  readonly traceId: string;
  readonly spanId: string;
  /** Attributes of the measurement that a view dropped from the point. */
  readonly attributes: Readonly<FlatAttributes>;
}

/** What points of every type have. Times are epoch milliseconds with a fraction. */
interface Point {
  /** From `encodePointAttributes`, with the field number of the point's type. */
  readonly attributes: Uint8Array;
  readonly startMs: number;
  readonly timeMs: number;
  readonly exemplars: readonly ExemplarPoint[];
}

export interface NumberPoint extends Point {
  readonly value: number;
  /** Whether values of this metric are integers: `as_int` instead of `as_double`. */
  readonly isInteger: boolean;
}

export interface HistogramPoint extends Point {
  readonly sum: number;
  /** Undefined when the aggregation does not keep them. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Strictly increasing; bucket `i` is (bounds[i - 1], bounds[i]]. */
  readonly bounds: readonly number[];
  /** One more than bounds. */
  readonly bucketCounts: ArrayLike<number>;
}

export interface ExponentialPoint extends Point {
  readonly count: number;
  readonly sum: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  /** Bucket `i` of `bucketCounts` is (base^(offset+i), base^(offset+i+1)] with base = 2^(2^-scale). */
  readonly offset: number;
  readonly bucketCounts: ArrayLike<number>;
}

export interface MetricMarks {
  readonly metric: number;
  readonly data: number;
}

const NOT_EMPTY = 3;

export function beginMetric(
  writer: ProtobufWriter,
  identity: MetricIdentity,
  type: RecordedMetricType,
): MetricMarks {
  const metric = writer.beginMessage(2, NOT_EMPTY);
  writer.string(1, identity.name);
  writer.string(2, identity.description);
  writer.string(3, identity.unit);
  return { metric, data: writer.beginMessage(type, NOT_EMPTY) };
}

/** A gauge has no temporality. */
export function endMetric(
  writer: ProtobufWriter,
  marks: MetricMarks,
  temporality?: Temporality,
  isMonotonic = false,
): void {
  if (temporality !== undefined) writer.uint(2, temporality);
  writer.bool(3, isMonotonic);
  writer.endMessage(marks.data, NOT_EMPTY);
  writer.endMessage(marks.metric, NOT_EMPTY);
}

/** The bytes of a point's attributes. They never change, so they are made once per series. */
export function encodePointAttributes(
  writer: ProtobufWriter,
  type: RecordedMetricType,
  attributes: Readonly<FlatAttributes>,
  keys: KeyTable,
): Uint8Array {
  encodeAttributes(writer, POINT_ATTRIBUTES_FIELD[type], attributes, keys);
  return writer.finish();
}

export function encodeNumberPoint(
  writer: ProtobufWriter,
  point: NumberPoint,
  keys: KeyTable,
): void {
  const mark = writer.beginMessage(1);
  writer.raw(point.attributes);
  encodeTime(writer, 2, point.startMs);
  encodeTime(writer, 3, point.timeMs);
  if (point.isInteger) encodeInteger(writer, 6, point.value);
  else writer.double(4, point.value);
  encodeExemplars(writer, 5, point, point.isInteger, keys);
  writer.endMessage(mark);
}

export function encodeHistogramPoint(
  writer: ProtobufWriter,
  point: HistogramPoint,
  keys: KeyTable,
): void {
  const mark = writer.beginMessage(1);
  writer.raw(point.attributes);
  encodeTime(writer, 2, point.startMs);
  encodeTime(writer, 3, point.timeMs);
  encodeInteger(writer, 4, totalOf(point.bucketCounts));
  writer.double(5, point.sum);
  writer.tag(6, 2);
  writer.varint(point.bucketCounts.length * 8);
  for (let i = 0; i < point.bucketCounts.length; i++) integerValue(writer, point.bucketCounts[i]!);
  writer.tag(7, 2);
  writer.varint(point.bounds.length * 8);
  for (const bound of point.bounds) writer.doubleValue(bound);
  encodeExemplars(writer, 8, point, false, keys);
  if (point.min !== undefined) writer.double(11, point.min);
  if (point.max !== undefined) writer.double(12, point.max);
  writer.endMessage(mark);
}

export function encodeExponentialPoint(
  writer: ProtobufWriter,
  point: ExponentialPoint,
  keys: KeyTable,
): void {
  const mark = writer.beginMessage(1);
  writer.raw(point.attributes);
  encodeTime(writer, 2, point.startMs);
  encodeTime(writer, 3, point.timeMs);
  encodeInteger(writer, 4, point.count);
  writer.double(5, point.sum);
  writer.uint(6, zigZag(point.scale));
  encodeInteger(writer, 7, point.zeroCount);
  const buckets = writer.beginMessage(8);
  writer.uint(1, zigZag(point.offset));
  const counts = writer.beginMessage(2);
  for (let i = 0; i < point.bucketCounts.length; i++) writer.varint(point.bucketCounts[i]!);
  writer.endMessage(counts);
  writer.endMessage(buckets);
  encodeExemplars(writer, 11, point, false, keys);
  if (point.min !== undefined) writer.double(12, point.min);
  if (point.max !== undefined) writer.double(13, point.max);
  writer.endMessage(mark);
}

function encodeExemplars(
  writer: ProtobufWriter,
  field: number,
  point: Point,
  isInteger: boolean,
  keys: KeyTable,
): void {
  for (const exemplar of point.exemplars) {
    const mark = writer.beginMessage(field);
    encodeTime(writer, 2, exemplar.timeMs);
    if (isInteger) encodeInteger(writer, 6, exemplar.value);
    else writer.double(3, exemplar.value);
    if (exemplar.spanId !== "") writer.hexBytes(4, exemplar.spanId);
    if (exemplar.traceId !== "") writer.hexBytes(5, exemplar.traceId);
    encodeAttributes(writer, 7, exemplar.attributes, keys);
    writer.endMessage(mark);
  }
}

const anchor = { wholeMs: 0, ns: 0 };

/** Epoch milliseconds as fixed64 nanoseconds. A double holds them to a quarter of a microsecond. */
function encodeTime(writer: ProtobufWriter, field: number, epochMs: number): void {
  anchor.wholeMs = Math.floor(epochMs);
  encodeInstant(writer, field, anchor, epochMs - anchor.wholeMs);
}

/** A safe integer as fixed64 or sfixed64. */
function encodeInteger(writer: ProtobufWriter, field: number, value: number): void {
  writer.tag(field, 1);
  integerValue(writer, value);
}

function integerValue(writer: ProtobufWriter, value: number): void {
  writer.word(value);
  writer.word(Math.floor(value / 4_294_967_296));
}

/** An sint32 as the unsigned number that stands on the wire. */
function zigZag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function totalOf(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  return total;
}
