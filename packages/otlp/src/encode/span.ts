// span.ts — a span as OTLP protobuf, in one pass, straight from the fields that the SDK keeps.
//
//   Span    1 trace_id   2 span_id   3 trace_state   4 parent_span_id   5 name   6 kind   7 start   8 end   9 attributes
//           10 dropped   11 events   12 dropped   13 links   14 dropped   15 status   16 flags (fixed32)
//   Event   1 time   2 name   3 attributes   4 dropped
//   Link    1 trace_id   2 span_id   3 trace_state   4 attributes   5 dropped   6 flags (fixed32)
//   Status  2 message   3 code
//
// Ids are signed 32-bit words, most significant first: V8 keeps those without an object around them.

import { encodeAttributes } from "./attributes.ts";
import type { FlatAttributes } from "./attributes.ts";
import { encodeInstant, putInstant } from "./instant.ts";
import type { TimeAnchor } from "./instant.ts";
import type { KeyTable } from "./key-table.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

export interface EncodableSpan {
  readonly traceId0: number;
  readonly traceId1: number;
  readonly traceId2: number;
  readonly traceId3: number;
  readonly spanId0: number;
  readonly spanId1: number;
  /** Both 0 for a root. */
  readonly parentId0: number;
  readonly parentId1: number;
  readonly parentIsRemote: boolean;
  readonly traceFlags: number;
  /** Whether there is a tracestate; its text is made only then. */
  readonly traceState: object | undefined;
  /** As in the `tracestate` header. */
  readonly traceStateText: string;
  readonly name: string;
  /** The api's SpanKind, one less than OTLP's. */
  readonly kind: number;
  readonly startAnchor: TimeAnchor;
  /** Milliseconds after the anchor. */
  readonly startMs: number;
  readonly endAnchor: TimeAnchor;
  readonly endMs: number;
  readonly flatAttributes: Readonly<FlatAttributes> | null;
  readonly droppedAttributesCount: number;
  readonly eventRecords: readonly EncodableEvent[] | null;
  readonly droppedEventsCount: number;
  readonly linkRecords: readonly EncodableLink[] | null;
  readonly droppedLinksCount: number;
  readonly statusCode: number;
  readonly statusMessage: string;
}

export interface EncodableEvent {
  readonly name: string;
  readonly anchor: TimeAnchor;
  readonly ms: number;
  readonly flatAttributes: Readonly<FlatAttributes> | null;
  readonly droppedAttributesCount: number;
}

