// trace-scatter.tsx — the listed traces as dots; a click opens one.

import type { TraceSummary } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { drawScatter, hitScatter } from "../../../canvas/canvas.ts";
import { formatDuration } from "../../../core/format/format.ts";
import { nanoToMs } from "../../../core/time/time.ts";
import { CanvasView, useCanvasTheme } from "../../parts/canvas-view.tsx";
import type { Size } from "../../parts/canvas-view.tsx";
import { navigate, tracePage } from "../../state/location.ts";

export function TraceScatter({
  rows,
  fromMs,
  toMs,
}: {
  rows: readonly TraceSummary[];
  fromMs: number;
  toMs: number;
}): JSX.Element {
  const theme = useCanvasTheme();
  const [hovered, setHovered] = useState(-1);
  const points = rows.map((trace) => ({
    timeMs: nanoToMs(trace.startTimeUnixNano),
    durationNs: Number(trace.durationNano),
    isError: trace.errorCount > 0,
  }));
  // Few traces of a long range stand at its end: the picture begins where they do.
  const firstMs = points.reduce((first, point) => Math.min(first, point.timeMs), toMs);
  const start = Math.max(fromMs, firstMs - (toMs - firstMs) * 0.05);
  const view = (size: Size) => ({ ...size, fromMs: start, toMs, hovered, theme });
  const trace = rows[hovered];
  return (
    <section class={`card scatter ${trace === undefined ? "" : "is-over"}`} aria-label="Durations">
      <CanvasView
        label={`Durations of ${rows.length} traces over time; the list below has each`}
        draw={(context, size) => drawScatter(context, points, view(size))}
        onPointerMove={(x, y, size) => setHovered(hitScatter(points, view(size), x, y))}
        onPointerLeave={() => setHovered(-1)}
        onClick={(x, y, size) => {
          const hit = rows[hitScatter(points, view(size), x, y)];
          if (hit !== undefined) navigate({ page: tracePage(hit.traceId) });
        }}
      />
      {trace !== undefined && (
        <p class="scatter-hint" aria-hidden="true">
          <strong>{trace.rootName}</strong> <span class="soft">{trace.rootService}</span>{" "}
          <span class="number">{formatDuration(Number(trace.durationNano))}</span>
        </p>
      )}
    </section>
  );
}
