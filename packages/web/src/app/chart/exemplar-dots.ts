// exemplar-dots.ts — the diamonds on a chart that lead to traces.

import type uPlot from "uplot";
import type { ChartData } from "./chart-data.ts";

const SIZE = 4;
/** A click this near counts, in pixels. */
const REACH = 10;

/** Draws inside the plot only: a value above the chart's range has no place on it. */
export function drawExemplars(plot: uPlot, data: ChartData): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = data.exemplarColor;
  ctx.strokeStyle = data.surfaceColor;
  ctx.lineWidth = devicePixelRatio;
  for (const point of data.exemplars ?? []) {
    const x = plot.valToPos(point.timeMs / 1_000, "x", true);
    const y = plot.valToPos(point.value, "y", true);
    const size = SIZE * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

/** The place of the exemplar nearest to a point of the plot; −1 when none is near. */
export function hitExemplar(plot: uPlot, data: ChartData, x: number, y: number): number {
  let nearest = -1;
  let distance = REACH;
  for (const [place, point] of (data.exemplars ?? []).entries()) {
    const away = Math.hypot(
      plot.valToPos(point.timeMs / 1_000, "x") - x,
      plot.valToPos(point.value, "y") - y,
    );
    if (away < distance) [nearest, distance] = [place, away];
  }
  return nearest;
}
