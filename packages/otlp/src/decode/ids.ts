// ids.ts — trace and span ids: 16 and 8 bytes, not all zero (W3C Trace Context; OTLP trace.proto).
//
// A span cannot stand without its own ids or with a parent id that cannot be one: it is rejected. An id that only
// points elsewhere (of a link, a log record, an exemplar) and has a wrong length is read as absent, and said so.

import type { Finding, Findings } from "./findings.ts";
import { WireReader } from "../wire/wire.ts";

export const TRACE_ID_BYTES = 16;
export const SPAN_ID_BYTES = 8;

/** Passes over the id that starts here. Returns whether it is one. */
export function isId(reader: WireReader, end: number, sizeBytes: number): boolean {
  const valueEnd = reader.readEnd(end);
  const isValid = valueEnd - reader.position === sizeBytes && reader.isAnyByteSet(valueEnd);
  reader.position = valueEnd;
  return isValid;
}

/** Passes over an id that may be absent: empty or all zero, as some senders write it. Returns whether it is well-formed. */
export function isIdOrAbsent(reader: WireReader, end: number, sizeBytes: number): boolean {
  const valueEnd = reader.readEnd(end);
  const length = valueEnd - reader.position;
  reader.position = valueEnd;
  return length === sizeBytes || length === 0;
}

/** Passes over the id of a link, log record or exemplar, and notes a wrong length. */
export function checkPointer(
  reader: WireReader,
  end: number,
  sizeBytes: number,
  findings: Findings,
): void {
  const offset = reader.position;
  if (isIdOrAbsent(reader, end, sizeBytes)) return;
  findings.ignore({ offset, problem: `the id is ignored, it ${wrongLength(sizeBytes)}` });
}

/** Copies the id that starts here into `row` of a column's words. A wrong length leaves the row all zero: absent. */
export function readId(
  reader: WireReader,
  end: number,
  column: Uint32Array,
  row: number,
  sizeBytes: number,
): void {
  const valueEnd = reader.readEnd(end);
  const words = sizeBytes >>> 2;
  if (valueEnd - reader.position === sizeBytes) reader.copyWords(valueEnd, column, row * words);
  else column.fill(0, row * words, (row + 1) * words);
  reader.position = valueEnd;
}

/** Why the span from `start` to `end` was rejected. Only called for one that was. */
export function explainSpanIds(bytes: Uint8Array, start: number, end: number): Finding {
  const reader = new WireReader(bytes, start);
  let traceId: Finding | undefined = { offset: start - 1, problem: "trace_id is missing" };
  let spanId: Finding | undefined = { offset: start - 1, problem: "span_id is missing" };
  let parentSpanId: Finding | undefined;
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag === 0x0a) traceId = explainId(reader, end, TRACE_ID_BYTES, false);
    else if (tag === 0x12) spanId = explainId(reader, end, SPAN_ID_BYTES, false);
    else if (tag === 0x22) parentSpanId = explainId(reader, end, SPAN_ID_BYTES, true);
    else reader.skip(tag, end);
  }
  return (traceId ?? spanId ?? parentSpanId) as Finding;
}

function explainId(
  reader: WireReader,
  end: number,
  sizeBytes: number,
  mayBeAbsent: boolean,
): Finding | undefined {
  const offset = reader.position;
  if (!isIdOrAbsent(reader, end, sizeBytes)) {
    return { offset, problem: `the id ${wrongLength(sizeBytes)}` };
  }
  if (mayBeAbsent) return undefined;
  reader.position = offset;
  return isId(reader, end, sizeBytes)
    ? undefined
    : { offset, problem: "the id is empty or all zero" };
}

function wrongLength(sizeBytes: number): string {
  return `is not ${sizeBytes} bytes long (${sizeBytes * 2} hex digits in JSON)`;
}
