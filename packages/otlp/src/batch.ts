// batch.ts — one decoded OTLP request as columns: the noun that travels from `receive` to `store` and `live`.
//
// There is no object per span. A Batch is typed arrays plus one byte arena, so it can be transferred to
// a worker without a copy, scanned column by column, and thrown away at once.
//
//   arena        every string, byte value and nested value of the request, addressed by (start, length).
//                For a protobuf request the arena is the request body itself: strings are never copied.
//   attributes   one table for the attribute sets of everything (resources, scopes, spans, events, …).
//                A set is a range of its rows, [start, end); ranges are kept by the owner.
//
// Ownership: whoever holds the Batch may read it; `transferablesOf` gives it away whole.

/** The three OTLP signals this project records. */
export type Signal = "traces" | "metrics" | "logs";

/** Strings or bytes of `Batch.arena`, one per row. Length 0 is the empty (or absent) string. */
export interface ArenaColumn {
  readonly start: Uint32Array;
  readonly length: Uint32Array;
}

/** Attribute sets of a table: set `row` is `attributes` rows `[offsets[row], offsets[row + 1])`. */
export type RangeColumn = Uint32Array;

/** What an attribute's value is. The numbers are OTLP's AnyValue field numbers; 0 is "no value" (null). */
export const AttributeType = {
  empty: 0,
  string: 1,
  bool: 2,
  int: 3,
  double: 4,
  array: 5,
  kvlist: 6,
  bytes: 7,
} as const;
export type AttributeType = (typeof AttributeType)[keyof typeof AttributeType];

/**
 * Attribute rows. A value is two 32-bit words, read by its type:
 * string and bytes: start and length in the arena; array and kvlist: start and length of the encoded
 * protobuf ArrayValue or KeyValueList in the arena; int: low and high half, two's complement;
 * double: low and high half of the IEEE 754 bits; bool: 0 or 1, and 0.
 */
