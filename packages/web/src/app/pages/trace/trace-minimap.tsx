// trace-minimap.tsx — the whole trace, with a brush for the part that the waterfall shows.

import { Component } from "preact";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import {
  dragMinimap,
  drawMinimapRows,
  drawMinimapWindow,
  hitMinimap,
} from "../../../canvas/canvas.ts";
import type { CanvasTheme, MinimapGrip } from "../../../canvas/canvas.ts";
import { niceTicks } from "../../../core/axis/axis.ts";
import { durationAxisUnit, formatDurationIn } from "../../../core/format/format.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { CanvasView, useCanvasTheme } from "../../parts/canvas-view.tsx";
import type { Size } from "../../parts/canvas-view.tsx";

interface TraceMinimapProps {
  model: TraceModel;
  endNs: number;
  fromNs: number;
  toNs: number;
  onZoom: (fromNs: number, toNs: number) => void;
}

/** A press that moves less is a click. */
const CLICK_PIXELS = 4;

export function TraceMinimap({
  model,
  endNs,
  fromNs,
  toNs,
  onZoom,
}: TraceMinimapProps): JSX.Element {
  const theme = useCanvasTheme();
  const drag = useRef<
    { grip: MinimapGrip; startX: number; fromNs: number; toNs: number } | undefined
  >(undefined);
  const [grip, setGrip] = useState<MinimapGrip>("new");
  const view = (size: Size) => ({ ...size, totalNs: endNs, openEndNs: endNs, fromNs, toNs, theme });
  const sizeOf = (element: HTMLElement): Size => ({
    width: element.clientWidth,
    height: element.clientHeight,
  });
  const isWhole = fromNs <= 0 && toNs >= endNs;
  const { step, ticks } = niceTicks(0, endNs, 8);
  const unit = durationAxisUnit(endNs);
  return (
    <section class="card minimap" aria-label="Minimap">
      <div class="minimap-axis hint number" aria-hidden="true">
        {ticks
          .filter((tick) => tick / endNs < 0.97)
          .map((tick) => (
            <span key={tick} style={{ left: `${(tick / endNs) * 100}%` }}>
              {formatDurationIn(unit, tick, step)}
            </span>
          ))}
      </div>
      <div
        class={`minimap-map is-${grip}`}
        onPointerDown={(event) => {
          const size = sizeOf(event.currentTarget);
          drag.current = {
            grip: hitMinimap(view(size), event.offsetX),
            startX: event.offsetX,
            fromNs,
            toNs,
          };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const size = sizeOf(event.currentTarget);
          const held = drag.current;
          if (held === undefined) {
            setGrip(hitMinimap(view(size), event.offsetX));
            return;
          }
          if (Math.abs(event.offsetX - held.startX) < CLICK_PIXELS) return;
          onZoom(
            ...dragMinimap(
              { ...view(size), fromNs: held.fromNs, toNs: held.toNs },
              held.grip,
              held.startX,
              event.offsetX,
            ),
          );
        }}
        onPointerUp={() => (drag.current = undefined)}
        onPointerCancel={() => (drag.current = undefined)}
        onDblClick={() => onZoom(0, endNs)}
      >
        <MinimapRows model={model} totalNs={endNs} theme={theme} />
        <CanvasView draw={(context, size) => drawMinimapWindow(context, view(size))} />
      </div>
      {!isWhole && (
        <button type="button" class="button quiet minimap-reset" onClick={() => onZoom(0, endNs)}>
          Whole trace
        </button>
      )}
    </section>
  );
}

interface MinimapRowsProps {
  model: TraceModel;
  totalNs: number;
  theme: CanvasTheme;
}

/** Under the window, and untouched while only that moves. */
class MinimapRows extends Component<MinimapRowsProps> {
  override shouldComponentUpdate(next: MinimapRowsProps): boolean {
    const { model, totalNs, theme } = this.props;
    return next.model !== model || next.totalNs !== totalNs || next.theme !== theme;
  }

  override render(): JSX.Element {
    const { model, totalNs, theme } = this.props;
    return (
      <CanvasView
        draw={(context, size) => drawMinimapRows(context, model, { ...size, totalNs, theme })}
      />
    );
  }
}
