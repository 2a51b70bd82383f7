// received.ts — an OTLP request as plain objects, for assertions. It shows what is on the wire: what was cut,
// redacted or dropped is not here.

import {
  isZeroId,
  readAttributes,
  readSpanId,
  readString,
  readTraceId,
  readValue,
} from "@telemetry/otlp";
import type { AnyValue, Batch, LogBatch, MetricBatch, TraceBatch } from "@telemetry/otlp";

export interface ReceivedScope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Record<string, AnyValue>;
}

interface Received {
  readonly resource: Record<string, AnyValue>;
  readonly scope: ReceivedScope;
}

export interface ReceivedEvent {
  readonly name: string;
  readonly timeUnixNano: bigint;
  readonly attributes: Record<string, AnyValue>;
  readonly droppedAttributesCount: number;
}

export interface ReceivedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: Record<string, AnyValue>;
  readonly droppedAttributesCount: number;
}

export interface ReceivedSpan extends Received {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for a root. */
  readonly parentSpanId: string | undefined;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  /** OTLP's numbers: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes: Record<string, AnyValue>;
  readonly droppedAttributesCount: number;
  readonly events: ReceivedEvent[];
  readonly droppedEventsCount: number;
  readonly links: ReceivedLink[];
  readonly droppedLinksCount: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string };
}

export interface ReceivedLog extends Received {
  readonly timeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AnyValue;
  readonly eventName: string;
  readonly attributes: Record<string, AnyValue>;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** A point of a gauge, sum or histogram. */
export interface ReceivedPoint extends Received {
  readonly name: string;
  readonly unit: string;
  /** OTLP's numbers: 5 gauge, 7 sum, 9 histogram, 10 exponential histogram. */
  readonly type: number;
  readonly attributes: Record<string, AnyValue>;
  /** Of a gauge or sum; of a histogram its sum. */
  readonly value: number;
  /** Measurements in a histogram. */
  readonly count: number | undefined;
}

export function spansOf(batch: TraceBatch): ReceivedSpan[] {
  const { spans } = batch;
  return rows(0, spans.count).map((row) => ({
    ...ownerOf(batch, spans.scope[row]!),
    traceId: readTraceId(spans.traceId, row),
    spanId: readSpanId(spans.spanId, row),
    parentSpanId: isZeroId(spans.parentSpanId, row, 8)
      ? undefined
      : readSpanId(spans.parentSpanId, row),
    traceState: readString(batch, spans.traceState, row),
    flags: spans.flags[row]!,
    name: readString(batch, spans.name, row),
    kind: spans.kind[row]!,
    startTimeUnixNano: spans.startTimeUnixNano[row]!,
    endTimeUnixNano: spans.endTimeUnixNano[row]!,
    attributes: attributesAt(batch, spans.attributes, row),
    droppedAttributesCount: spans.droppedAttributesCount[row]!,
    events: rows(spans.events[row]!, spans.events[row + 1]!).map((event) => eventAt(batch, event)),
    droppedEventsCount: spans.droppedEventsCount[row]!,
    links: rows(spans.links[row]!, spans.links[row + 1]!).map((link) => linkAt(batch, link)),
    droppedLinksCount: spans.droppedLinksCount[row]!,
    status: { code: spans.statusCode[row]!, message: readString(batch, spans.statusMessage, row) },
  }));
}

function eventAt(batch: TraceBatch, row: number): ReceivedEvent {
  const { events } = batch;
  return {
    name: readString(batch, events.name, row),
    timeUnixNano: events.timeUnixNano[row]!,
    attributes: attributesAt(batch, events.attributes, row),
    droppedAttributesCount: events.droppedAttributesCount[row]!,
  };
}

function linkAt(batch: TraceBatch, row: number): ReceivedLink {
  const { links } = batch;
  return {
    traceId: readTraceId(links.traceId, row),
    spanId: readSpanId(links.spanId, row),
    traceState: readString(batch, links.traceState, row),
    flags: links.flags[row]!,
    attributes: attributesAt(batch, links.attributes, row),
    droppedAttributesCount: links.droppedAttributesCount[row]!,
  };
}

export function logsOf(batch: LogBatch): ReceivedLog[] {
  const { logs } = batch;
  return rows(0, logs.timeUnixNano.length).map((row) => ({
    ...ownerOf(batch, logs.scope[row]!),
    timeUnixNano: logs.timeUnixNano[row]!,
    severityNumber: logs.severityNumber[row]!,
    severityText: readString(batch, logs.severityText, row),
    body: readValue(batch, logs.body, row),
    eventName: readString(batch, logs.eventName, row),
    attributes: attributesAt(batch, logs.attributes, row),
    traceId: isZeroId(logs.traceId, row, 16) ? undefined : readTraceId(logs.traceId, row),
    spanId: isZeroId(logs.spanId, row, 8) ? undefined : readSpanId(logs.spanId, row),
  }));
}

export function pointsOf(batch: MetricBatch): ReceivedPoint[] {
  const { metrics, numbers, histograms, exponentials } = batch;
  const identity = (metric: number): Omit<ReceivedPoint, "attributes" | "value" | "count"> => ({
    ...ownerOf(batch, metrics.scope[metric]!),
    name: readString(batch, metrics.name, metric),
    unit: readString(batch, metrics.unit, metric),
    type: metrics.type[metric]!,
  });
  return [
    ...rows(0, numbers.count).map((row) => ({
      ...identity(numbers.metric[row]!),
      attributes: attributesAt(batch, numbers.attributes, row),
      value: numbers.valueType[row] === 1 ? numbers.double[row]! : Number(numbers.int[row]),
      count: undefined,
    })),
    ...[histograms, exponentials].flatMap((points) =>
      rows(0, points.count).map((row) => ({
        ...identity(points.metric[row]!),
        attributes: attributesAt(batch, points.attributes, row),
        value: points.sum[row]!,
        count: Number(points.countValue[row]),
      })),
    ),
  ];
}

function ownerOf(batch: Batch, scope: number): Received {
  const { scopes, resources } = batch;
  return {
    resource: attributesAt(batch, resources.attributes, scopes.resource[scope]!),
    scope: {
      name: readString(batch, scopes.name, scope),
      version: readString(batch, scopes.version, scope),
      schemaUrl: readString(batch, scopes.schemaUrl, scope),
      attributes: attributesAt(batch, scopes.attributes, scope),
    },
  };
}

function attributesAt(batch: Batch, ranges: Uint32Array, row: number): Record<string, AnyValue> {
  return readAttributes(batch, ranges[row]!, ranges[row + 1]!);
}

function rows(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
