// span-events.tsx — what happened inside a span, by time from its start.

import type { Span } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { formatDuration } from "../../../core/format/format.ts";
import { nanoToMs } from "../../../core/time/time.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { AttributeTable } from "../../parts/attribute-table.tsx";
import { Dropped } from "../../parts/dropped.tsx";
import { CopyButton } from "../../parts/parts.tsx";

export function SpanEvents({
  span,
  model,
  row,
}: {
  span: Span;
  model: TraceModel;
  row: number;
}): JSX.Element {
  const startMs =
    model.startMs + (model.startFractionNs + model.startNs[row]! - model.skewNs[row]!) / 1e6;
  return (
    <>
      {span.events.length === 0 && <p class="hint">No events.</p>}
      <ol class="event-list">
        {span.events.map((event, place) => {
          const { "exception.stacktrace": stack, ...attributes } = event.attributes;
          return (
            <li key={place} class={event.name === "exception" ? "is-error" : ""}>
              <p class="event-head">
                <span class="number faint">
                  +{formatDuration((nanoToMs(event.timeUnixNano) - startMs) * 1e6)}
                </span>
                <strong>{event.name}</strong>
              </p>
              {Object.keys(attributes).length > 0 && (
                <AttributeTable attributes={attributes} label={event.name} />
              )}
              {typeof stack === "string" && (
                <div class="snippet is-error">
                  <pre tabIndex={0}>{stack}</pre>
                  <CopyButton text={stack} label="Copy the stack trace" />
                </div>
              )}
              <Dropped count={event.droppedAttributesCount} what="attributes" />
            </li>
          );
        })}
      </ol>
      <Dropped count={span.droppedEventsCount} what="events" />
    </>
  );
}
