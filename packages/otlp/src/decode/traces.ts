// traces.ts — ExportTraceServiceRequest (opentelemetry/proto/trace/v1/trace.proto) into a TraceBatch.
//
// Attribute table: resources, scopes, then all spans, then all events, then all links.
// hot: see decode.bench.ts

import type {
  AttributeColumns,
  EventColumns,
  LinkColumns,
  SpanColumns,
  TraceBatch,
} from "../batch.ts";
import { allocateColumns, wordsOf } from "./column-allocator.ts";
import type { ColumnAllocator } from "./column-allocator.ts";
import { countFields, EnvelopeFill, envelopeTables, measureEnvelope } from "./envelope.ts";
import type { RowFill, RowMeasure } from "./envelope.ts";
import type { Findings } from "./findings.ts";
import {
  checkId,
  checkPointer,
  ID_ALL_ZERO,
  ID_MISSING,
  readId,
  SPAN_ID_BYTES,
  TRACE_ID_BYTES,
} from "./ids.ts";
import { attributeColumns, readArena, readKeyValue } from "./values.ts";
import { WireReader } from "./wire.ts";

/** All of a TraceBatch except what was rejected, which the caller puts into words. */
export function decodeTraces(bytes: Uint8Array, findings: Findings): Omit<TraceBatch, "rejected"> {
  const measure = new SpanMeasure(findings);
  const envelope = measureEnvelope(new WireReader(bytes), measure);
  const attributeCount =
    envelope.resourceAttributes +
    envelope.scopeAttributes +
    measure.spanAttributes +
    measure.eventAttributes +
    measure.linkAttributes;

  const tables = allocateColumns((allocator) => ({
    ...envelopeTables(allocator, envelope),
    spans: spanColumns(allocator, measure.spans),
    events: eventColumns(allocator, measure.events),
    links: linkColumns(allocator, measure.links),
    attributes: attributeColumns(allocator, attributeCount),
  }));

  const firstAttribute = envelope.resourceAttributes + envelope.scopeAttributes;
  const spans = new SpanFill(tables, firstAttribute, measure, findings);
  new EnvelopeFill(envelope, tables, tables.attributes, spans).fill(new WireReader(bytes));
  return { signal: "traces", rowCount: measure.spans, arena: bytes, ...tables };
}

class SpanMeasure implements RowMeasure {
  readonly #findings: Findings;
  spans = 0;
  spanAttributes = 0;
  events = 0;
  eventAttributes = 0;
  links = 0;
  linkAttributes = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  measureRow(reader: WireReader, end: number): void {
    const start = reader.position;
    const { events, eventAttributes, links, linkAttributes } = this;
    let attributes = 0;
    let traceId: string | undefined = ID_MISSING;
    let spanId: string | undefined = ID_MISSING;
    let parentSpanId: string | undefined;

    while (reader.position < end) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x0a: // trace_id = 1
          traceId = checkId(reader, end, TRACE_ID_BYTES);
          break;
        case 0x12: // span_id = 2
          spanId = checkId(reader, end, SPAN_ID_BYTES);
          break;
        case 0x22: // parent_span_id = 4
          parentSpanId = checkId(reader, end, SPAN_ID_BYTES);
          break;
        case 0x4a: // attributes = 9
          attributes++;
          reader.position = reader.readEnd(end);
          break;
        case 0x5a: // events = 11
          this.events++;
          this.eventAttributes += countFields(reader, end, 0x1a);
          break;
        case 0x6a: // links = 13
          this.links++;
          this.#measureLink(reader, reader.readEnd(end));
          break;
        default:
          reader.skip(tag, end);
      }
    }
    reader.finish(end);

    const problem = describeIds(traceId, spanId, parentSpanId);
    if (problem === undefined) {
      this.spans++;
      this.spanAttributes += attributes;
      return;
    }
    this.#findings.reject(end, { offset: start, problem });
    this.events = events;
    this.eventAttributes = eventAttributes;
    this.links = links;
    this.linkAttributes = linkAttributes;
  }

  #measureLink(reader: WireReader, end: number): void {
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) checkPointer(reader, end, TRACE_ID_BYTES, this.#findings);
      else if (tag === 0x12) checkPointer(reader, end, SPAN_ID_BYTES, this.#findings);
      else {
        if (tag === 0x22) this.linkAttributes++;
        reader.skip(tag, end);
      }
    }
    reader.finish(end);
  }
}

