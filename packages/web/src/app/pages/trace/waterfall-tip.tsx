// waterfall-tip.tsx — what the pointer is on: times of the bar, and the event under it.

import type { JSX } from "preact";
import { hitEvent } from "../../../canvas/canvas.ts";
import type { Timeline } from "../../../canvas/canvas.ts";
import { formatDuration } from "../../../core/format/format.ts";
import { formatTime } from "../../../core/time/time.ts";
import { RowFlag, hasFlag } from "../../../core/trace/trace.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import type { Size } from "../../parts/canvas-view.tsx";
import { zone } from "../../state/settings.ts";

interface WaterfallTipProps {
  model: TraceModel;
  row: number;
  x: number;
  y: number;
  frame: Size;
  timeline: Timeline;
  endNs: number;
}

const WIDTH = 280;
const HEIGHT = 96;

export function WaterfallTip({
  model,
  row,
  x,
  y,
  frame,
  timeline,
  endNs,
}: WaterfallTipProps): JSX.Element {
  const span = model.spans[row];
  const event = hitEvent(model, row, timeline, x);
  const isOpen = hasFlag(model, row, RowFlag.open);
  const durationNs = isOpen ? endNs - model.startNs[row]! : model.durationNs[row]!;
  const left = x + 16 + WIDTH > frame.width ? x - 16 - WIDTH : x + 16;
  const top = y + 16 + HEIGHT > frame.height ? y - 16 - HEIGHT : y + 16;
  return (
    <div
      class="tip"
      aria-hidden="true"
      style={{ left: `${Math.max(4, left)}px`, top: `${Math.max(4, top)}px` }}
    >
      <p class="tip-title cut">{span?.name ?? "Missing parent"}</p>
      <p class="tip-note cut">{span === undefined ? "This span never arrived" : span.service}</p>
      <dl class="tip-facts number">
        <dt>Duration</dt>
        <dd>
          {formatDuration(durationNs)}
          {isOpen ? ", still open" : ""}
        </dd>
        <dt>From start</dt>
        <dd>+{formatDuration(model.startNs[row]!)}</dd>
        <dt>At</dt>
        <dd>
          {formatTime(
            model.startMs + model.startNs[row]! / 1e6 - model.skewNs[row]! / 1e6,
            zone.value,
          )}
        </dd>
        {event !== undefined && (
          <>
            <dt>Event</dt>
            <dd class="cut">{event.name}</dd>
          </>
        )}
      </dl>
    </div>
  );
}
