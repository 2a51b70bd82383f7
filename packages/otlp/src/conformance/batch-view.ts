// batch-view.ts — a Batch as the tree of plain values that it was, for tests to compare with.
//
// Reads every column through the public readers. 64-bit integers are decimal strings, ids hex, bytes hex after "0x".

import type { AnyValue, Batch, LogBatch, MetricBatch, PointColumns, TraceBatch } from "../index.ts";
import { AttributeType, encodeHex, readSpanId, readString, readTraceId } from "../index.ts";
import { readAttributeEntries, readValue } from "../index.ts";

/** Any tree of plain values. */
export type Tree = { [key: string]: unknown };

/** `{ groups: [{ resource…, scopes: [{ scope…, rows: […] }] }] }` */
export function viewBatch(batch: Batch): Tree {
  const { resources, scopes } = batch;
  return {
    groups: rowsOf(resources.count).map((resource) => ({
      attributes: attributesOf(batch, resources.attributes, resource),
      droppedAttributesCount: resources.droppedAttributesCount[resource],
      schemaUrl: readString(batch, resources.schemaUrl, resource),
      scopes: rowsOf(scopes.count)
        .filter((scope) => scopes.resource[scope] === resource)
        .map((scope) => ({
          name: readString(batch, scopes.name, scope),
          version: readString(batch, scopes.version, scope),
          attributes: attributesOf(batch, scopes.attributes, scope),
          droppedAttributesCount: scopes.droppedAttributesCount[scope],
          schemaUrl: readString(batch, scopes.schemaUrl, scope),
          rows: rowsOfScope(batch, scope),
        })),
    })),
  };
}

function rowsOfScope(batch: Batch, scope: number): Tree[] {
  const { scope: owners, view } = tableOf(batch);
  return rowsOf(owners.length)
    .filter((row) => owners[row] === scope)
    .map(view);
}

function tableOf(batch: Batch): { scope: Uint32Array; view: (row: number) => Tree } {
  switch (batch.signal) {
    case "traces":
      return { scope: batch.spans.scope, view: (row) => viewSpan(batch, row) };
    case "logs":
      return { scope: batch.logs.scope, view: (row) => viewLog(batch, row) };
    case "metrics":
      return { scope: batch.metrics.scope, view: (row) => viewMetric(batch, row) };
  }
}

function viewSpan(batch: TraceBatch, row: number): Tree {
  const { spans, events, links } = batch;
  return {
    traceId: traceIdOf(spans.traceId, row),
    spanId: spanIdOf(spans.spanId, row),
    parentSpanId: spanIdOf(spans.parentSpanId, row),
    traceState: readString(batch, spans.traceState, row),
    flags: spans.flags[row],
    name: readString(batch, spans.name, row),
    kind: spans.kind[row],
    startTimeUnixNano: String(spans.startTimeUnixNano[row]),
    endTimeUnixNano: String(spans.endTimeUnixNano[row]),
    attributes: attributesOf(batch, spans.attributes, row),
    droppedAttributesCount: spans.droppedAttributesCount[row],
    events: range(spans.events, row).map((event) => ({
      timeUnixNano: String(events.timeUnixNano[event]),
      name: readString(batch, events.name, event),
      attributes: attributesOf(batch, events.attributes, event),
      droppedAttributesCount: events.droppedAttributesCount[event],
    })),
    droppedEventsCount: spans.droppedEventsCount[row],
    links: range(spans.links, row).map((link) => ({
      traceId: traceIdOf(links.traceId, link),
      spanId: spanIdOf(links.spanId, link),
      traceState: readString(batch, links.traceState, link),
      flags: links.flags[link],
      attributes: attributesOf(batch, links.attributes, link),
      droppedAttributesCount: links.droppedAttributesCount[link],
    })),
    droppedLinksCount: spans.droppedLinksCount[row],
    status: { code: spans.statusCode[row], message: readString(batch, spans.statusMessage, row) },
  };
}

function viewLog(batch: LogBatch, row: number): Tree {
  const { logs } = batch;
  return {
    timeUnixNano: String(logs.timeUnixNano[row]),
    observedTimeUnixNano: String(logs.observedTimeUnixNano[row]),
    severityNumber: logs.severityNumber[row],
    severityText: readString(batch, logs.severityText, row),
    eventName: readString(batch, logs.eventName, row),
    body: typed(logs.body.type[row] as number, readValue(batch, logs.body, row)),
    attributes: attributesOf(batch, logs.attributes, row),
    droppedAttributesCount: logs.droppedAttributesCount[row],
    flags: logs.flags[row],
    traceId: traceIdOf(logs.traceId, row),
    spanId: spanIdOf(logs.spanId, row),
  };
}

function viewMetric(batch: MetricBatch, row: number): Tree {
  const { metrics } = batch;
  return {
    name: readString(batch, metrics.name, row),
    description: readString(batch, metrics.description, row),
    unit: readString(batch, metrics.unit, row),
    type: metrics.type[row],
    temporality: metrics.temporality[row],
    monotonic: metrics.monotonic[row] === 1,
    metadata: attributesOf(batch, metrics.metadata, row),
    points: [
      ...pointsOf(batch.numbers, row, (point) => viewNumber(batch, point)),
      ...pointsOf(batch.histograms, row, (point) => viewHistogram(batch, point)),
      ...pointsOf(batch.exponentials, row, (point) => viewExponential(batch, point)),
      ...pointsOf(batch.summaries, row, (point) => viewSummary(batch, point)),
    ],
  };
}

