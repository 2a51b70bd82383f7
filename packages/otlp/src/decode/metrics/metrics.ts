// metrics.ts — ExportMetricsServiceRequest (opentelemetry/proto/metrics/v1/metrics.proto) into a MetricBatch.
//
// Attribute table: resources, scopes, the metadata of metrics, then the points of each kind (numbers, histograms,
// exponential histograms, summaries), then the exemplars of the first three kinds.

import { MetricType } from "../../batch.ts";
import type { AttributeColumns, MetricBatch, MetricColumns } from "../../batch.ts";
import { allocateColumns } from "../column-allocator.ts";
import type { ColumnAllocator } from "../column-allocator.ts";
import { EnvelopeFill, envelopeTables, measureEnvelope } from "../envelope.ts";
import type { RowFill, RowMeasure } from "../envelope.ts";
import type { Findings } from "../findings.ts";
import { attributeColumns, readArena, readKeyValues } from "../values.ts";
import { WireError, WireReader } from "../../wire/wire.ts";
import { exemplarColumns } from "./exemplars.ts";
import { ExponentialFill, ExponentialMeasure } from "./exponentials.ts";
import { HistogramFill, HistogramMeasure } from "./histograms.ts";
import { NumberFill, NumberMeasure } from "./numbers.ts";
import type { FirstRows, PointKindFill, PointKindMeasure } from "./point-kind.ts";
import { SummaryFill, SummaryMeasure } from "./summaries.ts";

/** All of a MetricBatch except what was found wrong, which the caller puts into words. */
export function decodeMetrics(
  bytes: Uint8Array,
  findings: Findings,
): Omit<MetricBatch, "rejected"> {
  const measure = new MetricMeasure(findings);
  const envelope = measureEnvelope(new WireReader(bytes), measure);
  const layout = layOut(envelope.resourceAttributes + envelope.scopeAttributes, measure);

  const tables = allocateColumns((allocator) => ({
    ...envelopeTables(allocator, envelope),
    metrics: metricColumns(allocator, measure.metrics),
    numbers: measure.numbers.columns(allocator),
    histograms: measure.histograms.columns(allocator),
    exponentials: measure.exponentials.columns(allocator),
    summaries: measure.summaries.columns(allocator),
    exemplars: exemplarColumns(allocator, layout.exemplarCount),
    attributes: attributeColumns(allocator, layout.attributeCount),
  }));

  const { attributes, exemplars } = tables;
  const numbers = new NumberFill(tables.numbers, attributes, exemplars, layout.numbers);
  const fill = new MetricFill(tables.metrics, attributes, layout.metadata, {
    [MetricType.gauge]: numbers,
    [MetricType.sum]: numbers,
    [MetricType.histogram]: new HistogramFill(
      tables.histograms,
      attributes,
      exemplars,
      layout.histograms,
    ),
    [MetricType.exponentialHistogram]: new ExponentialFill(
      tables.exponentials,
      attributes,
      exemplars,
      layout.exponentials,
    ),
    [MetricType.summary]: new SummaryFill(tables.summaries, attributes, layout.summaries),
  });
  new EnvelopeFill(envelope, tables, attributes, fill).fillFrom(new WireReader(bytes));
  return { signal: "metrics", rowCount: measure.points, arena: bytes, ...tables };
}

/** metadata and the five kinds of data */
const MEASURED = (1 << 12) | (1 << 5) | (1 << 7) | (1 << 9) | (1 << 10) | (1 << 11);
/** data_points of every kind of data */
const DATA_POINTS = 1 << 1;

class MetricMeasure implements RowMeasure {
  metrics = 0;
  metadata = 0;
  readonly numbers: NumberMeasure;
  readonly histograms: HistogramMeasure;
  readonly exponentials: ExponentialMeasure;
  readonly summaries = new SummaryMeasure();

  constructor(findings: Findings) {
    this.numbers = new NumberMeasure(findings);
    this.histograms = new HistogramMeasure(findings);
    this.exponentials = new ExponentialMeasure(findings);
  }

  get points(): number {
    return (
      this.numbers.points +
      this.histograms.points +
      this.exponentials.points +
      this.summaries.points
    );
  }

  measureRow(reader: WireReader, end: number): void {
    this.metrics++;
    let type = 0;
    for (let tag; (tag = reader.readTagOf(MEASURED, end)) !== 0;) {
      if (tag === 0x62) this.metadata += reader.skipRun(tag, end);
      else if ((tag & 7) !== 2) reader.skip(tag, end);
      else {
        if (type !== 0 && type !== tag >>> 3) {
          throw new WireError("the metric has data of two types", reader.position - 1);
        }
        type = tag >>> 3;
        measurePoints(reader, reader.readEnd(end), this.#measureOf(type as MetricType));
      }
    }
  }

  #measureOf(type: MetricType): PointKindMeasure {
    switch (type) {
      case MetricType.gauge:
      case MetricType.sum:
        return this.numbers;
      case MetricType.histogram:
        return this.histograms;
      case MetricType.exponentialHistogram:
        return this.exponentials;
      case MetricType.summary:
        return this.summaries;
    }
  }
}

