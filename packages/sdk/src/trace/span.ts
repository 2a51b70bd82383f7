// span.ts — a span that is being recorded, as small and flat as possible while the app waits.
//
//   start ─▶ fields and flat arrays ─▶ end ─▶ processors ─▶ encoded into the scope's bytes, and forgotten
//
// Ids are words, attributes are [key, value, key, value, …], and nothing is allocated for what is absent.
// The objects that processors and exporters of OpenTelemetry JS expect (`attributes`, `events`, …) are made
// when somebody reads them, are the same each time, and from then on are what is encoded: a processor
// that removes a secret in `onEnd` is honoured.
//
// No method throws. After `end` every write is ignored and counted.

import { SpanStatusCode } from "@opentelemetry/api";
import type {
  Attributes,
  Exception,
  HrTime,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
  TraceState,
} from "@opentelemetry/api";
import { REDACTED } from "@telemetry/otlp/encode";
import type {
  AnyValue,
  EncodableSpan,
  EncodedKey,
  FlatAttributes,
  TimeAnchor,
} from "@telemetry/otlp/encode";
import {
  copyAttributes,
  forEachAttribute,
  putAttribute,
  valueFor,
} from "../attributes/attributes.ts";
import { durationOf, hrTimeOf } from "../clock/clock.ts";
import type { InstrumentationScope, ReadableSpan, TimedEvent } from "../foreign/foreign.ts";
import type { Resource } from "../resource/resource.ts";
import { disposeKey } from "./dispose.ts";
import { exceptionAttributes, factsOf } from "./exception.ts";
import { randomWord } from "./ids.ts";
import { linkRecordOf } from "./link.ts";
import { spanContextOf } from "./non-recording-span.ts";
import type { SpanIdentity } from "./non-recording-span.ts";
import {
  attributesView,
  defineValue,
  eventView,
  linkView,
  readableSpan,
  SpanViews,
} from "./readable-span.ts";
import type { LocalTrace } from "./tail/tail.ts";
import type { Tracer } from "./tracer.ts";

/** An event as it is kept. */
export interface EventRecord {
  readonly name: string;
  readonly anchor: TimeAnchor;
  readonly ms: number;
  readonly flatAttributes: FlatAttributes | null;
  readonly droppedAttributesCount: number;
}

/** A link as it is kept. */
export interface LinkRecord {
  readonly spanContext: SpanContext;
  readonly traceId: string;
  readonly spanId: string;
  readonly traceStateText: string;
  readonly traceFlags: number;
  readonly isRemote: boolean;
  readonly flatAttributes: FlatAttributes | null;
  readonly droppedAttributesCount: number;
}

export class RecordingSpan implements Span, Disposable, ReadableSpan, EncodableSpan, SpanIdentity {
  // hot: fields are public, for the encoder, and only declared: a class field would be written twice, first as
  // undefined, which costs more than the id; see bench/trace.
  declare readonly tracer: Tracer;
  declare name: string;
  declare readonly kind: SpanKind;
  declare traceId0: number;
  declare traceId1: number;
  declare traceId2: number;
  declare traceId3: number;
  declare spanId0: number;
  declare spanId1: number;
  declare readonly parentId0: number;
  declare readonly parentId1: number;
  declare readonly parentIsRemote: boolean;
  declare traceFlags: number;
  declare traceState: TraceState | undefined;
  declare readonly startAnchor: TimeAnchor;
  declare readonly startMs: number;
  /** Where measured times of this trace count from; another one than `startAnchor` when the start was given. */
  declare readonly clockAnchor: TimeAnchor;
  declare endAnchor: TimeAnchor;
  declare endMs: number;
  declare flatAttributes: FlatAttributes | null;
  declare droppedAttributesCount: number;
  declare eventRecords: EventRecord[] | null;
  declare droppedEventsCount: number;
  declare linkRecords: LinkRecord[] | null;
  declare droppedLinksCount: number;
  declare statusCode: SpanStatusCode;
  declare statusMessage: string;
  declare ended: boolean;
  declare openIndex: number;
  /** The error that the span's status came from: a scope that passes it on does not record it again. */
  declare recordedError: unknown;
  declare views: SpanViews | null;
  declare madeContext: SpanContext | undefined;
  /** Only where traces are held until they are decided; not even a field otherwise. */
  declare localTrace: LocalTrace | undefined;
  declare isEntry: boolean;

