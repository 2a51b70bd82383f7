// non-recording-span.ts — a span that only has an identity: of a trace that the sampler did not want, of a
// remote parent, or of nothing at all. Every write is ignored.

import { INVALID_SPAN_CONTEXT } from "@opentelemetry/api";
import type { Span, SpanContext, TraceState } from "@opentelemetry/api";
import { disposeKey } from "./dispose.ts";
import { hexOfSpanId, hexOfTraceId, isValidIdentity, wordOfHex } from "./ids.ts";

/** A span's place in the world, with ids as signed words. All 0 is the invalid one. */
export interface SpanIdentity {
  readonly traceId0: number;
  readonly traceId1: number;
  readonly traceId2: number;
  readonly traceId3: number;
  readonly spanId0: number;
  readonly spanId1: number;
  readonly traceFlags: number;
  readonly traceState: TraceState | undefined;
  readonly isRemote: boolean;
}

export class NonRecordingSpan implements Span, Disposable, SpanIdentity {
  // hot: words are copied into children, and fields are only declared, as in span.ts; see bench/trace.
  declare readonly traceId0: number;
  declare readonly traceId1: number;
  declare readonly traceId2: number;
  declare readonly traceId3: number;
  declare readonly spanId0: number;
  declare readonly spanId1: number;
  declare readonly traceFlags: number;
  declare readonly traceState: TraceState | undefined;
  declare readonly isRemote: boolean;
  declare madeContext: SpanContext | undefined;

  constructor(identity: SpanIdentity, spanContext?: SpanContext) {
    this.traceId0 = identity.traceId0;
    this.traceId1 = identity.traceId1;
    this.traceId2 = identity.traceId2;
    this.traceId3 = identity.traceId3;
    this.spanId0 = identity.spanId0;
    this.spanId1 = identity.spanId1;
    this.traceFlags = identity.traceFlags;
    this.traceState = identity.traceState;
    this.isRemote = identity.isRemote;
    this.madeContext = spanContext;
  }

  spanContext(): SpanContext {
    return (this.madeContext ??= spanContextOf(this));
  }

  isRecording(): boolean {
    return false;
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  end(): void {}

  recordException(): void {}

  [disposeKey](): void {}
}

/** What `startSpan` returns where nothing is recorded: not started, disabled, or suppressed outside a trace. */
export const INVALID_SPAN: NonRecordingSpan = new NonRecordingSpan(
  {
    traceId0: 0,
    traceId1: 0,
    traceId2: 0,
    traceId3: 0,
    spanId0: 0,
    spanId1: 0,
    traceFlags: 0,
    traceState: undefined,
    isRemote: false,
  },
  INVALID_SPAN_CONTEXT,
);

/** The api's form of an identity. */
export function spanContextOf(identity: SpanIdentity): SpanContext {
  const { traceId0, traceId1, traceId2, traceId3, spanId0, spanId1 } = identity;
  const spanContext: SpanContext = {
    traceId: hexOfTraceId(traceId0, traceId1, traceId2, traceId3),
    spanId: hexOfSpanId(spanId0, spanId1),
    traceFlags: identity.traceFlags,
  };
  if (identity.isRemote) spanContext.isRemote = true;
  if (identity.traceState !== undefined) spanContext.traceState = identity.traceState;
  return spanContext;
}

/** A span for a context that came from elsewhere; undefined when its ids are invalid. */
export function spanFromContext(spanContext: SpanContext): NonRecordingSpan | undefined {
  if (!isValidIdentity(spanContext)) return undefined;
  const { traceId, spanId, traceFlags, traceState, isRemote } = spanContext;
  return new NonRecordingSpan(
    {
      traceId0: wordOfHex(traceId, 0),
      traceId1: wordOfHex(traceId, 8),
      traceId2: wordOfHex(traceId, 16),
      traceId3: wordOfHex(traceId, 24),
      spanId0: wordOfHex(spanId, 0),
      spanId1: wordOfHex(spanId, 8),
      traceFlags: traceFlags & 0xff,
      traceState,
      isRemote: isRemote === true,
    },
    spanContext,
  );
}
