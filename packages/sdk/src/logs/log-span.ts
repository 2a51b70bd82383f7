// log-span.ts — the ids of the span that a record was made in.
//
// Our own spans carry their ids as words, which is what the encoder wants; of a foreign span they are
// parsed from hex.

import type { Span } from "@opentelemetry/api";
import type { LogSpan } from "@telemetry/otlp/encode";

import { spanFromContext } from "../trace/trace.ts";

/** Undefined outside a span, and in one with invalid ids. */
export function logSpanOf(span: Span | undefined): LogSpan | undefined {
  if (span === undefined) return undefined;
  if (!hasWords(span)) return spanFromContext(span.spanContext());
  return (span.spanId0 | span.spanId1) === 0 ? undefined : span;
}

function hasWords(span: object): span is LogSpan {
  return typeof (span as Partial<LogSpan>).spanId0 === "number";
}