export interface AttributeColumns {
  readonly count: number;
  readonly key: ArenaColumn;
  readonly type: Uint8Array;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

/** A single AnyValue per row (a log's body), in the words of {@link AttributeColumns}. */
export interface ValueColumn {
  readonly type: Uint8Array;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

export interface ResourceColumns {
  readonly count: number;
  readonly attributes: RangeColumn;
  readonly droppedAttributesCount: Uint32Array;
  readonly schemaUrl: ArenaColumn;
}

export interface ScopeColumns {
  readonly count: number;
  /** Row of the scope's resource. */
  readonly resource: Uint32Array;
  readonly name: ArenaColumn;
  readonly version: ArenaColumn;
  readonly attributes: RangeColumn;
  readonly droppedAttributesCount: Uint32Array;
  readonly schemaUrl: ArenaColumn;
}

/** Rows that were well-formed protobuf or JSON and yet no valid OTLP (an id of 5 bytes, …). They are in no table. */
export interface RejectedRows {
  readonly count: number;
  /**
   * The first reason, naming the field, as one sentence for `partial_success.error_message`. With a count of 0 it is
   * a warning: a link, log record or exemplar lost an id of a wrong length. Empty when nothing was wrong.
   */
  readonly message: string;
}

interface BatchCommon {
  /** Spans, log records, or metric points of all kinds. */
  readonly rowCount: number;
  readonly arena: Uint8Array;
  readonly attributes: AttributeColumns;
  readonly resources: ResourceColumns;
  readonly scopes: ScopeColumns;
  readonly rejected: RejectedRows;
}

export interface TraceBatch extends BatchCommon {
  readonly signal: "traces";
  readonly spans: SpanColumns;
  readonly events: EventColumns;
  readonly links: LinkColumns;
}

export interface SpanColumns {
  readonly count: number;
  /** Row of the span's scope. */
  readonly scope: Uint32Array;
  /** 16 bytes per row. */
  readonly traceId: Uint8Array;
  /** 8 bytes per row. */
  readonly spanId: Uint8Array;
  /** 8 bytes per row; all zero for a root. */
  readonly parentSpanId: Uint8Array;
  readonly traceState: ArenaColumn;
  readonly flags: Uint32Array;
  readonly name: ArenaColumn;
  readonly kind: Uint8Array;
  readonly startTimeUnixNano: BigUint64Array;
  readonly endTimeUnixNano: BigUint64Array;
  readonly attributes: RangeColumn;
  readonly droppedAttributesCount: Uint32Array;
  /** Span `row` owns `events` rows `[events[row], events[row + 1])`. */
  readonly events: RangeColumn;
  readonly droppedEventsCount: Uint32Array;
  readonly links: RangeColumn;
  readonly droppedLinksCount: Uint32Array;
  readonly statusCode: Uint8Array;
  readonly statusMessage: ArenaColumn;
}

export interface EventColumns {
  readonly count: number;
  readonly timeUnixNano: BigUint64Array;
  readonly name: ArenaColumn;
  readonly attributes: RangeColumn;
  readonly droppedAttributesCount: Uint32Array;
}

export interface LinkColumns {
  readonly count: number;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly traceState: ArenaColumn;
  readonly flags: Uint32Array;
  readonly attributes: RangeColumn;
  readonly droppedAttributesCount: Uint32Array;
}

export interface LogBatch extends BatchCommon {
  readonly signal: "logs";
  readonly logs: LogColumns;
}

export interface LogColumns {
  readonly count: number;
  readonly scope: Uint32Array;
  readonly timeUnixNano: BigUint64Array;
  readonly observedTimeUnixNano: BigUint64Array;
  readonly severityNumber: Uint8Array;
  readonly severityText: ArenaColumn;
  readonly eventName: ArenaColumn;
  readonly body: ValueColumn;
  readonly attributes: RangeColumn;
  readonly droppedAttributesCount: Uint32Array;
  readonly flags: Uint32Array;
  /** 16 bytes per row; all zero when the record has no trace. */
  readonly traceId: Uint8Array;
  /** 8 bytes per row; all zero when the record has no span. */
  readonly spanId: Uint8Array;
}

export interface MetricBatch extends BatchCommon {
  readonly signal: "metrics";
  readonly metrics: MetricColumns;
  /** Gauge and sum points. */
  readonly numbers: NumberPointColumns;
  readonly histograms: HistogramPointColumns;
  readonly exponentials: ExponentialPointColumns;
  readonly summaries: SummaryPointColumns;
  readonly exemplars: ExemplarColumns;
}

/** Which kind of points a metric has. The numbers are the field numbers of OTLP's `Metric.data`. */
export const MetricType = {
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
} as const;
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

export interface MetricColumns {
  readonly count: number;
  readonly scope: Uint32Array;
  readonly name: ArenaColumn;
  readonly description: ArenaColumn;
  readonly unit: ArenaColumn;
  readonly type: Uint8Array;
  /** 0 unspecified, 1 delta, 2 cumulative. */
  readonly temporality: Uint8Array;
  readonly monotonic: Uint8Array;
  readonly metadata: RangeColumn;
}

/** What points of every kind have. */
export interface PointColumns {
  readonly count: number;
  /** Row of the point's metric. */
  readonly metric: Uint32Array;
  readonly attributes: RangeColumn;
  readonly startTimeUnixNano: BigUint64Array;
  readonly timeUnixNano: BigUint64Array;
  readonly flags: Uint32Array;
}

export interface NumberPointColumns extends PointColumns {
  /** 0 no value, 1 double (`double` holds it), 2 int (`int` holds it). */
  readonly valueType: Uint8Array;
  readonly double: Float64Array;
  readonly int: BigInt64Array;
  readonly exemplars: RangeColumn;
}

export interface HistogramPointColumns extends PointColumns {
  readonly countValue: BigUint64Array;
  /** Bit 0: sum present, bit 1: min present, bit 2: max present. */
  readonly present: Uint8Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly bucketCounts: RangeColumn;
  readonly bucketCountValues: BigUint64Array;
  readonly explicitBounds: RangeColumn;
  readonly explicitBoundValues: Float64Array;
  readonly exemplars: RangeColumn;
}

export interface ExponentialPointColumns extends PointColumns {
  readonly countValue: BigUint64Array;
  /** Bit 0: sum present, bit 1: min present, bit 2: max present. */
  readonly present: Uint8Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly scale: Int32Array;
  readonly zeroCount: BigUint64Array;
  readonly zeroThreshold: Float64Array;
  readonly positiveOffset: Int32Array;
  readonly positive: RangeColumn;
  readonly positiveValues: BigUint64Array;
  readonly negativeOffset: Int32Array;
  readonly negative: RangeColumn;
  readonly negativeValues: BigUint64Array;
  readonly exemplars: RangeColumn;
}

export interface SummaryPointColumns extends PointColumns {
  readonly countValue: BigUint64Array;
  readonly sum: Float64Array;
  readonly quantiles: RangeColumn;
  readonly quantileProbabilities: Float64Array;
  readonly quantileValues: Float64Array;
}

export interface ExemplarColumns {
  readonly count: number;
  readonly attributes: RangeColumn;
  readonly timeUnixNano: BigUint64Array;
  /** 0 no value, 1 double, 2 int. */
  readonly valueType: Uint8Array;
  readonly double: Float64Array;
  readonly int: BigInt64Array;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}

/** A decoded OTLP export request of one signal. */
export type Batch = TraceBatch | LogBatch | MetricBatch;
