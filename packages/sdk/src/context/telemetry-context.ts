// telemetry-context.ts — the immutable bag that travels with a call: which span is current, the baggage, and
// whether tracing is off.
//
// The three well-known values are fields, because every span reads them; whatever else somebody puts in
// lives in a small map. The api's keys are `Symbol.for` symbols, so contexts of other copies of the api
// and of other SDKs understand ours, and we theirs.

import { createContextKey } from "@opentelemetry/api";
import type { Baggage, Context, Span } from "@opentelemetry/api";

export const SPAN_KEY = createContextKey("OpenTelemetry Context Key SPAN");
export const BAGGAGE_KEY = createContextKey("OpenTelemetry Baggage Key");
/** The key of `@opentelemetry/core`: instrumentations of others look at it. */
export const SUPPRESS_KEY = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

export class TelemetryContext implements Context {
  // hot: public fields that are only declared, made and read at each span's start; see bench/trace.
  declare readonly span: Span | undefined;
  declare readonly baggage: Baggage | undefined;
  declare readonly suppressed: boolean;
  declare readonly others: ReadonlyMap<symbol, unknown> | undefined;

  constructor(
    span: Span | undefined,
    baggage: Baggage | undefined,
    suppressed: boolean,
    others: ReadonlyMap<symbol, unknown> | undefined,
  ) {
    this.span = span;
    this.baggage = baggage;
    this.suppressed = suppressed;
    this.others = others;
  }

  getValue(key: symbol): unknown {
    if (key === SPAN_KEY) return this.span;
    if (key === BAGGAGE_KEY) return this.baggage;
    if (key === SUPPRESS_KEY) return this.suppressed ? true : undefined;
    return this.others?.get(key);
  }

  setValue(key: symbol, value: unknown): TelemetryContext {
    if (key === SPAN_KEY) return this.withSpan(value as Span | undefined);
    if (key === BAGGAGE_KEY) {
      return new TelemetryContext(
        this.span,
        value as Baggage | undefined,
        this.suppressed,
        this.others,
      );
    }
    if (key === SUPPRESS_KEY) {
      return new TelemetryContext(this.span, this.baggage, value === true, this.others);
    }
    const others = new Map(this.others).set(key, value);
    return new TelemetryContext(this.span, this.baggage, this.suppressed, others);
  }

  deleteValue(key: symbol): TelemetryContext {
    if (key === SPAN_KEY || key === BAGGAGE_KEY || key === SUPPRESS_KEY) {
      return this.setValue(key, undefined);
    }
    const others = new Map(this.others);
    others.delete(key);
    return new TelemetryContext(this.span, this.baggage, this.suppressed, others);
  }

  /** This context with another current span. */
  withSpan(span: Span | undefined): TelemetryContext {
    return new TelemetryContext(span, this.baggage, this.suppressed, this.others);
  }
}

/** The context outside of everything. */
export const ROOT: TelemetryContext = new TelemetryContext(undefined, undefined, false, undefined);

export function spanOf(context: Context): Span | undefined {
  if (context instanceof TelemetryContext) return context.span;
  return context.getValue(SPAN_KEY) as Span | undefined;
}

export function baggageOf(context: Context): Baggage | undefined {
  if (context instanceof TelemetryContext) return context.baggage;
  return context.getValue(BAGGAGE_KEY) as Baggage | undefined;
}

export function isSuppressed(context: Context): boolean {
  if (context instanceof TelemetryContext) return context.suppressed;
  return context.getValue(SUPPRESS_KEY) === true;
}
