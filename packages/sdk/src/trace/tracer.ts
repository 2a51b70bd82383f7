// tracer.ts — starts spans of one instrumentation scope and keeps the bytes of those that ended.

import { SpanKind } from "@opentelemetry/api";
import type { Context, Span, SpanOptions, Tracer as ApiTracer } from "@opentelemetry/api";
import { encodeSpan, encodeSpanAs, resumeSpan } from "@telemetry/otlp/encode";
import type { ProtobufWriter } from "@telemetry/otlp/encode";
import {
  activeContext,
  baggageOf,
  isSuppressed,
  runInContext,
  SPAN_KEY,
  spanOf,
} from "../context/context.ts";
import type { ScopeBuffer } from "../export/export.ts";
import type { InstrumentationScope } from "../foreign/foreign.ts";
import { randomWord } from "./ids.ts";
import { INVALID_SPAN, NonRecordingSpan, spanFromContext } from "./non-recording-span.ts";
import type { SpanIdentity } from "./non-recording-span.ts";
import { RecordingSpan } from "./span.ts";
import type { TraceCore } from "./trace-core.ts";

const NO_OPTIONS: SpanOptions = {};
const FLAG_SAMPLED = 1;

/** Every span that we make ourselves. */
export type OwnSpan = RecordingSpan | NonRecordingSpan;

export class Tracer implements ApiTracer {
  // hot: a public field, read by every span; see bench/trace.
  core: TraceCore;
  readonly scope: InstrumentationScope;
  /** Undefined where spans are recorded for processors only. */
  #buffer: ScopeBuffer | undefined;

  constructor(core: TraceCore, scope: InstrumentationScope, buffer: ScopeBuffer | undefined) {
    this.core = core;
    this.scope = scope;
    this.#buffer = buffer;
  }

  /** Records to another core from now on. */
  connect(core: TraceCore, buffer: ScopeBuffer | undefined): void {
    this.core = core;
    this.#buffer = buffer;
  }

