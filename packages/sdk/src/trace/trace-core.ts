// trace-core.ts — what all tracers of a provider share, and the two moments where a span meets it: start and end.
//
// The order at the end of a span: limits ─▶ `onEnding` of all processors ─▶ freeze ─▶ `onEnd` of all ─▶ encode. With
// rules for whole traces (tail/) what was encoded waits for the rest of its trace.

import { SpanKind } from "@opentelemetry/api";
import type { Attributes, Context, Link, TimeInput, TraceState } from "@opentelemetry/api";
import type { KeyTable } from "@telemetry/otlp/encode";
import type { AttributeLoss, ValueLimits } from "../attributes/attributes.ts";
import { instantFrom, isBefore } from "../clock/clock.ts";
import type { Clock, Instant } from "../clock/clock.ts";
import type { IdGenerator } from "../foreign/foreign.ts";
import type { SpanLimits } from "../options/options.ts";
import type { Resource } from "../resource/resource.ts";
import { isSpanIdHex, isTraceIdHex, wordOfHex } from "./ids.ts";
import { NonRecordingSpan } from "./non-recording-span.ts";
import type { SpanIdentity } from "./non-recording-span.ts";
import { OpenSpans } from "./open-spans.ts";
import type { SpanProcessors } from "./processors.ts";
import { adoptViews, makeEnumerable } from "./readable-span.ts";
import type { SamplingPolicy } from "./sampling.ts";
import type { RecordingSpan } from "./span.ts";
import type { TailSampler } from "./tail/tail.ts";

export interface TraceCoreOptions {
  readonly clock: Clock;
  readonly keys: KeyTable;
  readonly resource: Resource;
  readonly spanLimits: SpanLimits;
  readonly valueHook: ValueLimits["hook"];
  readonly sampling: SamplingPolicy;
  readonly idGenerator: IdGenerator | undefined;
  readonly randomFlag: boolean;
  /** Names in the baggage whose values every span gets. */
  readonly baggageKeys: readonly string[];
  /** Counts a loss. */
  readonly onLoss: (counter: string) => void;
  /** Says a misuse of the api once, and counts it. */
  readonly misuse: (counter: string, sentence: string) => void;
}

const FLAG_SAMPLED = 1;
const FLAG_RANDOM = 2;
const NAME_LENGTH_MAX = 4_096;
const KINDS: readonly SpanKind[] = [
  SpanKind.INTERNAL,
  SpanKind.SERVER,
  SpanKind.CLIENT,
  SpanKind.PRODUCER,
  SpanKind.CONSUMER,
];
/** A span without a name still says where it came from. */
const DEFAULT_NAME = "unnamed";

export class TraceCore {
  // hot: public fields, read by every span; see bench/trace.
  readonly clock: Clock;
  readonly keys: KeyTable;
  readonly resource: Resource;
  readonly spanLimits: SpanLimits;
  readonly valueLimits: ValueLimits;
  readonly sampling: SamplingPolicy;
  readonly rootFlags: number;
  /** Undefined for none. */
  readonly baggageKeys: readonly string[] | undefined;
  /** Whether the ordinary answer to a new span, "record it", needs no question. */
  readonly asksNobody: boolean;
  /** Whether a short string, a number or a boolean is recorded as it is. */
  readonly takesPlainValues: boolean;
  readonly openSpans = new OpenSpans<RecordingSpan>();
  readonly misuse: (counter: string, sentence: string) => void;
  processors: SpanProcessors | undefined;
  /** Only where option `sample` waits for what happens in a trace. */
  tail: TailSampler | undefined;
  isStopped = false;
  startedCount = 0;
  readonly #idGenerator: IdGenerator | undefined;
  readonly #onLoss: (counter: string) => void;
  readonly #traceStateTexts = new WeakMap<TraceState, string>();

  constructor(options: TraceCoreOptions) {
    this.clock = options.clock;
    this.keys = options.keys;
    this.resource = options.resource;
    this.spanLimits = options.spanLimits;
    this.sampling = options.sampling;
    this.misuse = options.misuse;
    this.rootFlags = FLAG_SAMPLED | (options.randomFlag && !options.idGenerator ? FLAG_RANDOM : 0);
    this.baggageKeys = options.baggageKeys.length === 0 ? undefined : options.baggageKeys;
    this.#idGenerator = options.idGenerator;
    this.#onLoss = options.onLoss;
    this.takesPlainValues = options.valueHook === undefined;
    this.asksNobody =
      options.sampling.recordsRoots &&
      options.sampling.followsParent &&
      options.idGenerator === undefined;
    this.valueLimits = {
      keys: options.keys,
      valueLengthMax: options.spanLimits.attributeValueLength,
      hook: options.valueHook,
      onLoss: (loss: AttributeLoss) => options.onLoss(loss),
    };
  }

