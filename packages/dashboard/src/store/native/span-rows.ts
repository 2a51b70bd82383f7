// span-rows.ts — spans of a Batch into a block of otel_traces.
// hot: see native.bench.ts

import type { TraceBatch } from "@telemetry/otlp";
import { appendAttributes, appendTextAttributes } from "./attribute-text.ts";
import type { Block } from "./block.ts";
import type { WordColumn } from "./column-writers.ts";
import { wordsOf } from "./column-writers.ts";
import { appendEnum, appendRowWords, appendTimes } from "./common-rows.ts";
import type { Origins } from "./origin-rows.ts";
import { appendOrigins, rangeOf } from "./origin-rows.ts";
import type { StoredRows } from "./timed-rows.ts";

const KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
const STATUS_CODES = ["Unset", "Ok", "Error"];

export function appendSpans(
  block: Block,
  batch: TraceBatch,
  origins: Origins,
  selection: StoredRows,
): void {
  const { spans, arena } = batch;
  const { rows } = selection;
  appendTimes(block, "Timestamp", selection);
  appendOrigins(
    block,
    origins,
    rows.map((row) => spans.scope[row] as number),
  );
  appendRowWords(block.words("EndTimestamp"), spans.endTimeUnixNano, rows);
  appendDurations(block.words("Duration"), batch, selection);
  appendEnum(block.string("SpanKind"), KINDS, spans.kind, rows);
  appendEnum(block.string("StatusCode"), STATUS_CODES, spans.statusCode, rows);
  appendRowWords(block.words("TraceFlags"), spans.flags, rows);
  appendRowWords(block.words("SpanDroppedAttrCount"), spans.droppedAttributesCount, rows);
  appendRowWords(block.words("SpanDroppedEventsCount"), spans.droppedEventsCount, rows);
  appendRowWords(block.words("SpanDroppedLinksCount"), spans.droppedLinksCount, rows);

  const traceId = block.string("TraceId");
  const spanId = block.string("SpanId");
  const parentSpanId = block.string("ParentSpanId");
  const traceState = block.string("TraceState");
  const name = block.string("SpanName");
  const statusMessage = block.string("StatusMessage");
  const attributes = block.json("SpanAttributes");
  const attributesExact = block.string("SpanAttributesExact");
  for (const row of rows) {
    traceId.appendId(spans.traceId, row * 16, row * 16 + 16);
    spanId.appendId(spans.spanId, row * 8, row * 8 + 8);
    parentSpanId.appendId(spans.parentSpanId, row * 8, row * 8 + 8);
    traceState.appendArena(arena, spans.traceState, row);
    name.appendArena(arena, spans.name, row);
    statusMessage.appendArena(arena, spans.statusMessage, row);
    const [start, end] = rangeOf(spans.attributes, row);
    appendAttributes(attributes, attributesExact, batch, start, end);
  }
  appendEvents(block, batch, rows);
  appendLinks(block, batch, rows);
}

/** End minus start, 0 when that is negative; a span without an end or a start of its own has none. */
function appendDurations(column: WordColumn, batch: TraceBatch, selection: StoredRows): void {
  const ends = wordsOf(batch.spans.endTimeUnixNano);
  const { rows, times, sources } = selection;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as number;
    const startLow = times[index * 2] as number;
    const endLow = ends[row * 2] as number;
    const borrow = endLow < startLow ? 1 : 0;
    const high = (ends[row * 2 + 1] as number) - (times[index * 2 + 1] as number) - borrow;
    if (high < 0 || sources[index] !== 0) column.append64(0, 0);
    else column.append64((endLow - startLow) >>> 0, high);
  }
}

function appendEvents(block: Block, batch: TraceBatch, rows: Uint32Array): void {
  const { events, spans, arena } = batch;
  const times = block.wordArrays("Events.Timestamp");
  const names = block.strings("Events.Name");
  const attributes = block.strings("Events.Attributes");
  const dropped = block.wordArrays("Events.DroppedAttrCount");
  if (events.count === 0) {
    for (const column of [times, names, attributes, dropped]) column.appendEmptyRows(rows.length);
    return;
  }
  for (const row of rows) {
    const [start, end] = rangeOf(spans.events, row);
    times.elements.appendSlice(events.timeUnixNano, start, end);
    dropped.elements.appendSlice(events.droppedAttributesCount, start, end);
    for (let event = start; event < end; event++) {
      names.elements.appendArena(arena, events.name, event);
      const [from, to] = rangeOf(events.attributes, event);
      appendTextAttributes(attributes.elements, batch, from, to);
    }
    for (const column of [times, names, attributes, dropped]) column.endRow();
  }
}

function appendLinks(block: Block, batch: TraceBatch, rows: Uint32Array): void {
  const { links, spans, arena } = batch;
  const traceIds = block.strings("Links.TraceId");
  const spanIds = block.strings("Links.SpanId");
  const traceStates = block.strings("Links.TraceState");
  const attributes = block.strings("Links.Attributes");
  const flags = block.wordArrays("Links.TraceFlags");
  const dropped = block.wordArrays("Links.DroppedAttrCount");
  const columns = [traceIds, spanIds, traceStates, attributes, flags, dropped];
  if (links.count === 0) {
    for (const column of columns) column.appendEmptyRows(rows.length);
    return;
  }
  for (const row of rows) {
    const [start, end] = rangeOf(spans.links, row);
    flags.elements.appendSlice(links.flags, start, end);
    dropped.elements.appendSlice(links.droppedAttributesCount, start, end);
    for (let link = start; link < end; link++) {
      traceIds.elements.appendId(links.traceId, link * 16, link * 16 + 16);
      spanIds.elements.appendId(links.spanId, link * 8, link * 8 + 8);
      traceStates.elements.appendArena(arena, links.traceState, link);
      const [from, to] = rangeOf(links.attributes, link);
      appendTextAttributes(attributes.elements, batch, from, to);
    }
    for (const column of columns) column.endRow();
  }
}