function describeIds(
  traceId: string | undefined,
  spanId: string | undefined,
  parentSpanId: string | undefined,
): string | undefined {
  if (traceId !== undefined) return `trace_id ${traceId}`;
  if (spanId !== undefined) return `span_id ${spanId}`;
  // A root has no parent; some senders write eight zero bytes for it.
  if (parentSpanId === undefined || parentSpanId === ID_MISSING || parentSpanId === ID_ALL_ZERO) {
    return undefined;
  }
  return `parent_span_id ${parentSpanId}`;
}

interface TraceTables {
  readonly spans: SpanColumns;
  readonly events: EventColumns;
  readonly links: LinkColumns;
  readonly attributes: AttributeColumns;
}

class SpanFill implements RowFill {
  readonly #findings: Findings;
  readonly #attributes: AttributeColumns;
  readonly #spans: SpanColumns;
  readonly #startTimes: Uint32Array;
  readonly #endTimes: Uint32Array;
  readonly #events: EventColumns;
  readonly #eventTimes: Uint32Array;
  readonly #links: LinkColumns;
  #span = 0;
  #spanAttribute: number;
  #event = 0;
  #eventAttribute: number;
  #link = 0;
  #linkAttribute: number;

  constructor(
    tables: TraceTables,
    firstAttribute: number,
    measure: SpanMeasure,
    findings: Findings,
  ) {
    this.#findings = findings;
    this.#attributes = tables.attributes;
    this.#spans = tables.spans;
    this.#startTimes = wordsOf(tables.spans.startTimeUnixNano);
    this.#endTimes = wordsOf(tables.spans.endTimeUnixNano);
    this.#events = tables.events;
    this.#eventTimes = wordsOf(tables.events.timeUnixNano);
    this.#links = tables.links;
    this.#spanAttribute = firstAttribute;
    this.#eventAttribute = this.#spanAttribute + measure.spanAttributes;
    this.#linkAttribute = this.#eventAttribute + measure.eventAttributes;
    tables.spans.attributes[0] = this.#spanAttribute;
    tables.events.attributes[0] = this.#eventAttribute;
    tables.links.attributes[0] = this.#linkAttribute;
  }