  /** Whether anybody would see a span that is started now. */
  enabled(): boolean {
    return !this.core.isStopped && !isSuppressed(activeContext());
  }

  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    const at = context ?? activeContext();
    const parent = options?.root === true ? undefined : spanOf(at);
    return this.start(name, options ?? NO_OPTIONS, parent, at);
  }

  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F> {
    const fn = rest.at(-1) as F;
    const options = rest.length > 1 ? (rest[0] as SpanOptions | undefined) : undefined;
    const context =
      (rest.length > 2 ? (rest[1] as Context | undefined) : undefined) ?? activeContext();
    const span = this.startSpan(name, options, context);
    return runInContext(context.setValue(SPAN_KEY, span), () => fn(span)) as ReturnType<F>;
  }

  /** Starts a span below `parent`, undefined for a new trace. `context` is for samplers and processors. */
  start(name: string, options: SpanOptions, parent: Span | undefined, context: Context): OwnSpan {
    const identity = parent === undefined ? undefined : identityOf(parent);
    const { core } = this;
    if (core.isStopped || isSuppressed(context)) return this.#notRecorded(parent, identity);
    try {
      if (
        identity !== undefined &&
        (identity.traceFlags & FLAG_SAMPLED) === 0 &&
        (core.sampling.followsParent || (core.sampling.ignoresSome && !identity.isRemote))
      ) {
        return unsampledChild(identity);
      }
      return this.#record(name, options, identity, context);
    } catch (error) {
      core.misuse("span.start_failed", `Cannot start a span: ${String(error)}`);
      return this.#notRecorded(parent, identity);
    }
  }

  /** Whether ended spans become bytes. */
  get isExporting(): boolean {
    return this.#buffer !== undefined;
  }

  /** Encodes an ended span. hot: see bench/trace. */
  export(span: RecordingSpan): void {
    const buffer = this.#buffer;
    if (buffer === undefined || !buffer.begin()) return;
    try {
      encodeSpan(buffer.writer, span, this.core.keys);
      buffer.commit();
    } catch {
      buffer.discard();
      this.core.lose("span.encode_failed");
    }
  }

  /** Encodes an ended span with another tracestate than its own. */
  exportAs(span: RecordingSpan, traceState: string): void {
    this.#write((writer) => encodeSpanAs(writer, span, traceState, this.core.keys));
  }

  /** Takes a span that was encoded without tracestate. */
  exportBytes(encoded: Uint8Array, traceState: string): void {
    this.#write((writer) => resumeSpan(writer, encoded, traceState));
  }

  #write(encode: (writer: ProtobufWriter) => void): void {
    const buffer = this.#buffer;
    if (buffer === undefined || !buffer.begin()) return;
    try {
      encode(buffer.writer);
      buffer.commit();
    } catch {
      buffer.discard();
      this.core.lose("span.encode_failed");
    }
  }

  #record(
    name: string,
    options: SpanOptions,
    parent: SpanIdentity | undefined,
    context: Context,
  ): OwnSpan {
    const { core } = this;
    const given = options.startTime === undefined ? undefined : core.instantOf(options.startTime);
    const nowMs = core.clock.now();
    const clockAnchor =
      parent instanceof RecordingSpan ? parent.clockAnchor : core.clock.anchorAt(nowMs);
    const span = new RecordingSpan(
      this,
      typeof name === "string" && name !== "" ? name : core.checkedName(name),
      options.kind === undefined ? SpanKind.INTERNAL : core.checkedKind(options.kind),
      parent,
      given === undefined ? clockAnchor : given.anchor,
      given === undefined ? nowMs : given.ms,
      clockAnchor,
    );
    if (!core.asksNobody) {
      const { followsParent, ignoresSome } = core.sampling;
      const isDecided = parent !== undefined && followsParent && !(ignoresSome && parent.isRemote);
      const sampled = core.sample(
        span,
        parent,
        isDecided ? context : contextBelow(parent, context),
        options.attributes,
        options.links,
        isDecided,
      );
      if (sampled !== span) return sampled;
    }
    if (core.baggageKeys !== undefined) copyBaggage(span, context, core.baggageKeys);
    if (options.attributes !== undefined) span.setAttributes(options.attributes);
    if (options.links !== undefined) span.addLinks(options.links);
    core.begin(span, parent, context);
    return span;
  }

  #notRecorded(parent: Span | undefined, identity: SpanIdentity | undefined): OwnSpan {
    if (identity === undefined) return INVALID_SPAN;
    return parent instanceof NonRecordingSpan ? parent : new NonRecordingSpan(identity);
  }
}

function copyBaggage(span: RecordingSpan, context: Context, keys: readonly string[]): void {
  const baggage = baggageOf(context);
  for (const key of keys) {
    const value = baggage?.getEntry(key)?.value;
    if (value !== undefined) span.setAttribute(key, value);
  }
}

/** Our own spans are valid by construction; only a foreign one is looked at. */
export function identityOf(span: Span): SpanIdentity | undefined {
  if (span instanceof RecordingSpan) return span;
  if (span instanceof NonRecordingSpan) return span === INVALID_SPAN ? undefined : span;
  return spanFromContext(span.spanContext());
}

/** A sampler finds the parent in the context, also one that was passed by hand, and no parent of a root. */
function contextBelow(parent: SpanIdentity | undefined, context: Context): Context {
  if (spanOf(context) === parent) return context;
  if (parent instanceof RecordingSpan || parent instanceof NonRecordingSpan) {
    return context.setValue(SPAN_KEY, parent);
  }
  return context.deleteValue(SPAN_KEY);
}

function unsampledChild(parent: SpanIdentity): NonRecordingSpan {
  return new NonRecordingSpan({
    traceId0: parent.traceId0,
    traceId1: parent.traceId1,
    traceId2: parent.traceId2,
    traceId3: parent.traceId3,
    spanId0: randomWord(),
    spanId1: randomWord(),
    traceFlags: parent.traceFlags,
    traceState: parent.traceState,
    isRemote: false,
  });
}
