// tail-sampler.ts — `sample: { errors: 1, slowMs: 500, rest: 0.05 }`: keeps traces for what happened in them.
//
//   end ─▶ encode ─▶ held by trace ──┬─▶ the entry has ended ─▶ decide ─▶ kept: the scope's bytes, as without this
//                                    │                                └─▶ dropped, and counted
//                                    └─▶ 8 MiB or 30 s: decide by what is known, and count
//
// Every trace has one random value, the same in all services (probability.ts), and what happens in it chooses the
// threshold that this must reach: that of `rest`, a lower one after an error, the lowest when it was slow. So two
// services with the same numbers agree, and a trace is kept with a probability that depends on nothing but what
// happened in it. That probability is written into the tracestate of every span that is kept, so that counts and rates
// stay right: docs/adr/008-tail-rules.md has the argument.
//
// While a trace is open its sampled flag is 1 and its tracestate says nothing new: the next service must not drop what
// we may keep, and what it records, it records for every trace.

import { SpanStatusCode } from "@opentelemetry/api";
import type { TraceState } from "@opentelemetry/api";
import { encodeSpanAs, ProtobufWriter } from "@telemetry/otlp/encode";
import { durationOf } from "../../clock/clock.ts";
import { EVERY_TRACE, isAtLeast, randomOf, thresholdIn, withThreshold } from "../probability.ts";
import type { Threshold } from "../probability.ts";
import type { SpanIdentity } from "../non-recording-span.ts";
import type { SpanProcessors } from "../processors.ts";
import { keptSpan } from "../readable-span.ts";
import { RecordingSpan } from "../span.ts";
import { HeldBytes } from "./held-bytes.ts";
import { LocalTrace } from "./local-trace.ts";
import type { HeldSpan } from "./local-trace.ts";
import type { TailRules } from "./rules.ts";

export interface TailLimits {
  /** Memory for the bytes of spans whose traces are open. */
  readonly sizeBytesMax: number;
  /** How long a trace may stay open. */
  readonly heldSecondsMax: number;
  /** Traces that are open at once. */
  readonly tracesMax: number;
  /** Spans that are held as objects, for exporters of OpenTelemetry JS. */
  readonly objectsMax: number;
}

export interface TailSamplerOptions {
  readonly rules: TailRules;
  /** Exporters that were written for OpenTelemetry JS: they get what is kept. */
  readonly exporters: SpanProcessors | undefined;
  readonly limits?: Partial<TailLimits>;
  /** Counts a loss. */
  readonly onLoss: (counter: string, by?: number) => void;
}

/** Why a trace was decided before its end. */
type Haste = "bytes" | "time" | "traces" | "shutdown";

const LIMITS: TailLimits = {
  sizeBytesMax: 8 * 1_048_576,
  heldSecondsMax: 30,
  tracesMax: 10_000,
  objectsMax: 8_192,
};
const SECOND_MS = 1_000;
/** When memory is full so much of it is freed at once, so that the oldest trace is not searched for each span. */
const FREED_SHARE = 1 / 8;
/** Traces that were kept for an error or for being slow, for entries that come after the decision. */
const REMEMBERED_MAX = 10_000;
const REMEMBERED_SECONDS = 30;
/** One very large span must not keep its room for ever. */
const SCRATCH_SIZE_BYTES_MAX = 262_144;

