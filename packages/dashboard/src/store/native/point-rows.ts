// point-rows.ts — metric points of a Batch into blocks of otel_metrics_*.
// hot: see native.bench.ts

import type {
  ExponentialPointColumns,
  HistogramPointColumns,
  MetricBatch,
  NumberPointColumns,
  PointColumns,
  RangeColumn,
  SummaryPointColumns,
} from "@telemetry/otlp";
import { appendAttributes, appendTextAttributes } from "./attribute-text.ts";
import type { Block } from "./block.ts";
import type { StringColumn, WordColumn } from "./column-writers.ts";
import { encodeRow, wordsOf } from "./column-writers.ts";
import { appendRowWords, appendTimes } from "./common-rows.ts";
import type { Origins } from "./origin-rows.ts";
import { appendOrigins, rangeOf } from "./origin-rows.ts";
import type { StoredRows } from "./timed-rows.ts";

/** What a metric gives its points, encoded once per batch. */
interface MetricRow {
  readonly name: Uint8Array;
  readonly description: Uint8Array;
  readonly unit: Uint8Array;
  readonly metadata: Uint8Array;
}

export type MetricRows = readonly MetricRow[];

export function encodeMetrics(batch: MetricBatch): MetricRows {
  const { metrics, arena } = batch;
  return Array.from({ length: metrics.count }, (_, row): MetricRow => {
    const [start, end] = rangeOf(metrics.metadata, row);
    return {
      name: encodeRow((column) => column.appendArena(arena, metrics.name, row)),
      description: encodeRow((column) => column.appendArena(arena, metrics.description, row)),
      unit: encodeRow((column) => column.appendArena(arena, metrics.unit, row)),
      metadata: encodeRow((column) =>
        start === end ? column.appendEmpty() : appendTextAttributes(column, batch, start, end),
      ),
    };
  });
}

export interface PointContext {
  readonly batch: MetricBatch;
  readonly origins: Origins;
  readonly metrics: MetricRows;
}

export function appendNumbers(
  block: Block,
  context: PointContext,
  points: NumberPointColumns,
  selection: StoredRows,
): void {
  const { rows } = selection;
  appendPoints(block, context, points, selection);
  const value = block.words("Value");
  const valueInt = block.words("ValueInt");
  const valueType = block.byte("ValueType");
  for (const row of rows) appendNumber(value, valueInt, valueType, points, row);
  if (block.table.name === "otel_metrics_sum") appendSumColumns(block, context, points, rows);
  appendExemplars(block, context.batch, points.exemplars, rows);
}

function appendSumColumns(
  block: Block,
  { batch }: PointContext,
  points: PointColumns,
  rows: Uint32Array,
): void {
  appendTemporality(block, batch, points, rows);
  const isMonotonic = block.byte("IsMonotonic");
  for (const row of rows) {
    isMonotonic.append(batch.metrics.monotonic[points.metric[row] as number] as number);
  }
}

export function appendHistograms(
  block: Block,
  context: PointContext,
  points: HistogramPointColumns,
  selection: StoredRows,
): void {
  const { rows } = selection;
  appendPoints(block, context, points, selection);
  appendExtrema(block, points, rows);
  appendArrays(block, "BucketCounts", points.bucketCounts, points.bucketCountValues, rows);
  appendArrays(block, "ExplicitBounds", points.explicitBounds, points.explicitBoundValues, rows);
  appendTemporality(block, context.batch, points, rows);
  appendExemplars(block, context.batch, points.exemplars, rows);
}

export function appendExponentials(
  block: Block,
  context: PointContext,
  points: ExponentialPointColumns,
  selection: StoredRows,
): void {
  const { rows } = selection;
  appendPoints(block, context, points, selection);
  appendExtrema(block, points, rows);
  appendRowWords(block.words("Scale"), points.scale, rows);
  appendRowWords(block.words("ZeroCount"), points.zeroCount, rows);
  appendRowWords(block.words("ZeroThreshold"), points.zeroThreshold, rows);
  appendRowWords(block.words("PositiveOffset"), points.positiveOffset, rows);
  appendArrays(block, "PositiveBucketCounts", points.positive, points.positiveValues, rows);
  appendRowWords(block.words("NegativeOffset"), points.negativeOffset, rows);
  appendArrays(block, "NegativeBucketCounts", points.negative, points.negativeValues, rows);
  appendTemporality(block, context.batch, points, rows);
  appendExemplars(block, context.batch, points.exemplars, rows);
}

export function appendSummaries(
  block: Block,
  context: PointContext,
  points: SummaryPointColumns,
  selection: StoredRows,
): void {
  const { rows } = selection;
  appendPoints(block, context, points, selection);
  appendRowWords(block.words("Count"), points.countValue, rows);
  appendRowWords(block.words("Sum"), points.sum, rows);
  const { quantiles, quantileProbabilities, quantileValues } = points;
  appendArrays(block, "ValueAtQuantiles.Quantile", quantiles, quantileProbabilities, rows);
  appendArrays(block, "ValueAtQuantiles.Value", quantiles, quantileValues, rows);
}

