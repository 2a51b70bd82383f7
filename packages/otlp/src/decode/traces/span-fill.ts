// span-fill.ts — the second walk over spans: fills their rows, and those of their events and links.
// hot: see decode.bench.ts

import type { AttributeColumns, EventColumns, LinkColumns, SpanColumns } from "../../batch.ts";
import type { WireReader } from "../../wire/wire.ts";
import { wordsOf } from "../column-allocator.ts";
import type { RowFill } from "../envelope.ts";
import type { Findings } from "../findings.ts";
import { readId, SPAN_ID_BYTES, TRACE_ID_BYTES } from "../ids.ts";
import { readArena, readKeyValues } from "../values.ts";
import type { SpanMeasure } from "./span-measure.ts";

export interface TraceTables {
  readonly spans: SpanColumns;
  readonly events: EventColumns;
  readonly links: LinkColumns;
  readonly attributes: AttributeColumns;
}

export class SpanFill implements RowFill {
  readonly #findings: Findings;
  readonly #attributes: AttributeColumns;
  readonly #spans: SpanColumns;
  readonly #traceIds: Uint32Array;
  readonly #spanIds: Uint32Array;
  readonly #parentSpanIds: Uint32Array;
  readonly #startTimes: Uint32Array;
  readonly #endTimes: Uint32Array;
  readonly #events: EventColumns;
  readonly #eventTimes: Uint32Array;
  readonly #links: LinkColumns;
  readonly #linkTraceIds: Uint32Array;
  readonly #linkSpanIds: Uint32Array;
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
    this.#traceIds = wordsOf(tables.spans.traceId);
    this.#spanIds = wordsOf(tables.spans.spanId);
    this.#parentSpanIds = wordsOf(tables.spans.parentSpanId);
    this.#startTimes = wordsOf(tables.spans.startTimeUnixNano);
    this.#endTimes = wordsOf(tables.spans.endTimeUnixNano);
    this.#events = tables.events;
    this.#eventTimes = wordsOf(tables.events.timeUnixNano);
    this.#links = tables.links;
    this.#linkTraceIds = wordsOf(tables.links.traceId);
    this.#linkSpanIds = wordsOf(tables.links.spanId);
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
          readId(reader, end, this.#traceIds, row, TRACE_ID_BYTES);
          break;
        case 0x12: // span_id = 2
          readId(reader, end, this.#spanIds, row, SPAN_ID_BYTES);
          break;
        case 0x1a: // trace_state = 3
          readArena(reader, end, spans.traceState, row);
          break;
        case 0x22: // parent_span_id = 4
          readId(reader, end, this.#parentSpanIds, row, SPAN_ID_BYTES);
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
          this.#spanAttribute = this.#readAttributes(reader, end, tag, this.#spanAttribute);
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
      else if (tag === 0x1a)
        this.#eventAttribute = this.#readAttributes(reader, end, tag, this.#eventAttribute);
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
      if (tag === 0x0a) readId(reader, end, this.#linkTraceIds, row, TRACE_ID_BYTES);
      else if (tag === 0x12) readId(reader, end, this.#linkSpanIds, row, SPAN_ID_BYTES);
      else if (tag === 0x1a) readArena(reader, end, links.traceState, row);
      else if (tag === 0x22)
        this.#linkAttribute = this.#readAttributes(reader, end, tag, this.#linkAttribute);
      else if (tag === 0x28) links.droppedAttributesCount[row] = reader.readVarint32();
      else if (tag === 0x35) links.flags[row] = reader.readFixed32();
      else reader.skip(tag, end);
    }
    links.attributes[row + 1] = this.#linkAttribute;
  }

  #readAttributes(reader: WireReader, end: number, tag: number, row: number): number {
    return readKeyValues(reader, end, tag, this.#attributes, row);
  }
}
