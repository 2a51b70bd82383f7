// heatmap-chart.tsx — series over time as a grid of cells: one line per group or bucket.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { drawHeatmap, hitHeatmap } from "../../canvas/canvas.ts";
import { formatValue } from "../../core/format/format.ts";
import { alignSeries, seriesLabel } from "../../core/metrics/metrics.ts";
import { formatTime } from "../../core/time/time.ts";
import { CanvasView, useCanvasTheme } from "../parts/canvas-view.tsx";
import { zone } from "../state/settings.ts";
import type { ChartBodyProps } from "./chart-body.tsx";

const LINES_MAX = 24;

export function HeatmapChart({ series, unit, name }: ChartBodyProps): JSX.Element {
  const theme = useCanvasTheme();
  const [hovered, setHovered] = useState("");
  const shown = series.slice(0, LINES_MAX);
  const { times, values } = alignSeries(shown);
  const max = values.flat().reduce<number>((most, value) => Math.max(most, value ?? 0), 0) || 1;
  const view = (size: { width: number; height: number }) => ({ ...size, values, max, theme });
  const describe = (x: number, y: number, size: { width: number; height: number }): string => {
    const cell = hitHeatmap(view(size), x, y);
    if (cell === undefined) return "";
    const value = values[cell.line]![cell.column];
    const at = formatTime(times[cell.column]! * 1_000, zone.value, false);
    return `${seriesLabel(shown[cell.line]!.attributes)} · ${at} · ${value === null ? "no value" : formatValue(value!, unit)}`;
  };
  return (
    <div class="heatmap">
      <ul class="heatmap-lines">
        {shown.map((one) => (
          <li key={seriesLabel(one.attributes)} class="cut">
            {seriesLabel(one.attributes)}
          </li>
        ))}
      </ul>
      <CanvasView
        label={`${name}: ${shown.length} lines over time, greatest value ${formatValue(max, unit)}`}
        draw={(context, size) => drawHeatmap(context, view(size))}
        onPointerMove={(x, y, size) => setHovered(describe(x, y, size))}
        onPointerLeave={() => setHovered("")}
      />
      <p class="hint cut heatmap-hint">
        {hovered ||
          `0 to ${formatValue(max, unit)}${series.length > LINES_MAX ? ` · ${LINES_MAX} of ${series.length} series` : ""}`}
      </p>
    </div>
  );
}
