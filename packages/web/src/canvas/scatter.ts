// scatter.ts — traces as dots, time against duration: outliers stand out before a number is read.

import { durationAxisUnit, formatDuration } from "../core/format/format.ts";
import type { CanvasTheme } from "./theme.ts";

export interface ScatterPoint {
  readonly timeMs: number;
  readonly durationNs: number;
  readonly isError: boolean;
}

export interface ScatterView {
  readonly width: number;
  readonly height: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly hovered: number;
  readonly theme: CanvasTheme;
}

const LEFT = 56;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 10;

/** Draws durations on a logarithmic axis, errors on top. */
export function drawScatter(
  context: CanvasRenderingContext2D,
  points: readonly ScatterPoint[],
  view: ScatterView,
): void {
  const { theme } = view;
  const scale = scaleOf(points, view);
  context.font = `400 10.5px ${theme.font}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const power of scale.powers) {
    const y = Math.round(scale.y(power));
    context.fillStyle = theme.line;
    context.fillRect(LEFT, y, view.width - LEFT - RIGHT, 1);
    context.fillStyle = theme.textFaint;
    context.fillText(axisLabel(power), LEFT - 8, y + 0.5);
  }
  context.textAlign = "left";
  for (const isError of [false, true]) {
    context.fillStyle = isError ? theme.error : theme.accent;
    context.globalAlpha = isError ? 0.95 : 0.6;
    for (const point of points) {
      if (point.isError !== isError) continue;
      context.beginPath();
      context.arc(
        scale.x(point.timeMs),
        scale.y(point.durationNs),
        isError ? 3 : 2.5,
        0,
        Math.PI * 2,
      );
      context.fill();
    }
  }
  context.globalAlpha = 1;
  const hovered = points[view.hovered];
  if (hovered === undefined) return;
  context.strokeStyle = theme.text;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(scale.x(hovered.timeMs), scale.y(hovered.durationNs), 5.5, 0, Math.PI * 2);
  context.stroke();
}

/** The point nearest to the pointer within 12 pixels; −1 when there is none. */
export function hitScatter(
  points: readonly ScatterPoint[],
  view: ScatterView,
  x: number,
  y: number,
): number {
  const scale = scaleOf(points, view);
  let nearest = -1;
  let distance = 12;
  for (const [index, point] of points.entries()) {
    const away = Math.hypot(scale.x(point.timeMs) - x, scale.y(point.durationNs) - y);
    if (away >= distance) continue;
    nearest = index;
    distance = away;
  }
  return nearest;
}

interface Scale {
  readonly powers: readonly number[];
  x(timeMs: number): number;
  y(durationNs: number): number;
}

function scaleOf(points: readonly ScatterPoint[], view: ScatterView): Scale {
  let [low, high] = [Infinity, 0];
  for (const { durationNs } of points) {
    const known = Math.max(1_000, durationNs);
    low = Math.min(low, known);
    high = Math.max(high, known);
  }
  if (high === 0) [low, high] = [1e6, 1e9];
  const [from, to] = [Math.floor(Math.log10(low) - 0.05), Math.ceil(Math.log10(high) + 0.05)];
  const innerHeight = view.height - TOP - BOTTOM;
  const innerWidth = view.width - LEFT - RIGHT;
  const every = Math.ceil((to - from + 1) / 4);
  const powers: number[] = [];
  for (let power = from; power <= to; power += every) powers.push(10 ** power);
  return {
    powers,
    x: (timeMs) =>
      LEFT +
      Math.min(1, Math.max(0, (timeMs - view.fromMs) / (view.toMs - view.fromMs))) * innerWidth,
    y: (durationNs) =>
      TOP +
      innerHeight -
      ((Math.log10(Math.max(1_000, durationNs)) - from) / (to - from)) * innerHeight,
  };
}

/** Powers of ten without decimals: `100 µs`. */
function axisLabel(durationNs: number): string {
  if (durationNs >= 60e9) return formatDuration(durationNs);
  const unit = durationAxisUnit(durationNs * 2);
  return `${Math.round(durationNs / unit.nanoseconds)} ${unit.label}`;
}