function pointsOf(columns: PointColumns, metric: number, view: (point: number) => Tree): Tree[] {
  return rowsOf(columns.count)
    .filter((point) => columns.metric[point] === metric)
    .map(view);
}

function viewPoint(batch: MetricBatch, columns: PointColumns, row: number): Tree {
  return {
    attributes: attributesOf(batch, columns.attributes, row),
    startTimeUnixNano: String(columns.startTimeUnixNano[row]),
    timeUnixNano: String(columns.timeUnixNano[row]),
    flags: columns.flags[row],
  };
}

function viewNumber(batch: MetricBatch, row: number): Tree {
  const { numbers } = batch;
  return {
    ...viewPoint(batch, numbers, row),
    value: numberOf(numbers, row),
    exemplars: exemplarsOf(batch, numbers.exemplars, row),
  };
}

function viewHistogram(batch: MetricBatch, row: number): Tree {
  const { histograms } = batch;
  return {
    ...viewPoint(batch, histograms, row),
    count: String(histograms.countValue[row]),
    ...presentOf(histograms, row),
    bucketCounts: valuesOf(histograms.bucketCounts, row, histograms.bucketCountValues).map(String),
    explicitBounds: valuesOf(histograms.explicitBounds, row, histograms.explicitBoundValues),
    exemplars: exemplarsOf(batch, histograms.exemplars, row),
  };
}

function viewExponential(batch: MetricBatch, row: number): Tree {
  const { exponentials } = batch;
  return {
    ...viewPoint(batch, exponentials, row),
    count: String(exponentials.countValue[row]),
    ...presentOf(exponentials, row),
    scale: exponentials.scale[row],
    zeroCount: String(exponentials.zeroCount[row]),
    zeroThreshold: exponentials.zeroThreshold[row],
    positive: {
      offset: exponentials.positiveOffset[row],
      bucketCounts: valuesOf(exponentials.positive, row, exponentials.positiveValues).map(String),
    },
    negative: {
      offset: exponentials.negativeOffset[row],
      bucketCounts: valuesOf(exponentials.negative, row, exponentials.negativeValues).map(String),
    },
    exemplars: exemplarsOf(batch, exponentials.exemplars, row),
  };
}

function viewSummary(batch: MetricBatch, row: number): Tree {
  const { summaries } = batch;
  return {
    ...viewPoint(batch, summaries, row),
    count: String(summaries.countValue[row]),
    sum: summaries.sum[row],
    quantileValues: range(summaries.quantiles, row).map((at) => ({
      quantile: summaries.quantileProbabilities[at],
      value: summaries.quantileValues[at],
    })),
  };
}

function exemplarsOf(batch: MetricBatch, ranges: Uint32Array, row: number): Tree[] {
  const { exemplars } = batch;
  return range(ranges, row).map((at) => ({
    attributes: attributesOf(batch, exemplars.attributes, at),
    timeUnixNano: String(exemplars.timeUnixNano[at]),
    value: numberOf(exemplars, at),
    traceId: traceIdOf(exemplars.traceId, at),
    spanId: spanIdOf(exemplars.spanId, at),
  }));
}

interface NumberColumns {
  readonly valueType: Uint8Array;
  readonly double: Float64Array;
  readonly int: BigInt64Array;
}

function numberOf(columns: NumberColumns, row: number): unknown {
  if (columns.valueType[row] === 1) return { double: columns.double[row] };
  if (columns.valueType[row] === 2) return { int: String(columns.int[row]) };
  return null;
}

interface PresentColumns {
  readonly present: Uint8Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

function presentOf({ present, sum, min, max }: PresentColumns, row: number): Tree {
  const bits = present[row] as number;
  return {
    ...((bits & 1) !== 0 && { sum: sum[row] }),
    ...((bits & 2) !== 0 && { min: min[row] }),
    ...((bits & 4) !== 0 && { max: max[row] }),
  };
}

function attributesOf(batch: Batch, ranges: Uint32Array, row: number): unknown[] {
  const [start, end] = [ranges[row] as number, ranges[row + 1] as number];
  return readAttributeEntries(batch, start, end).map(([key, value], at) => [
    key,
    typed(batch.attributes.type[start + at] as number, value),
  ]);
}

/** The value with its type where the value alone does not show it; inside arrays and lists a number is just a number. */
function typed(type: number, value: AnyValue): unknown {
  if (type === AttributeType.int) return { int: String(value) };
  if (type === AttributeType.double) return { double: value };
  return plain(value);
}

/** A value as nested values are read: bytes as text, integers that are no safe numbers as text. */
export function plain(value: AnyValue): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return `0x${encodeHex(value, 0, value.length)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function traceIdOf(column: Uint8Array, row: number): string {
  return readTraceId(column, row).replace(/^0+$/, "");
}

function spanIdOf(column: Uint8Array, row: number): string {
  return readSpanId(column, row).replace(/^0+$/, "");
}

function range(offsets: Uint32Array, row: number): number[] {
  const start = offsets[row] as number;
  return rowsOf((offsets[row + 1] as number) - start).map((at) => start + at);
}

function valuesOf<Value>(offsets: Uint32Array, row: number, values: ArrayLike<Value>): Value[] {
  return range(offsets, row).map((at) => values[at] as Value);
}

function rowsOf(count: number): number[] {
  return Array.from({ length: count }, (_, row) => row);
}