export interface EncodableLink {
  /** 32 and 16 hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly traceStateText: string;
  readonly traceFlags: number;
  readonly isRemote: boolean;
  readonly flatAttributes: Readonly<FlatAttributes> | null;
  readonly droppedAttributesCount: number;
}

/** Bits 8 and 9 of OTLP's flags: the remoteness of the parent (or linked) context is known, and is true. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
const TRACE_FLAGS_MASK = 0xff;

/** Tags, ids, kind and times of a span, without its name: at most 64 bytes. */
const FIXED_SIZE_BYTES = 64;

/** Writes the span as field 2 of ScopeSpans. hot: see bench/trace. */
export function encodeSpan(writer: ProtobufWriter, span: EncodableSpan, keys: KeyTable): void {
  encodeSpanAs(writer, span, span.traceState === undefined ? "" : span.traceStateText, keys);
}

/** Writes the span with another tracestate than its own; "" is none. */
export function encodeSpanAs(
  writer: ProtobufWriter,
  span: EncodableSpan,
  traceState: string,
  keys: KeyTable,
): void {
  const mark = writer.beginMessage(2);
  encodeIdentity(writer, span);
  writer.string(3, traceState);
  writer.string(5, span.name);
  if (span.flatAttributes !== null) encodeAttributes(writer, 9, span.flatAttributes, keys);
  if (span.droppedAttributesCount !== 0) writer.uint(10, span.droppedAttributesCount);
  if (span.eventRecords !== null) {
    for (const event of span.eventRecords) encodeEvent(writer, event, keys);
    writer.uint(12, span.droppedEventsCount);
  }
  if (span.linkRecords !== null) {
    for (const link of span.linkRecords) encodeLink(writer, link, keys);
    writer.uint(14, span.droppedLinksCount);
  }
  if (span.statusCode !== 0) encodeStatus(writer, span.statusCode, span.statusMessage);
  writer.endMessage(mark);
}

/** Writes a span again that `encodeSpanAs` wrote without a tracestate, now with one. */
export function resumeSpan(writer: ProtobufWriter, encoded: Uint8Array, traceState: string): void {
  let at = 1; // the tag, then the length, whose last byte has no upper bit
  while (encoded[at]! >= 0x80) at++;
  const mark = writer.beginMessage(2);
  writer.raw(encoded.subarray(at + 1));
  writer.string(3, traceState);
  writer.endMessage(mark);
}

/** The fields of a fixed size, written straight into the buffer. Their order on the wire is free. */
function encodeIdentity(writer: ProtobufWriter, span: EncodableSpan): void {
  let at = writer.reserve(FIXED_SIZE_BYTES);
  const { buffer, view } = writer;
  view.setUint16(at, 0x0a10); // trace_id, 16 bytes
  view.setInt32(at + 2, span.traceId0);
  view.setInt32(at + 6, span.traceId1);
  view.setInt32(at + 10, span.traceId2);
  view.setInt32(at + 14, span.traceId3);
  view.setUint16(at + 18, 0x1208); // span_id, 8 bytes
  view.setInt32(at + 20, span.spanId0);
  view.setInt32(at + 24, span.spanId1);
  view.setUint16(at + 28, 0x3000 | (span.kind + 1)); // kind
  buffer[at + 30] = 0x39; // start_time_unix_nano
  putInstant(view, at + 31, span.startAnchor, span.startMs);
  buffer[at + 39] = 0x41; // end_time_unix_nano
  putInstant(view, at + 40, span.endAnchor, span.endMs);
  view.setUint16(at + 48, 0x8501); // flags, field 16
  view.setInt32(at + 50, flagsOf(span.traceFlags, span.parentIsRemote), true);
  at += 54;
  if ((span.parentId0 | span.parentId1) !== 0) {
    view.setUint16(at, 0x2208); // parent_span_id, 8 bytes
    view.setInt32(at + 2, span.parentId0);
    view.setInt32(at + 6, span.parentId1);
    at += 10;
  }
  writer.advance(at);
}

function encodeEvent(writer: ProtobufWriter, event: EncodableEvent, keys: KeyTable): void {
  const mark = writer.beginMessage(11);
  encodeInstant(writer, 1, event.anchor, event.ms);
  writer.string(2, event.name);
  if (event.flatAttributes !== null) encodeAttributes(writer, 3, event.flatAttributes, keys);
  writer.uint(4, event.droppedAttributesCount);
  writer.endMessage(mark);
}

function encodeLink(writer: ProtobufWriter, link: EncodableLink, keys: KeyTable): void {
  const mark = writer.beginMessage(13);
  writer.hexBytes(1, link.traceId);
  writer.hexBytes(2, link.spanId);
  writer.string(3, link.traceStateText);
  if (link.flatAttributes !== null) encodeAttributes(writer, 4, link.flatAttributes, keys);
  writer.uint(5, link.droppedAttributesCount);
  writer.fixed32(6, flagsOf(link.traceFlags, link.isRemote));
  writer.endMessage(mark);
}

function encodeStatus(writer: ProtobufWriter, code: number, message: string): void {
  const mark = writer.beginMessage(15);
  writer.string(2, message);
  writer.uint(3, code);
  writer.endMessage(mark);
}

function flagsOf(traceFlags: number, isRemote: boolean): number {
  return (traceFlags & TRACE_FLAGS_MASK) | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0);
}