/** What points of every kind have. */
function appendPoints(
  block: Block,
  { batch, origins, metrics }: PointContext,
  points: PointColumns,
  selection: StoredRows,
): void {
  const { rows } = selection;
  appendTimes(block, "TimeUnix", selection);
  appendOrigins(
    block,
    origins,
    rows.map((row) => batch.metrics.scope[points.metric[row] as number] as number),
  );
  appendRowWords(block.words("StartTimeUnix"), points.startTimeUnixNano, rows);
  appendRowWords(block.words("Flags"), points.flags, rows);
  const name = block.string("MetricName");
  const description = block.string("MetricDescription");
  const unit = block.string("MetricUnit");
  const metadata = block.string("MetricMetadata");
  const attributes = block.json("Attributes");
  const attributesExact = block.string("AttributesExact");
  for (const row of rows) {
    const metric = metrics[points.metric[row] as number] as MetricRow;
    name.appendEncoded(metric.name);
    description.appendEncoded(metric.description);
    unit.appendEncoded(metric.unit);
    metadata.appendEncoded(metric.metadata);
    const [start, end] = rangeOf(points.attributes, row);
    appendAttributes(attributes, attributesExact, batch, start, end);
  }
}

function appendTemporality(
  block: Block,
  batch: MetricBatch,
  points: PointColumns,
  rows: Uint32Array,
): void {
  const temporality = block.words("AggregationTemporality");
  for (const row of rows) {
    temporality.append(batch.metrics.temporality[points.metric[row] as number] as number);
  }
}

const PRESENT = [
  ["Sum", "HasSum", 1],
  ["Min", "HasMin", 2],
  ["Max", "HasMax", 4],
] as const;

function appendExtrema(
  block: Block,
  points: HistogramPointColumns | ExponentialPointColumns,
  rows: Uint32Array,
): void {
  appendRowWords(block.words("Count"), points.countValue, rows);
  const values = { Sum: points.sum, Min: points.min, Max: points.max };
  for (const [name, presence, bit] of PRESENT) {
    const words = wordsOf(values[name]);
    const value = block.words(name);
    const isPresent = block.byte(presence);
    for (const row of rows) {
      const has = ((points.present[row] as number) & bit) !== 0;
      isPresent.append(has ? 1 : 0);
      if (has) value.append64(words[row * 2] as number, words[row * 2 + 1] as number);
      else value.append64(0, 0);
    }
  }
}

/** One row of an array column is one range of its values. */
function appendArrays(
  block: Block,
  name: string,
  ranges: RangeColumn,
  values: ArrayBufferView,
  rows: Uint32Array,
): void {
  const column = block.wordArrays(name);
  for (const row of rows) {
    const [start, end] = rangeOf(ranges, row);
    column.elements.appendSlice(values, start, end);
    column.endRow();
  }
}

function appendExemplars(
  block: Block,
  batch: MetricBatch,
  ranges: RangeColumn,
  rows: Uint32Array,
): void {
  const { exemplars } = batch;
  const attributes = block.strings("Exemplars.FilteredAttributes");
  const times = block.wordArrays("Exemplars.TimeUnix");
  const values = block.wordArrays("Exemplars.Value");
  const valueInts = block.wordArrays("Exemplars.ValueInt");
  const valueTypes = block.byteArrays("Exemplars.ValueType");
  const spanIds = block.strings("Exemplars.SpanId");
  const traceIds = block.strings("Exemplars.TraceId");
  const columns = [attributes, times, values, valueInts, valueTypes, spanIds, traceIds];
  for (const row of rows) {
    const [start, end] = rangeOf(ranges, row);
    times.elements.appendSlice(exemplars.timeUnixNano, start, end);
    for (let exemplar = start; exemplar < end; exemplar++) {
      const [from, to] = rangeOf(exemplars.attributes, exemplar);
      appendTextAttributes(attributes.elements, batch, from, to);
      appendNumber(values.elements, valueInts.elements, valueTypes.elements, exemplars, exemplar);
      appendId(spanIds.elements, exemplars.spanId, exemplar, 8);
      appendId(traceIds.elements, exemplars.traceId, exemplar, 16);
    }
    for (const column of columns) column.endRow();
  }
}

function appendId(column: StringColumn, ids: Uint8Array, row: number, sizeBytes: number): void {
  column.appendId(ids, row * sizeBytes, (row + 1) * sizeBytes);
}

const VALUE_INT = 2;
const BITS = new Float64Array(1);
const BIT_WORDS = new Uint32Array(BITS.buffer);

/** A value that is a double or an integer: both as a double, the integer also exactly. */
function appendNumber(
  value: WordColumn,
  valueInt: WordColumn,
  valueType: { append(value: number): void },
  numbers: Pick<NumberPointColumns, "valueType" | "double" | "int">,
  row: number,
): void {
  const type = numbers.valueType[row] as number;
  valueType.append(type);
  if (type === VALUE_INT) {
    const ints = wordsOf(numbers.int);
    const low = ints[row * 2] as number;
    const high = ints[row * 2 + 1] as number;
    BITS[0] = (high | 0) * 4_294_967_296 + low;
    valueInt.append64(low, high);
  } else {
    BITS[0] = numbers.double[row] as number;
    valueInt.append64(0, 0);
  }
  value.append64(BIT_WORDS[0] as number, BIT_WORDS[1] as number);
}