  constructor(
    tracer: Tracer,
    name: string,
    kind: SpanKind,
    parent: SpanIdentity | undefined,
    startAnchor: TimeAnchor,
    startMs: number,
    clockAnchor: TimeAnchor,
  ) {
    this.tracer = tracer;
    this.name = name;
    this.kind = kind;
    this.startAnchor = startAnchor;
    this.startMs = startMs;
    this.clockAnchor = clockAnchor;
    this.endAnchor = clockAnchor;
    this.endMs = startMs;
    this.flatAttributes = null;
    this.droppedAttributesCount = 0;
    this.eventRecords = null;
    this.droppedEventsCount = 0;
    this.linkRecords = null;
    this.droppedLinksCount = 0;
    this.statusCode = SpanStatusCode.UNSET;
    this.statusMessage = "";
    this.ended = false;
    this.openIndex = -1;
    this.recordedError = undefined;
    this.views = null;
    this.madeContext = undefined;
    this.spanId0 = randomWord();
    this.spanId1 = randomWord();
    if (parent === undefined) {
      this.traceId0 = randomWord();
      this.traceId1 = randomWord();
      this.traceId2 = randomWord();
      this.traceId3 = randomWord();
      this.parentId0 = 0;
      this.parentId1 = 0;
      this.parentIsRemote = false;
      this.traceFlags = tracer.core.rootFlags;
      this.traceState = undefined;
    } else {
      this.traceId0 = parent.traceId0;
      this.traceId1 = parent.traceId1;
      this.traceId2 = parent.traceId2;
      this.traceId3 = parent.traceId3;
      this.parentId0 = parent.spanId0;
      this.parentId1 = parent.spanId1;
      this.parentIsRemote = parent.isRemote;
      this.traceFlags = parent.traceFlags;
      this.traceState = parent.traceState;
    }
  }

  spanContext(): SpanContext {
    return (this.madeContext ??= spanContextOf(this));
  }

  isRecording(): boolean {
    return !this.ended;
  }

  // ---- writing

  setAttribute(key: string, value: unknown): this {
    try {
      return this.#set(key, value);
    } catch (error) {
      return this.#failed(error);
    }
  }

  setAttributes(attributes: Attributes): this {
    try {
      for (const key in attributes) {
        if (Object.hasOwn(attributes, key)) this.#set(key, attributes[key]);
      }
    } catch {
      // Something in there throws when it is read: again with care. Setting twice changes nothing.
      forEachAttribute(attributes, this.tracer.core.valueLimits, this, setOne);
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.ended) return this.#ignored("add an event to");
    try {
      const isTime = isTimeInput(attributesOrTime);
      const attributes = isTime ? undefined : attributesOrTime;
      return this.#addEvent(name, attributes, isTime ? attributesOrTime : time);
    } catch (error) {
      return this.#failed(error);
    }
  }

  addLink(link: Link): this {
    if (this.ended) return this.#ignored("add a link to");
    const { spanLimits, valueLimits, misuse } = this.tracer.core;
    const record = linkRecordOf(link, spanLimits.attributesPerLink, valueLimits);
    if (record === undefined) {
      misuse("link.invalid", "Cannot add a link: its context has no valid trace id and span id");
      return this;
    }
    this.linkRecords ??= [];
    if (this.linkRecords.length >= spanLimits.linkCount) {
      this.droppedLinksCount++;
    } else {
      this.linkRecords.push(record);
      this.views?.links?.push(linkView(record));
    }
    return this;
  }