  /**
   * Asks the sampler about a new span; returns it, or what stands for it when it is not wanted.
   * `isDecided`: its parent is recorded and decides.
   */
  sample(
    span: RecordingSpan,
    parent: SpanIdentity | undefined,
    context: Context,
    attributes: Attributes | undefined,
    links: Link[] | undefined,
    isDecided: boolean,
  ): RecordingSpan | NonRecordingSpan {
    if (this.#idGenerator !== undefined) {
      this.#generateIds(span, parent === undefined, this.#idGenerator);
    }
    if (isDecided) return span;
    const answer = this.sampling.decide({
      context,
      traceId0: span.traceId0,
      traceId1: span.traceId1,
      traceId2: span.traceId2,
      traceId3: span.traceId3,
      name: span.name,
      kind: span.kind,
      attributes: attributes ?? {},
      links: links ?? [],
      traceState: parent?.traceState,
      isChild: parent !== undefined,
      isLocalRoot: parent === undefined || parent.isRemote,
    });
    span.traceFlags = answer.isSampled
      ? span.traceFlags | FLAG_SAMPLED
      : span.traceFlags & ~FLAG_SAMPLED;
    if (answer.traceState !== undefined) span.traceState = answer.traceState;
    if (!answer.isRecording) return new NonRecordingSpan(span);
    if (answer.attributes !== undefined) span.setAttributes(answer.attributes);
    return span;
  }

  /** Takes a span that is complete at its start. */
  begin(span: RecordingSpan, parent: SpanIdentity | undefined, context: Context): void {
    this.startedCount++;
    this.openSpans.add(span);
    if (this.tail !== undefined) this.tail.enter(span, parent);
    if (this.processors === undefined) return;
    makeEnumerable(span);
    this.processors.onStart(span, context);
  }

  /** Ends a span and hands it on. hot: see bench/trace. */
  finish(span: RecordingSpan, endTime: TimeInput | undefined): void {
    const given = endTime === undefined ? undefined : this.instantOf(endTime);
    if (given === undefined) {
      span.endMs = this.clock.now();
    } else {
      span.endAnchor = given.anchor;
      span.endMs = given.ms;
    }
    if (isBefore(span.endAnchor, span.endMs, span.startAnchor, span.startMs)) {
      this.misuse(
        "span.negative_duration",
        `Cannot end span "${span.name}" before its start: it gets no duration`,
      );
      span.endAnchor = span.startAnchor;
      span.endMs = span.startMs;
    }
    this.processors?.onEnding(span);
    span.ended = true;
    this.openSpans.remove(span);
    this.processors?.onEnd(span);
    if ((span.traceFlags & FLAG_SAMPLED) === 0) return;
    if (span.views !== null) adoptViews(span, span.views);
    if (this.tail === undefined) span.tracer.export(span);
    else this.tail.end(span);
  }

  /** The time that an app gave, or undefined for now; a time that is none counts as now. */
  instantOf(time: TimeInput | undefined): Instant | undefined {
    if (time === undefined) return undefined;
    const instant = instantFrom(time);
    if (instant === undefined) {
      this.misuse(
        "time.invalid",
        "Cannot use a time: it is neither a Date, epoch milliseconds nor [seconds, nanoseconds]; now is taken",
      );
    }
    return instant;
  }

  /** A name that can be recorded. */
  checkedName(name: unknown): string {
    if (typeof name === "string" && name !== "") {
      return name.length <= NAME_LENGTH_MAX ? name : name.slice(0, NAME_LENGTH_MAX);
    }
    this.misuse("name.invalid", `Cannot use an empty name: "${DEFAULT_NAME}" is taken`);
    return DEFAULT_NAME;
  }

  checkedKind(kind: unknown): SpanKind {
    return KINDS.find((known) => known === kind) ?? SpanKind.INTERNAL;
  }

  lose(counter: string): void {
    this.#onLoss(counter);
  }

  /** The header form of a tracestate; the same object travels through a whole trace. */
  textOf(traceState: TraceState): string {
    let text = this.#traceStateTexts.get(traceState);
    if (text === undefined) {
      text = safeText(traceState);
      this.#traceStateTexts.set(traceState, text);
    }
    return text;
  }

  #generateIds(span: RecordingSpan, isRoot: boolean, generator: IdGenerator): void {
    try {
      const spanId = generator.generateSpanId();
      if (!isSpanIdHex(spanId)) throw new TypeError("not 16 hex digits");
      span.spanId0 = wordOfHex(spanId, 0);
      span.spanId1 = wordOfHex(spanId, 8);
      if (!isRoot) return;
      const traceId = generator.generateTraceId();
      if (!isTraceIdHex(traceId)) throw new TypeError("not 32 hex digits");
      span.traceId0 = wordOfHex(traceId, 0);
      span.traceId1 = wordOfHex(traceId, 8);
      span.traceId2 = wordOfHex(traceId, 16);
      span.traceId3 = wordOfHex(traceId, 24);
    } catch (error) {
      this.misuse(
        "id_generator.failed",
        `Cannot use the option idGenerator: ${String(error)}; random ids are taken`,
      );
    }
  }
}

function safeText(traceState: TraceState): string {
  try {
    const text: unknown = traceState.serialize();
    return typeof text === "string" ? text : "";
  } catch {
    return "";
  }
}
