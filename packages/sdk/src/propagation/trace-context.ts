// trace-context.ts — W3C trace context: `traceparent` and `tracestate`.
//
//   traceparent: 00-<trace id, 32 hex>-<parent span id, 16 hex>-<flags, 2 hex>        55 characters
//                0  3                  36                       53
//
// Version ff is invalid; a later version may append "-…". Flags kept: 01 sampled, 02 the trace id is random.
// Two traceparents are ambiguous, so they count as none. https://www.w3.org/TR/trace-context-2/
//
// hot: see bench/trace. Every request that comes in or goes out passes here, so the header is read and written
// character by character, between words and text, without a regular expression and without ids as texts.

import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from "@opentelemetry/api";
import { contextWithSpan, isSuppressed, spanOf } from "../context/context.ts";
import { identityOf, NonRecordingSpan } from "../trace/trace.ts";
import type { SpanIdentity } from "../trace/trace.ts";
import { readHeader, readListHeader } from "./carrier.ts";
import { W3CTraceState } from "./trace-state.ts";

const TRACEPARENT = "traceparent";
const TRACESTATE = "tracestate";
const LENGTH = 55;
const TRACE_ID_AT = 3;
const SPAN_ID_AT = 36;
const FLAGS_AT = 53;
const DASH = 45;
const OUTER_SPACE = /^[ \t]+|[ \t]+$/g;
const KNOWN_FLAGS = 0x03;

export class TraceContextPropagator implements TextMapPropagator {
  inject<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
    const span = spanOf(context);
    if (span === undefined || isSuppressed(context)) return;
    const identity = identityOf(span);
    if (identity === undefined) return;
    setter.set(carrier, TRACEPARENT, formatTraceparent(identity));
    if (identity.traceState === undefined) return;
    const state = identity.traceState.serialize();
    if (state !== "") setter.set(carrier, TRACESTATE, state);
  }

  extract<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
    const header = readHeader(carrier, TRACEPARENT, getter);
    if (header === undefined) return context;
    const list = readListHeader(carrier, TRACESTATE, getter);
    const span = parseTraceparent(
      header,
      list === undefined ? undefined : W3CTraceState.parse(list),
    );
    return span === undefined ? context : contextWithSpan(context, span);
  }

  fields(): string[] {
    return [TRACEPARENT, TRACESTATE];
  }
}

// ---- reading

/** What a hexadecimal digit in lower case is worth; -1 for every other byte. */
const DIGITS = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) DIGITS[digit.toString(16).charCodeAt(0)] = digit;

/** The header's first bytes: read from memory, a character costs a third of `charCodeAt`. */
const read = Buffer.alloc(LENGTH);
/** Negative as soon as one of the digits read was none. */
let seen = 0;

/** The span that the header names; undefined for what is no traceparent. */
function parseTraceparent(
  text: string,
  traceState: W3CTraceState | undefined,
): NonRecordingSpan | undefined {
  const header = text.length === LENGTH ? text : text.replaceAll(OUTER_SPACE, "");
  const size = read.write(header);
  seen = 0;
  const version = digitsAt(0, 2);
  const traceId0 = digitsAt(TRACE_ID_AT, 8);
  const traceId1 = digitsAt(TRACE_ID_AT + 8, 8);
  const traceId2 = digitsAt(TRACE_ID_AT + 16, 8);
  const traceId3 = digitsAt(TRACE_ID_AT + 24, 8);
  const spanId0 = digitsAt(SPAN_ID_AT, 8);
  const spanId1 = digitsAt(SPAN_ID_AT + 8, 8);
  const traceFlags = digitsAt(FLAGS_AT, 2) & KNOWN_FLAGS;
  const isFormed =
    size >= LENGTH &&
    seen >= 0 &&
    read[TRACE_ID_AT - 1] === DASH &&
    read[SPAN_ID_AT - 1] === DASH &&
    read[FLAGS_AT - 1] === DASH &&
    version !== 0xff &&
    (header.length === LENGTH || (version !== 0 && header.charCodeAt(LENGTH) === DASH)) &&
    (traceId0 | traceId1 | traceId2 | traceId3) !== 0 &&
    (spanId0 | spanId1) !== 0;
  if (!isFormed) return undefined;
  return new NonRecordingSpan({
    traceId0,
    traceId1,
    traceId2,
    traceId3,
    spanId0,
    spanId1,
    traceFlags,
    traceState,
    isRemote: true,
  });
}

/** Up to eight digits as a signed word. */
function digitsAt(from: number, count: number): number {
  let word = 0;
  for (let at = from, end = from + count; at < end; at++) {
    const digit = DIGITS[read[at]!]!;
    seen |= digit;
    word = (word << 4) | digit;
  }
  return word;
}

// ---- writing

/** The two characters of every byte. */
const PAIRS = Buffer.from(
  Array.from({ length: 256 }, (_, byte) => byte)
    .map(hexOfByte)
    .join(""),
);
const written = Buffer.from(`00-${"0".repeat(32)}-${"0".repeat(16)}-00`);
const LAST_DIGIT_AT = LENGTH - 1;
const ZERO = 48;

/** All 55 characters at once: one text, where joined parts would be copied again by whoever sends them. */
function formatTraceparent(identity: SpanIdentity): string {
  putWord(TRACE_ID_AT, identity.traceId0);
  putWord(TRACE_ID_AT + 8, identity.traceId1);
  putWord(TRACE_ID_AT + 16, identity.traceId2);
  putWord(TRACE_ID_AT + 24, identity.traceId3);
  putWord(SPAN_ID_AT, identity.spanId0);
  putWord(SPAN_ID_AT + 8, identity.spanId1);
  written[LAST_DIGIT_AT] = ZERO + (identity.traceFlags & KNOWN_FLAGS);
  return written.toString("latin1");
}

function putWord(at: number, word: number): void {
  putByte(at, word >>> 24);
  putByte(at + 2, (word >>> 16) & 0xff);
  putByte(at + 4, (word >>> 8) & 0xff);
  putByte(at + 6, word & 0xff);
}

function putByte(at: number, byte: number): void {
  written[at] = PAIRS[byte * 2]!;
  written[at + 1] = PAIRS[byte * 2 + 1]!;
}

function hexOfByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
