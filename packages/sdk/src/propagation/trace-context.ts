// trace-context.ts — W3C trace context: `traceparent` and `tracestate`.
//
//   traceparent: 00-<trace id, 32 hex>-<parent span id, 16 hex>-<flags, 2 hex>        55 characters
//
// Version ff is invalid; a later version may append "-…". Flags kept: 01 sampled, 02 the trace id is random.
// Two traceparents are ambiguous, so they count as none. https://www.w3.org/TR/trace-context-2/

import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from "@opentelemetry/api";
import { isSuppressed, SPAN_KEY, spanOf } from "../context/context.ts";
import { isValidIdentity, spanFromContext } from "../trace/trace.ts";
import { readHeader } from "./carrier.ts";
import { W3CTraceState } from "./trace-state.ts";

const TRACEPARENT = "traceparent";
const TRACESTATE = "tracestate";
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const OUTER_SPACE = /^[ \t]+|[ \t]+$/g;
const KNOWN_FLAGS = 0x03;

export class TraceContextPropagator implements TextMapPropagator {
  inject<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
    const spanContext = spanOf(context)?.spanContext();
    if (isSuppressed(context) || !isValidIdentity(spanContext)) return;
    const { traceId, spanId, traceFlags, traceState } = spanContext;
    setter.set(carrier, TRACEPARENT, `00-${traceId}-${spanId}-0${traceFlags & KNOWN_FLAGS}`);
    const state = traceState?.serialize() ?? "";
    if (state !== "") setter.set(carrier, TRACESTATE, state);
  }

  extract<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
    const parents = readHeader(carrier, TRACEPARENT, getter);
    if (parents.length !== 1) return context;
    const parsed = parseTraceparent(parents[0]!);
    if (parsed === undefined) return context;
    const traceState = W3CTraceState.parse(readHeader(carrier, TRACESTATE, getter).join(","));
    const span = spanFromContext({
      ...parsed,
      isRemote: true,
      ...(traceState === undefined ? {} : { traceState }),
    });
    return span === undefined ? context : context.setValue(SPAN_KEY, span);
  }

  fields(): string[] {
    return [TRACEPARENT, TRACESTATE];
  }
}

/** Undefined for what is no traceparent. */
export function parseTraceparent(
  header: string,
): { traceId: string; spanId: string; traceFlags: number } | undefined {
  const match = FORM.exec(header.replaceAll(OUTER_SPACE, ""));
  if (match === null) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", rest] = match;
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & KNOWN_FLAGS };
}
