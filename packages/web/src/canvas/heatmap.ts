// heatmap.ts — one line per series, one cell per time: the stronger the colour, the greater the value.

import type { CanvasTheme } from "./theme.ts";

export interface HeatmapView {
  readonly width: number;
  readonly height: number;
  /** By line, then by time; null is no value. */
  readonly values: readonly (readonly (number | null)[])[];
  readonly max: number;
  readonly theme: CanvasTheme;
}

export function drawHeatmap(context: CanvasRenderingContext2D, view: HeatmapView): void {
  const lines = view.values.length;
  const columns = view.values[0]?.length ?? 0;
  const [width, height] = [view.width / Math.max(1, columns), view.height / Math.max(1, lines)];
  context.fillStyle = view.theme.accent;
  for (const [line, values] of view.values.entries()) {
    for (const [column, value] of values.entries()) {
      if (value === null || !(value > 0)) continue;
      // The square root lifts small values out of the background.
      context.globalAlpha = 0.08 + 0.92 * Math.sqrt(Math.min(1, value / view.max));
      const gap = width > 4 ? 1 : 0;
      context.fillRect(column * width, line * height, width - gap, height - 1);
    }
  }
  context.globalAlpha = 1;
}

/** The cell under the pointer. */
export function hitHeatmap(
  view: HeatmapView,
  x: number,
  y: number,
): { line: number; column: number } | undefined {
  const columns = view.values[0]?.length ?? 0;
  const line = Math.floor((y / view.height) * view.values.length);
  const column = Math.floor((x / view.width) * columns);
  return view.values[line]?.[column] === undefined ? undefined : { line, column };
}
