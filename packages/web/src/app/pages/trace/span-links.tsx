// span-links.tsx — spans that this one was caused by or belongs to, also in other traces.

import type { Span } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { rowOfSpan } from "../../../core/trace/trace.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { AttributeTable } from "../../parts/attribute-table.tsx";
import { Dropped } from "../../parts/dropped.tsx";
import { Link } from "../../parts/parts.tsx";
import { tracePage } from "../../state/location.ts";

interface SpanLinksProps {
  span: Span;
  model: TraceModel;
  onGoTo: (row: number) => void;
}

export function SpanLinks({ span, model, onGoTo }: SpanLinksProps): JSX.Element {
  return (
    <>
      {span.links.length === 0 && <p class="hint">No links.</p>}
      <ol class="event-list">
        {span.links.map((link, place) => {
          const row = rowOfSpan(model, link.spanId);
          return (
            <li key={place}>
              <p class="event-head">
                {row === -1 ? (
                  <Link to={{ page: tracePage(link.traceId, link.spanId) }}>
                    Span <code>{link.spanId}</code> of trace{" "}
                    <code>{link.traceId.slice(0, 8)}…</code>
                  </Link>
                ) : (
                  <button type="button" class="text-button" onClick={() => onGoTo(row)}>
                    {model.spans[row]?.name ?? link.spanId}, in this trace
                  </button>
                )}
              </p>
              {Object.keys(link.attributes).length > 0 && (
                <AttributeTable attributes={link.attributes} label="Link attributes" />
              )}
              <Dropped count={link.droppedAttributesCount} what="attributes" />
            </li>
          );
        })}
      </ol>
      <Dropped count={span.droppedLinksCount} what="links" />
    </>
  );
}
