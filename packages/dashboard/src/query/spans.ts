// spans.ts — a row of otel_traces as the API shows a span: every field of OTLP.

import type { Span, SpanEvent, SpanKind, SpanLink, StatusCode } from "../contract/contract.ts";
import {
  attributesSql,
  readAttributes,
  readTextAttributes,
  type AttributesRow,
} from "./attributes.ts";
import { ORIGIN_SQL, readOrigin, unlessEmpty, type OriginRow } from "./origin.ts";

/** Raw 64 bits of a time column; OTLP's are unsigned. */
function rawTimeSql(column: string): string {
  return `reinterpretAsUInt64(toUnixTimestamp64Nano(${column}))`;
}

export const SPAN_SQL = `SpanId AS spanId,
  ParentSpanId AS parentSpanId,
  SpanName AS name,
  lower(SpanKind) AS kind,
  ${rawTimeSql("Timestamp")} AS startTimeUnixNano,
  ${rawTimeSql("EndTimestamp")} AS endTimeUnixNano,
  ${attributesSql("SpanAttributes")} AS attributes,
  ${ORIGIN_SQL},
  lower(StatusCode) AS statusCode,
  StatusMessage AS statusMessage,
  TraceFlags AS flags,
  TraceState AS traceState,
  SpanDroppedAttrCount AS droppedAttributesCount,
  SpanDroppedEventsCount AS droppedEventsCount,
  SpanDroppedLinksCount AS droppedLinksCount,
  arrayMap((time, name, attributes, dropped) -> (${rawTimeSql("time")}, name, attributes, dropped),
    Events.Timestamp, Events.Name, Events.Attributes, Events.DroppedAttrCount) AS events,
  arrayMap((traceId, spanId, state, flags, attributes, dropped) -> (traceId, spanId, state, flags, attributes, dropped),
    Links.TraceId, Links.SpanId, Links.TraceState, Links.TraceFlags, Links.Attributes, Links.DroppedAttrCount) AS links`;

type EventRow = readonly [timeUnixNano: string, name: string, attributes: string, dropped: number];
type LinkRow = readonly [
  traceId: string,
  spanId: string,
  traceState: string,
  flags: number,
  attributes: string,
  dropped: number,
];

/** A row of {@link SPAN_SQL}. */
export interface SpanRow extends OriginRow {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: AttributesRow;
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly flags: number;
  readonly traceState: string;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  readonly events: readonly EventRow[];
  readonly links: readonly LinkRow[];
}

export function readSpan(row: SpanRow): Span {
  return {
    spanId: row.spanId,
    ...unlessEmpty("parentSpanId", row.parentSpanId),
    name: row.name,
    kind: row.kind as SpanKind,
    startTimeUnixNano: row.startTimeUnixNano,
    ...(row.endTimeUnixNano === "0" ? {} : { endTimeUnixNano: row.endTimeUnixNano }),
    attributes: readAttributes(row.attributes),
    ...readOrigin(row),
    events: row.events.map(readEvent),
    links: row.links.map(readLink),
    status: { code: row.statusCode as StatusCode, ...unlessEmpty("message", row.statusMessage) },
    flags: row.flags,
    ...unlessEmpty("traceState", row.traceState),
    ...unlessEmpty("droppedAttributesCount", row.droppedAttributesCount),
    ...unlessEmpty("droppedEventsCount", row.droppedEventsCount),
    ...unlessEmpty("droppedLinksCount", row.droppedLinksCount),
  };
}

function readEvent([timeUnixNano, name, attributes, dropped]: EventRow): SpanEvent {
  return {
    name,
    timeUnixNano,
    attributes: readTextAttributes(attributes),
    ...unlessEmpty("droppedAttributesCount", dropped),
  };
}

function readLink([traceId, spanId, traceState, flags, attributes, dropped]: LinkRow): SpanLink {
  return {
    traceId,
    spanId,
    ...unlessEmpty("traceState", traceState),
    ...unlessEmpty("flags", flags),
    attributes: readTextAttributes(attributes),
    ...unlessEmpty("droppedAttributesCount", dropped),
  };
}