export class TailSampler {
  readonly exporters: SpanProcessors | undefined;
  readonly #rules: TailRules;
  readonly #limits: TailLimits;
  readonly #onLoss: (counter: string, by?: number) => void;
  readonly #bytes: HeldBytes;
  /** By trace id, the oldest first. */
  readonly #open = new Map<string, LocalTrace>();
  readonly #remembered = new Map<string, { threshold: Threshold; second: number }>();
  readonly #statesOfRoots = new Map<Threshold, TraceState>();
  /** The spans of one trace mostly have one tracestate. */
  #lastState: { trace: LocalTrace; given: TraceState; weighted: TraceState } | undefined;
  #scratch = new ProtobufWriter();
  #heldCount = 0;
  #droppedCount = 0;
  /** Seconds in which something was open. */
  #second = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TailSamplerOptions) {
    this.exporters = options.exporters;
    this.#rules = options.rules;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#onLoss = options.onLoss;
    this.#bytes = new HeldBytes(this.#limits.sizeBytesMax);
  }

  /** Takes a span that starts into the trace of its parent, or as a new entry. */
  enter(span: RecordingSpan, parent: SpanIdentity | undefined): void {
    const trace = parent instanceof RecordingSpan ? parent.localTrace : undefined;
    span.isEntry = trace === undefined;
    span.localTrace = trace ?? this.#enterTrace(span);
  }

  /** Takes a span that has ended: it is sent, dropped, or held until its trace is decided. */
  end(span: RecordingSpan): void {
    if (span.localTrace === undefined) this.enter(span, undefined); // it began before this sampler
    const trace = span.localTrace!;
    const wasOpen = trace.isOpen;
    if (wasOpen) {
      this.#judge(trace, span);
      if (trace.isCertain) this.#decide(trace);
      else if (this.#hold(trace, span)) return;
    }
    this.#follow(trace, span, wasOpen ? trace.reason : "late");
  }

  /** Decides every open trace by what is known of it: nothing more will come. */
  decideAll(): void {
    for (const trace of this.#open.values()) this.#decideEarly(trace, "shutdown");
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  status(): { held: number; heldBytes: number; undecidedTraces: number; sampledOut: number } {
    return {
      held: this.#heldCount,
      heldBytes: this.#bytes.sizeBytes,
      undecidedTraces: this.#open.size,
      sampledOut: this.#droppedCount,
    };
  }

  // ---- the rules

  /** What this span's end says about its trace. */
  #judge(trace: LocalTrace, span: RecordingSpan): void {
    if (span.statusCode === SpanStatusCode.ERROR) trace.meet(this.#rules.errors);
    if (!span.isEntry) return;
    trace.openEntries--;
    if (lastedMs(span) >= this.#rules.slowMs) trace.meet(EVERY_TRACE);
  }

  /** Without waiting for the end. An entry that is open and slow already is as slow as any. */
  #decideEarly(trace: LocalTrace, haste: Haste): void {
    const { entry } = trace;
    if (entry !== undefined && !entry.ended) {
      const { clock } = entry.tracer.core;
      const now = { anchor: entry.clockAnchor, ms: clock.now() };
      const [seconds, ns] = durationOf({ anchor: entry.startAnchor, ms: entry.startMs }, now);
      if (seconds * 1e3 + ns / 1e6 >= this.#rules.slowMs) trace.meet(EVERY_TRACE);
    }
    if (trace.isCertain) this.#decide(trace);
    else {
      this.#onLoss(`sample.decided_early.${haste}`);
      this.#decide(trace, "early");
    }
  }

  /** `reason` is for the counter of what is dropped. */
  #decide(
    trace: LocalTrace,
    reason = trace.threshold === this.#rules.rest ? "rest" : "errors",
  ): void {
    this.#open.delete(trace.traceId);
    const held = trace.decide(reason);
    this.#heldCount -= held.length;
    if (trace.state === "kept") {
      for (const one of held) this.#send(trace, one);
      if (trace.threshold !== this.#rules.rest) this.#remember(trace);
    } else if (held.length > 0) {
      this.#drop(held.length, reason);
    }
    for (const { record } of held) if (record !== undefined) this.#bytes.release(record);
  }

  #drop(count: number, reason: string): void {
    this.#droppedCount += count;
    this.#onLoss(`sample.dropped.${reason}`, count);
  }

  // ---- traces

  #enterTrace(span: RecordingSpan): LocalTrace {
    const { traceId } = span.spanContext();
    const open = this.#open.get(traceId);
    if (open !== undefined) {
      open.openEntries++;
      return open;
    }
    if (this.#open.size >= this.#limits.tracesMax) {
      for (const oldest of this.#open.values()) {
        this.#decideEarly(oldest, "traces");
        break;
      }
    }
    const threshold = this.#remembered.get(traceId)?.threshold ?? this.#rules.rest;
    const random = randomOf(span.traceId2, span.traceId3, span.traceState);
    const trace = new LocalTrace(span, random, threshold, this.#second);
    this.#open.set(traceId, trace);
    this.#arm();
    return trace;
  }

  /** What was kept for its own sake is kept whole: an entry that comes later begins with that. */
  #remember({ traceId, threshold }: LocalTrace): void {
    if (this.#remembered.size >= REMEMBERED_MAX) {
      for (const oldest of this.#remembered.keys()) {
        this.#remembered.delete(oldest);
        break;
      }
    }
    this.#remembered.delete(traceId);
    this.#remembered.set(traceId, { threshold, second: this.#second });
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      try {
        this.#tick();
      } catch {
        this.#onLoss("sample.failed"); // nothing above a timer would catch it
      }
    }, SECOND_MS);
    this.#timer.unref();
  }

  #tick(): void {
    this.#second++;
    for (const trace of this.#open.values()) {
      if (this.#second - trace.second < this.#limits.heldSecondsMax) break;
      this.#decideEarly(trace, "time");
    }
    for (const [traceId, { second }] of this.#remembered) {
      if (this.#second - second < REMEMBERED_SECONDS) break;
      this.#remembered.delete(traceId);
    }
    if (this.#open.size + this.#remembered.size > 0) this.#arm();
  }

  // ---- spans

  /** Whether the span is held; not when the trace had to be decided for it. */
  #hold(trace: LocalTrace, span: RecordingSpan): boolean {
    if (this.exporters !== undefined && this.#heldCount >= this.#limits.objectsMax) {
      this.#makeRoom();
    }
    const sizeBytes = span.tracer.isExporting ? this.#encode(span) : 0;
    let record = sizeBytes === 0 ? undefined : this.#bytes.put(this.#scratch.buffer, sizeBytes);
    if (sizeBytes > 0 && record === undefined) {
      this.#makeRoom();
      record = this.#bytes.put(this.#scratch.buffer, sizeBytes);
      if (record === undefined && trace.isOpen) this.#decideEarly(trace, "bytes");
    }
    if (!trace.isOpen) {
      if (record !== undefined) this.#bytes.release(record);
      return false;
    }
    const { tracer, traceState } = span;
    trace.held.push({
      tracer,
      traceState,
      record,
      span: this.exporters === undefined ? undefined : span,
    });
    this.#heldCount++;
    return true;
  }

  /** Decides the oldest traces that hold something. */
  #makeRoom(): void {
    const { sizeBytesMax, objectsMax } = this.#limits;
    for (const trace of this.#open.values()) {
      const isEnough =
        this.#bytes.sizeBytes <= sizeBytesMax * (1 - FREED_SHARE) &&
        (this.exporters === undefined || this.#heldCount <= objectsMax * (1 - FREED_SHARE));
      if (isEnough) return;
      if (trace.held.length > 0) this.#decideEarly(trace, "bytes");
    }
  }

  /** Writes the span to the scratch, without its tracestate: that depends on the decision. Returns its size. */
  #encode(span: RecordingSpan): number {
    if (this.#scratch.buffer.length > SCRATCH_SIZE_BYTES_MAX) this.#scratch = new ProtobufWriter();
    this.#scratch.beginRecord();
    try {
      encodeSpanAs(this.#scratch, span, "", span.tracer.core.keys);
      return this.#scratch.sizeBytes;
    } catch {
      this.#onLoss("span.encode_failed");
      return 0;
    } finally {
      this.#scratch.discardRecord();
    }
  }

  /** A span of a trace that is decided. */
  #follow(trace: LocalTrace, span: RecordingSpan, reason: string): void {
    if (trace.state === "dropped") {
      this.#drop(1, reason);
      return;
    }
    const state = this.#stateOf(trace, span.traceState);
    span.tracer.exportAs(span, span.tracer.core.textOf(state));
    this.exporters?.onEnd(keptSpan(span, state));
  }

  #send(trace: LocalTrace, { tracer, traceState, record, span }: HeldSpan): void {
    const state = this.#stateOf(trace, traceState);
    if (record !== undefined) {
      const { segment, start, end } = record;
      tracer.exportBytes(segment.bytes.subarray(start, end), tracer.core.textOf(state));
    }
    if (span !== undefined) this.exporters?.onEnd(keptSpan(span, state));
  }

  /** A span's tracestate with the probability with which it was kept, here and before it came here. */
  #stateOf(trace: LocalTrace, state: TraceState | undefined): TraceState {
    if (state === undefined) return this.#stateOfRoots(trace.threshold);
    const last = this.#lastState;
    if (last?.trace === trace && last.given === state) return last.weighted;
    let weighted: TraceState;
    try {
      const before = thresholdIn(state, trace.random);
      const isKnown = before !== undefined && isAtLeast(before, trace.threshold);
      weighted = isKnown ? state : withThreshold(state, trace.threshold);
    } catch {
      weighted = this.#stateOfRoots(trace.threshold); // a tracestate of somebody's own making
    }
    this.#lastState = { trace, given: state, weighted };
    return weighted;
  }

  /** Where nothing came in, three different ones are enough for all traces. */
  #stateOfRoots(threshold: Threshold): TraceState {
    let state = this.#statesOfRoots.get(threshold);
    if (state === undefined) {
      state = withThreshold(undefined, threshold);
      this.#statesOfRoots.set(threshold, state);
    }
    return state;
  }
}

function lastedMs({ startAnchor, startMs, endAnchor, endMs }: RecordingSpan): number {
  if (startAnchor === endAnchor) return endMs - startMs;
  const [seconds, ns] = durationOf(
    { anchor: startAnchor, ms: startMs },
    { anchor: endAnchor, ms: endMs },
  );
  return seconds * 1e3 + ns / 1e6;
}
