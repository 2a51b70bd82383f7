// readable-span.ts — a recorded span as OpenTelemetry JS shows it: ordinary objects, made when first asked for,
// the same each time.

import type { Attributes, HrTime, Link, SpanStatus, TraceState } from "@opentelemetry/api";
import type { EncodedKey, FlatAttributes } from "@telemetry/otlp/encode";
import { copyAttributes } from "../attributes/attributes.ts";
import { hrTimeOf, instantFrom } from "../clock/clock.ts";
import type { ReadableSpan, TimedEvent } from "../foreign/foreign.ts";
import type { EventRecord, LinkRecord, RecordingSpan } from "./span.ts";
import { linkRecordOf } from "./link.ts";

/** The objects that somebody has seen. Once seen they are the truth: the encoder reads them, too. */
export class SpanViews {
  attributes: Attributes | undefined;
  events: TimedEvent[] | undefined;
  links: Link[] | undefined;
  status: SpanStatus | undefined;
  startTime: HrTime | undefined;
  endTime: HrTime | undefined;
  duration: HrTime | undefined;
}

export function attributesView(flat: FlatAttributes | null): Attributes {
  const attributes: Attributes = {};
  if (flat === null) return attributes;
  for (let i = 0; i < flat.length; i += 2)
    defineValue(attributes, (flat[i] as EncodedKey).key, flat[i + 1]);
  return attributes;
}

/** Also keys such as `__proto__` become ordinary own properties. */
export function defineValue(attributes: Attributes, key: string, value: unknown): void {
  if (key !== "__proto__") attributes[key] = value;
  else
    Object.defineProperty(attributes, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
}

export function eventView(event: EventRecord): TimedEvent {
  return {
    name: event.name,
    time: hrTimeOf(event),
    attributes: attributesView(event.flatAttributes),
    droppedAttributesCount: event.droppedAttributesCount,
  };
}

export function linkView(link: LinkRecord): Link {
  return {
    context: link.spanContext,
    attributes: attributesView(link.flatAttributes),
    droppedAttributesCount: link.droppedAttributesCount,
  };
}

/** Takes back what a processor may have changed in the objects it saw. Limits were applied before. */
export function adoptViews(span: RecordingSpan, views: SpanViews): void {
  const { valueLimits } = span.tracer.core;
  if (views.attributes !== undefined) {
    span.flatAttributes = copyAttributes(
      views.attributes,
      Number.POSITIVE_INFINITY,
      valueLimits,
    ).flat;
  }
  if (views.events !== undefined) {
    span.eventRecords = views.events.flatMap((event) => {
      const instant = instantFrom(event.time);
      if (instant === undefined) return [];
      const { flat } = copyAttributes(event.attributes, Number.POSITIVE_INFINITY, valueLimits);
      return {
        name: span.tracer.core.checkedName(event.name),
        ...instant,
        flatAttributes: flat,
        droppedAttributesCount: event.droppedAttributesCount ?? 0,
      };
    });
  }
  if (views.links !== undefined) {
    span.linkRecords = views.links.flatMap((link) => {
      const record = linkRecordOf(link, Number.POSITIVE_INFINITY, valueLimits);
      return record === undefined ? [] : record;
    });
  }
}

const READABLE = [
  "name",
  "kind",
  "parentSpanContext",
  "startTime",
  "endTime",
  "status",
  "attributes",
  "links",
  "events",
  "duration",
  "ended",
  "resource",
  "instrumentationScope",
  "droppedAttributesCount",
  "droppedEventsCount",
  "droppedLinksCount",
] as const;

/** What `JSON.stringify` and `util.inspect` show. */
export function readableSpan(span: ReadableSpan): Record<string, unknown> {
  const readable: Record<string, unknown> = { spanContext: span.spanContext() };
  for (const name of READABLE) readable[name] = span[name];
  return readable;
}

/** The span as an exporter gets it whose trace was kept: with a tracestate that says how probable that was. */
export function keptSpan(span: ReadableSpan, traceState: TraceState): ReadableSpan {
  const context = { ...span.spanContext(), traceState };
  return { ...readableSpan(span), spanContext: () => context } as unknown as ReadableSpan;
}

/** Members that `RecordingSpan` computes; the others are fields of it already. */
const COMPUTED = [
  "parentSpanContext",
  "startTime",
  "endTime",
  "status",
  "attributes",
  "links",
  "events",
  "duration",
  "resource",
  "instrumentationScope",
] as const;

/**
 * Makes the readable members own properties, so that `{ ...span }` has them. Slow; done only while a
 * processor or exporter that was written for OpenTelemetry JS is there.
 */
export function makeEnumerable(span: RecordingSpan): void {
  const prototype = Object.getPrototypeOf(span) as object;
  for (const name of COMPUTED) {
    const get = (): unknown => Reflect.get(prototype, name, span);
    Object.defineProperty(span, name, { enumerable: true, configurable: true, get });
  }
  const spanContext = span.spanContext.bind(span);
  Object.defineProperty(span, "spanContext", { enumerable: true, value: spanContext });
  Object.defineProperty(span, "tracer", { enumerable: false });
}