  addLinks(links: Link[]): this {
    try {
      if (Array.isArray(links)) for (const link of links) this.addLink(link);
      return this;
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** OK is final, ERROR may become OK, UNSET never replaces anything. A message is kept with ERROR only. */
  setStatus(status: SpanStatus): this {
    if (this.ended) return this.#ignored("set the status of");
    try {
      const { code, message } = status;
      if (code !== SpanStatusCode.OK && code !== SpanStatusCode.ERROR) return this;
      if (this.statusCode === SpanStatusCode.OK) return this;
      this.statusCode = code;
      const isKept = code === SpanStatusCode.ERROR && typeof message === "string";
      this.statusMessage = isKept ? this.#cut(message) : "";
      if (this.views !== null) this.views.status = undefined;
      return this;
    } catch (error) {
      return this.#failed(error);
    }
  }

  updateName(name: string): this {
    if (this.ended) return this.#ignored("rename");
    this.name = this.tracer.core.checkedName(name);
    return this;
  }

  /** `attributes` are beyond the api: the specification lets them be added to, or replace, those of the event. */
  recordException(exception: Exception, time?: TimeInput, attributes?: Attributes): void {
    if (this.ended) {
      this.#ignored("record an exception in");
      return;
    }
    try {
      const facts = exceptionAttributes(factsOf(exception));
      this.#addEvent("exception", { ...facts, ...attributes }, time);
    } catch (error) {
      this.#failed(error);
    }
  }

  /**
   * Records why the work failed: status ERROR with the error's message, `error.type`, and an `exception` event.
   * The same error is recorded once. `attributes` belong to the event.
   */
  recordError(error: unknown, attributes?: Attributes): void {
    if (this.ended) {
      this.#ignored("record an error in");
      return;
    }
    if (error !== undefined && this.recordedError === error) return;
    this.recordedError = error;
    try {
      const facts = factsOf(error);
      this.setStatus({ code: SpanStatusCode.ERROR, message: facts.message });
      this.setAttribute("error.type", facts.type);
      if (facts.code !== undefined) this.setAttribute("error.code", facts.code);
      this.#addEvent("exception", { ...exceptionAttributes(facts), ...attributes }, undefined);
    } catch (failure) {
      this.#failed(failure);
    }
  }

  end(endTime?: TimeInput): void {
    if (this.ended) {
      this.#ignored("end");
      return;
    }
    try {
      this.tracer.core.finish(this, endTime);
    } catch (error) {
      this.ended = true;
      this.#failed(error);
    }
  }

  [disposeKey](): void {
    if (!this.ended) this.end();
  }

  // ---- reading, as OpenTelemetry JS shows it

  get traceStateText(): string {
    return this.traceState === undefined ? "" : this.tracer.core.textOf(this.traceState);
  }

  /** A local span is no remote parent. */
  get isRemote(): boolean {
    return false;
  }

  get parentSpanContext(): SpanContext | undefined {
    if ((this.parentId0 | this.parentId1) === 0) return undefined;
    return spanContextOf({
      traceId0: this.traceId0,
      traceId1: this.traceId1,
      traceId2: this.traceId2,
      traceId3: this.traceId3,
      spanId0: this.parentId0,
      spanId1: this.parentId1,
      traceFlags: this.traceFlags,
      traceState: this.traceState,
      isRemote: this.parentIsRemote,
    });
  }

  get attributes(): Attributes {
    return (this.#seen().attributes ??= attributesView(this.flatAttributes));
  }

  get events(): TimedEvent[] {
    return (this.#seen().events ??= (this.eventRecords ?? []).map(eventView));
  }

  get links(): Link[] {
    return (this.#seen().links ??= (this.linkRecords ?? []).map(linkView));
  }

  get status(): SpanStatus {
    return (this.#seen().status ??=
      this.statusMessage === ""
        ? { code: this.statusCode }
        : { code: this.statusCode, message: this.statusMessage });
  }

  get startTime(): HrTime {
    return (this.#seen().startTime ??= hrTimeOf({ anchor: this.startAnchor, ms: this.startMs }));
  }

  /** [0, 0] until the end. */
  get endTime(): HrTime {
    if (!this.ended) return [0, 0];
    return (this.#seen().endTime ??= hrTimeOf({ anchor: this.endAnchor, ms: this.endMs }));
  }

  get duration(): HrTime {
    if (!this.ended) return [0, 0];
    const start = { anchor: this.startAnchor, ms: this.startMs };
    return (this.#seen().duration ??= durationOf(start, {
      anchor: this.endAnchor,
      ms: this.endMs,
    }));
  }

  get resource(): Resource {
    return this.tracer.core.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.tracer.scope;
  }

  toJSON(): Record<string, unknown> {
    return readableSpan(this);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): unknown {
    return readableSpan(this);
  }

  // ---- helpers

  /** hot: the ordinary value needs no copy and no check but its length; see bench/trace. */
  #set(key: string, value: unknown): this {
    const { core } = this.tracer;
    if (
      this.ended ||
      this.views !== null ||
      !core.takesPlainValues ||
      typeof key !== "string" ||
      key === ""
    ) {
      return this.#setChecked(key, value);
    }
    const type = typeof value;
    if (
      type !== "number" &&
      type !== "boolean" &&
      (type !== "string" || (value as string).length > core.spanLimits.attributeValueLength)
    ) {
      return this.#setChecked(key, value);
    }
    const entry = core.keys.get(key);
    this.#put(entry, entry.redacted ? REDACTED : (value as string));
    return this;
  }

  #setChecked(key: string, value: unknown): this {
    if (this.ended) return this.#ignored("set an attribute of");
    const { keys, valueLimits } = this.tracer.core;
    const copy = valueFor(key, value, valueLimits);
    if (copy === undefined) return this;
    const hasRoom = this.#put(keys.get(key), copy);
    if (hasRoom && this.views?.attributes !== undefined) {
      defineValue(this.views.attributes, key, copy);
    }
    return this;
  }

  #put(key: EncodedKey, value: AnyValue): boolean {
    const attributes = (this.flatAttributes ??= []);
    const hasRoom = putAttribute(
      attributes,
      key,
      value,
      this.tracer.core.spanLimits.attributeCount,
    );
    if (!hasRoom) this.droppedAttributesCount++;
    return hasRoom;
  }

  #addEvent(name: string, attributes: Attributes | undefined, time: TimeInput | undefined): this {
    const { core } = this.tracer;
    this.eventRecords ??= [];
    if (this.eventRecords.length >= core.spanLimits.eventCount) {
      this.droppedEventsCount++;
      return this;
    }
    const { flat, droppedCount } = copyAttributes(
      attributes,
      core.spanLimits.attributesPerEvent,
      core.valueLimits,
    );
    const instant = core.instantOf(time) ?? { anchor: this.clockAnchor, ms: core.clock.now() };
    const event: EventRecord = {
      name: core.checkedName(name),
      anchor: instant.anchor,
      ms: instant.ms,
      flatAttributes: flat,
      droppedAttributesCount: droppedCount,
    };
    this.eventRecords.push(event);
    this.views?.events?.push(eventView(event));
    return this;
  }

  #seen(): SpanViews {
    return (this.views ??= new SpanViews());
  }

  #cut(text: string): string {
    const { valueLengthMax } = this.tracer.core.valueLimits;
    return text.length <= valueLengthMax ? text : text.slice(0, valueLengthMax);
  }

  /** What went wrong is ours or hidden in what the app passed: the app must not notice. */
  #failed(error: unknown): this {
    try {
      this.tracer.core.misuse("span.write_failed", `Cannot write to a span: ${describe(error)}`);
    } catch {
      // Nobody is left who could be told.
    }
    return this;
  }

  #ignored(action: string): this {
    this.tracer.core.misuse(
      "span.used_after_end",
      `Cannot ${action} span "${this.name}": it has ended`,
    );
    return this;
  }
}

function setOne(span: RecordingSpan, key: string, value: unknown): void {
  span.setAttribute(key, value);
}

/** An error that was thrown to do harm may throw again when it is looked at. */
function describe(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "an error that cannot be read";
  }
}

function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === "number" || value instanceof Date || isHrTime(value);
}

function isHrTime(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number")
  );
}