function measurePoints(reader: WireReader, end: number, kind: PointKindMeasure): void {
  for (let tag; (tag = reader.readTagOf(DATA_POINTS, end)) !== 0;) {
    if (tag === 0x0a) kind.measure(reader, reader.readEnd(end));
    else reader.skip(tag, end);
  }
}

/** Where each part of the shared tables begins. */
interface MetricLayout {
  readonly metadata: number;
  readonly numbers: FirstRows;
  readonly histograms: FirstRows;
  readonly exponentials: FirstRows;
  readonly summaries: number;
  readonly attributeCount: number;
  readonly exemplarCount: number;
}

function layOut(metadata: number, measure: MetricMeasure): MetricLayout {
  const { numbers, histograms, exponentials, summaries } = measure;
  const numbersAt = metadata + measure.metadata;
  const histogramsAt = numbersAt + numbers.attributes;
  const exponentialsAt = histogramsAt + histograms.attributes;
  const summariesAt = exponentialsAt + exponentials.attributes;
  const numberExemplars = { exemplar: 0, attribute: summariesAt + summaries.attributes };
  const histogramExemplars = after(numberExemplars, numbers.exemplars);
  const exponentialExemplars = after(histogramExemplars, histograms.exemplars);
  const end = after(exponentialExemplars, exponentials.exemplars);
  return {
    metadata,
    numbers: { attribute: numbersAt, exemplars: numberExemplars },
    histograms: { attribute: histogramsAt, exemplars: histogramExemplars },
    exponentials: { attribute: exponentialsAt, exemplars: exponentialExemplars },
    summaries: summariesAt,
    attributeCount: end.attribute,
    exemplarCount: end.exemplar,
  };
}

function after(
  start: FirstRows["exemplars"],
  counted: { readonly exemplars: number; readonly attributes: number },
): FirstRows["exemplars"] {
  return {
    exemplar: start.exemplar + counted.exemplars,
    attribute: start.attribute + counted.attributes,
  };
}

class MetricFill implements RowFill {
  readonly #metrics: MetricColumns;
  readonly #attributes: AttributeColumns;
  readonly #kinds: Record<MetricType, PointKindFill>;
  #metric = 0;
  #metadata: number;

  constructor(
    metrics: MetricColumns,
    attributes: AttributeColumns,
    firstMetadata: number,
    kinds: Record<MetricType, PointKindFill>,
  ) {
    this.#metrics = metrics;
    this.#attributes = attributes;
    this.#kinds = kinds;
    this.#metadata = firstMetadata;
    metrics.metadata[0] = firstMetadata;
  }

  fillRow(reader: WireReader, end: number, scope: number): void {
    const metrics = this.#metrics;
    const row = this.#metric++;
    metrics.scope[row] = scope;
    while (reader.position < end) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x0a: // name = 1
          readArena(reader, end, metrics.name, row);
          break;
        case 0x12: // description = 2
          readArena(reader, end, metrics.description, row);
          break;
        case 0x1a: // unit = 3
          readArena(reader, end, metrics.unit, row);
          break;
        case 0x2a: // gauge = 5
        case 0x3a: // sum = 7
        case 0x4a: // histogram = 9
        case 0x52: // exponential_histogram = 10
        case 0x5a: // summary = 11
          metrics.type[row] = tag >>> 3;
          this.#fillData(reader, reader.readEnd(end), row, this.#kinds[(tag >>> 3) as MetricType]);
          break;
        case 0x62: // metadata = 12
          this.#metadata = readKeyValues(reader, end, tag, this.#attributes, this.#metadata);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    metrics.metadata[row + 1] = this.#metadata;
  }

  /** Gauge, Sum, Histogram, ExponentialHistogram and Summary agree in their field numbers. */
  #fillData(reader: WireReader, end: number, row: number, kind: PointKindFill): void {
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) kind.fill(reader, reader.readEnd(end), row);
      else if (tag === 0x10) this.#metrics.temporality[row] = reader.readEnum();
      else if (tag === 0x18) this.#metrics.monotonic[row] = reader.readBool() ? 1 : 0;
      else reader.skip(tag, end);
    }
  }
}

function metricColumns(allocator: ColumnAllocator, count: number): MetricColumns {
  return {
    count,
    scope: allocator.uint32(count),
    name: allocator.arena(count),
    description: allocator.arena(count),
    unit: allocator.arena(count),
    type: allocator.uint8(count),
    temporality: allocator.uint8(count),
    monotonic: allocator.uint8(count),
    metadata: allocator.ranges(count),
  };
}