  fillRow(reader: WireReader, end: number, scope: number): void {
    if (this.#findings.isRejected(end)) {
      reader.position = end;
      return;
    }
    const spans = this.#spans;
    const row = this.#span++;
    spans.scope[row] = scope;
    while (reader.position < end) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x0a: // trace_id = 1
          readId(reader, end, spans.traceId, row, TRACE_ID_BYTES);
          break;
        case 0x12: // span_id = 2
          readId(reader, end, spans.spanId, row, SPAN_ID_BYTES);
          break;
        case 0x1a: // trace_state = 3
          readArena(reader, end, spans.traceState, row);
          break;
        case 0x22: // parent_span_id = 4
          readId(reader, end, spans.parentSpanId, row, SPAN_ID_BYTES);
          break;
        case 0x2a: // name = 5
          readArena(reader, end, spans.name, row);
          break;
        case 0x30: // kind = 6
          spans.kind[row] = reader.readEnum();
          break;
        case 0x39: // start_time_unix_nano = 7
          reader.readFixed64Into(this.#startTimes, row);
          break;
        case 0x41: // end_time_unix_nano = 8
          reader.readFixed64Into(this.#endTimes, row);
          break;
        case 0x4a: // attributes = 9
          readKeyValue(reader, end, this.#attributes, this.#spanAttribute++);
          break;
        case 0x50: // dropped_attributes_count = 10
          spans.droppedAttributesCount[row] = reader.readVarint32();
          break;
        case 0x5a: // events = 11
          this.#fillEvent(reader, reader.readEnd(end));
          break;
        case 0x60: // dropped_events_count = 12
          spans.droppedEventsCount[row] = reader.readVarint32();
          break;
        case 0x6a: // links = 13
          this.#fillLink(reader, reader.readEnd(end));
          break;
        case 0x70: // dropped_links_count = 14
          spans.droppedLinksCount[row] = reader.readVarint32();
          break;
        case 0x7a: // status = 15
          this.#fillStatus(reader, reader.readEnd(end), row);
          break;
        case 0x85: // flags = 16
          spans.flags[row] = reader.readFixed32();
          break;
        default:
          reader.skip(tag, end);
      }
    }
    spans.attributes[row + 1] = this.#spanAttribute;
    spans.events[row + 1] = this.#event;
    spans.links[row + 1] = this.#link;
  }

  #fillStatus(reader: WireReader, end: number, row: number): void {
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x12) readArena(reader, end, this.#spans.statusMessage, row);
      else if (tag === 0x18) this.#spans.statusCode[row] = reader.readEnum();
      else reader.skip(tag, end);
    }
    reader.finish(end);
  }

  #fillEvent(reader: WireReader, end: number): void {
    const events = this.#events;
    const row = this.#event++;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x09) reader.readFixed64Into(this.#eventTimes, row);
      else if (tag === 0x12) readArena(reader, end, events.name, row);
      else if (tag === 0x1a) readKeyValue(reader, end, this.#attributes, this.#eventAttribute++);
      else if (tag === 0x20) events.droppedAttributesCount[row] = reader.readVarint32();
      else reader.skip(tag, end);
    }
    events.attributes[row + 1] = this.#eventAttribute;
  }

  #fillLink(reader: WireReader, end: number): void {
    const links = this.#links;
    const row = this.#link++;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) readId(reader, end, links.traceId, row, TRACE_ID_BYTES);
      else if (tag === 0x12) readId(reader, end, links.spanId, row, SPAN_ID_BYTES);
      else if (tag === 0x1a) readArena(reader, end, links.traceState, row);
      else if (tag === 0x22) readKeyValue(reader, end, this.#attributes, this.#linkAttribute++);
      else if (tag === 0x28) links.droppedAttributesCount[row] = reader.readVarint32();
      else if (tag === 0x35) links.flags[row] = reader.readFixed32();
      else reader.skip(tag, end);
    }
    links.attributes[row + 1] = this.#linkAttribute;
  }
}

function spanColumns(allocator: ColumnAllocator, count: number): SpanColumns {
  return {
    count,
    scope: allocator.uint32(count),
    traceId: allocator.uint8(count * TRACE_ID_BYTES),
    spanId: allocator.uint8(count * SPAN_ID_BYTES),
    parentSpanId: allocator.uint8(count * SPAN_ID_BYTES),
    traceState: allocator.arena(count),
    flags: allocator.uint32(count),
    name: allocator.arena(count),
    kind: allocator.uint8(count),
    startTimeUnixNano: allocator.uint64(count),
    endTimeUnixNano: allocator.uint64(count),
    attributes: allocator.ranges(count),
    droppedAttributesCount: allocator.uint32(count),
    events: allocator.ranges(count),
    droppedEventsCount: allocator.uint32(count),
    links: allocator.ranges(count),
    droppedLinksCount: allocator.uint32(count),
    statusCode: allocator.uint8(count),
    statusMessage: allocator.arena(count),
  };
}

function eventColumns(allocator: ColumnAllocator, count: number): EventColumns {
  return {
    count,
    timeUnixNano: allocator.uint64(count),
    name: allocator.arena(count),
    attributes: allocator.ranges(count),
    droppedAttributesCount: allocator.uint32(count),
  };
}

function linkColumns(allocator: ColumnAllocator, count: number): LinkColumns {
  return {
    count,
    traceId: allocator.uint8(count * TRACE_ID_BYTES),
    spanId: allocator.uint8(count * SPAN_ID_BYTES),
    traceState: allocator.arena(count),
    flags: allocator.uint32(count),
    attributes: allocator.ranges(count),
    droppedAttributesCount: allocator.uint32(count),
  };
}
