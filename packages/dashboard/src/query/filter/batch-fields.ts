// batch-fields.ts — how a Batch has the fields of fields.ts. Each reader answers what the column of
// ClickHouse will hold once the row is stored, so that a filter says the same of both.

import {
  AttributeType,
  isZeroId,
  readSpanId,
  readString,
  readTraceId,
  type Batch,
  type LogBatch,
  type MetricBatch,
  type Signal,
  type TraceBatch,
} from "@telemetry/otlp";
import { bodyText } from "../../store/native/native.ts";
import { metricRow, resourceAttributes, scopeRow } from "./batch-rows.ts";
import type { FieldName } from "./fields.ts";

/** Reads one field of one row: a bigint for durations, a number for severities. */
export type FieldReader<B extends Batch = Batch> = (
  batch: B,
  row: number,
) => string | number | bigint;
type Readers<B extends Batch> = Partial<Record<FieldName, FieldReader<B>>>;

/** In the spelling of the columns SpanKind and StatusCode. */
const KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
const STATUSES = ["Unset", "Ok", "Error"];

const spanReaders: Readers<TraceBatch> = {
  name: (batch, row) => readString(batch, batch.spans.name, row),
  kind: ({ spans }, row) => nameOf(KINDS, spans.kind[row]),
  status: ({ spans }, row) => nameOf(STATUSES, spans.statusCode[row]),
  "status.message": (batch, row) => readString(batch, batch.spans.statusMessage, row),
  duration: ({ spans }, row) => {
    const start = spans.startTimeUnixNano[row] as bigint;
    const end = spans.endTimeUnixNano[row] as bigint;
    return end > start ? end - start : 0n;
  },
  trace: ({ spans }, row) => readTraceId(spans.traceId, row),
  span: ({ spans }, row) => readSpanId(spans.spanId, row),
  parent: ({ spans }, row) => spanIdOrNone(spans.parentSpanId, row),
};

const logReaders: Readers<LogBatch> = {
  severity: ({ logs }, row) => logs.severityNumber[row] as number,
  "severity.text": (batch, row) => readString(batch, batch.logs.severityText, row),
  event: (batch, row) => readString(batch, batch.logs.eventName, row),
  body: bodyText,
  trace: ({ logs }, row) => (isZeroId(logs.traceId, row, 16) ? "" : readTraceId(logs.traceId, row)),
  span: ({ logs }, row) => spanIdOrNone(logs.spanId, row),
};

const metricReaders: Readers<MetricBatch> = {
  name: (batch, row) => readString(batch, batch.metrics.name, metricRow(batch, row)),
  unit: (batch, row) => readString(batch, batch.metrics.unit, metricRow(batch, row)),
  description: (batch, row) => readString(batch, batch.metrics.description, metricRow(batch, row)),
};

const originReaders: Readers<Batch> = {
  service: readServiceName,
  "scope.name": (batch, row) => readString(batch, batch.scopes.name, scopeRow(batch, row)),
  "scope.version": (batch, row) => readString(batch, batch.scopes.version, scopeRow(batch, row)),
};

const readers: Record<Signal, Readers<never>> = {
  traces: { ...originReaders, ...spanReaders },
  logs: { ...originReaders, ...logReaders },
  metrics: { ...originReaders, ...metricReaders },
};

/** The reader takes only batches of that signal. */
export function fieldReader(signal: Signal, name: FieldName): FieldReader {
  return readers[signal][name] as FieldReader;
}

function nameOf(names: readonly string[], code: number | undefined): string {
  return names[code ?? 0] ?? String(code);
}

function spanIdOrNone(column: Uint8Array, row: number): string {
  return isZeroId(column, row, 8) ? "" : readSpanId(column, row);
}

function readServiceName(batch: Batch, row: number): string {
  const { start, end } = resourceAttributes(batch, row);
  const { key, type, low, high } = batch.attributes;
  for (let at = start; at < end; at++) {
    if (type[at] !== AttributeType.string) continue;
    if (readString(batch, key, at) !== "service.name") continue;
    return readString(batch, { start: low, length: high }, at);
  }
  return "";
}
