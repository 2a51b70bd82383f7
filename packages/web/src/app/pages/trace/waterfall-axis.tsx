// waterfall-axis.tsx — the head of the waterfall: offsets from the start of the trace, in one unit.

import type { JSX } from "preact";
import { xAtNs } from "../../../canvas/canvas.ts";
import type { Timeline } from "../../../canvas/canvas.ts";
import { niceTicks } from "../../../core/axis/axis.ts";
import { durationAxisUnit, formatDurationIn } from "../../../core/format/format.ts";

export function WaterfallAxis({
  timeline,
  width,
}: {
  timeline: Timeline;
  width: number;
}): JSX.Element {
  const { step, ticks } = niceTicks(
    timeline.fromNs,
    timeline.toNs,
    Math.max(2, timeline.width / 120),
  );
  const unit = durationAxisUnit(Math.max(timeline.toNs - timeline.fromNs, timeline.toNs / 10));
  return (
    <div class="waterfall-axis" role="row" aria-rowindex={1}>
      <span role="columnheader" class="waterfall-axis-name">
        Span
      </span>
      <span role="columnheader" class="number" aria-label="Time from the start of the trace">
        {ticks
          .filter((tick) => xAtNs(timeline, tick) < width - 40)
          .map((tick) => (
            <span key={tick} class="waterfall-tick" style={{ left: `${xAtNs(timeline, tick)}px` }}>
              {formatDurationIn(unit, tick, step)}
            </span>
          ))}
      </span>
    </div>
  );
}
