// current.ts — the current span, and writing to it without holding it.

import type { Attributes, Span, SpanContext, TimeInput } from "@opentelemetry/api";
import { activeContext, spanOf } from "../context/context.ts";
import { shared } from "../state/state.ts";
import { INVALID_SPAN, isValidIdentity, NonRecordingSpan, RecordingSpan } from "../trace/trace.ts";
import { isSpan } from "./parent.ts";

/**
 * The innermost span that is current here, or undefined. A span of another process whose context was
 * extracted counts (it is not recording), an invalid placeholder never.
 *
 * @example
 * import { getCurrentSpan } from "@telemetry/sdk";
 *
 * const traceId = getCurrentSpan()?.spanContext().traceId;
 */
export function getCurrentSpan(): Span | undefined {
  const span = spanOf(activeContext());
  if (span === undefined || span instanceof RecordingSpan) return span;
  if (span instanceof NonRecordingSpan) return span === INVALID_SPAN ? undefined : span;
  return isValidIdentity(span.spanContext()) ? span : undefined;
}

/**
 * Sets attributes of the current span; does nothing outside of one.
 *
 * @example
 * import { setAttributes } from "@telemetry/sdk";
 *
 * setAttributes({ "user.id": "u-1", "cart.items": 3 });
 */
export function setAttributes(attributes: Attributes): void {
  getCurrentSpan()?.setAttributes(attributes);
}

/**
 * Adds an event to the current span; does nothing outside of one.
 *
 * @example
 * import { addEvent } from "@telemetry/sdk";
 *
 * addEvent("cache miss", { "cache.key": "user:1" });
 */
export function addEvent(name: string, attributes?: Attributes, time?: TimeInput): void {
  getCurrentSpan()?.addEvent(name, attributes, time);
}

/**
 * Records an error that was handled: the current span gets status ERROR, `error.type` and an `exception` event.
 * An error that leaves a {@link withSpan} is recorded without this. `attributes` belong to the event.
 *
 * @example
 * import { recordError } from "@telemetry/sdk";
 *
 * try {
 *   JSON.parse("{");
 * } catch (error) {
 *   recordError(error);
 * }
 */
export function recordError(error: unknown, attributes?: Attributes): void {
  const span = getCurrentSpan();
  if (span instanceof RecordingSpan) span.recordError(error, attributes);
  else span?.recordException(error instanceof Error ? error : String(error));
}

/**
 * Links `span` to another one, of this or another trace. Returns whether the link was recorded: not when
 * `span` has ended or the target has no valid ids. A target that has ended is fine; linking twice makes two links.
 *
 * @example
 * import { linkSpan, startSpan } from "@telemetry/sdk";
 *
 * const message = startSpan("receive");
 * const batch = startSpan("process batch", null);
 * linkSpan(batch, message, { "messaging.message.id": "m-1" });
 */
export function linkSpan(span: Span, target: Span | SpanContext, attributes?: Attributes): boolean {
  try {
    const context = isSpan(target) ? target.spanContext() : target;
    if (!span.isRecording() || !isValidIdentity(context)) {
      const reason = span.isRecording() ? "the target has no valid ids" : "the span has ended";
      sayOnce("link.refused", `Cannot link a span: ${reason}`);
      return false;
    }
    const dropped = span instanceof RecordingSpan ? span.droppedLinksCount : 0;
    span.addLink(attributes === undefined ? { context } : { context, attributes });
    return !(span instanceof RecordingSpan) || span.droppedLinksCount === dropped;
  } catch (error) {
    sayOnce("link.refused", `Cannot link a span: ${String(error)}`);
    return false;
  }
}

function sayOnce(key: string, sentence: string): void {
  shared.running?.wiring.diagnostics.sayOnce("info", key, sentence);
}
