// minimap.ts — the whole trace in 56 pixels, with the window that the waterfall shows.

import type { TraceModel } from "../core/trace/trace.ts";
import type { CanvasTheme } from "./theme.ts";

export interface MinimapScale {
  readonly width: number;
  readonly height: number;
  /** What the full width shows, in nanoseconds; also how far open spans reach. */
  readonly totalNs: number;
  readonly theme: CanvasTheme;
}

export interface MinimapView extends MinimapScale {
  /** The window of the waterfall. */
  readonly fromNs: number;
  readonly toNs: number;
}

/** What a press takes hold of: one edge, the window, or a new window from here. */
export type MinimapGrip = "from" | "to" | "window" | "new";

const GRIP_WIDTH = 6;
/** The narrowest window, as a share of the whole. */
const WINDOW_SHARE_MIN = 1e-6;

/** Up to here every row gets a stroke of its own, thin as it may be. */
const OWN_STROKE_ROWS_MAX = 400;

/**
 * Draws the trace; to be drawn again only when it changed. Beyond that many rows, those that share a line are drawn
 * as one stroke, so 100 000 spans cost as much as 400.
 */
export function drawMinimapRows(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  view: MinimapScale,
): void {
  const { theme, width, height, totalNs } = view;
  const isSparse = model.rowCount <= OWN_STROKE_ROWS_MAX;
  const lines = isSparse ? model.rowCount : Math.floor((height - 8) / 1.5);
  const step = Math.min(6, (height - 8) / Math.max(1, lines));
  const stroke = Math.max(1.5, Math.min(4, step - 1));
  const rowsPerLine = Math.ceil(model.rowCount / Math.max(1, lines));
  for (let first = 0, line = 0; first < model.rowCount; first += rowsPerLine, line++) {
    const y = 4 + line * step;
    const last = Math.min(model.rowCount, first + rowsPerLine);
    let drawnToX = -1;
    for (let row = first; row < last; row++) {
      const isOpen =
        model.spans[row] !== undefined && model.spans[row]!.endTimeUnixNano === undefined;
      const endNs = isOpen ? totalNs : model.startNs[row]! + model.durationNs[row]!;
      const left = (model.startNs[row]! / totalNs) * width;
      const right = Math.max(left + 1, (endNs / totalNs) * width);
      if (right <= drawnToX) continue;
      context.fillStyle = theme.services[model.service[row]! % theme.services.length]!;
      const from = Math.max(left, drawnToX);
      context.fillRect(from, y, right - from, stroke);
      drawnToX = right;
    }
  }
}

/** Draws the window over it. */
export function drawMinimapWindow(context: CanvasRenderingContext2D, view: MinimapView): void {
  const { theme, width, height, totalNs, fromNs, toNs } = view;
  const left = (fromNs / totalNs) * width;
  const right = (toNs / totalNs) * width;
  const isWhole = fromNs <= 0 && toNs >= totalNs;
  if (isWhole) return;
  context.fillStyle = theme.shade;
  context.fillRect(0, 0, left, height);
  context.fillRect(right, 0, width - right, height);
  context.fillStyle = theme.accent;
  for (const x of [left, right]) {
    context.fillRect(Math.round(x) - 0.5, 0, 1, height);
    context.beginPath();
    context.roundRect(Math.round(x) - 2.5, height / 2 - 9, 5, 18, 2.5);
    context.fill();
  }
}

export function hitMinimap(view: MinimapView, x: number): MinimapGrip {
  const left = (view.fromNs / view.totalNs) * view.width;
  const right = (view.toNs / view.totalNs) * view.width;
  const isWhole = view.fromNs <= 0 && view.toNs >= view.totalNs;
  if (isWhole) return "new";
  if (Math.abs(x - left) <= GRIP_WIDTH) return "from";
  if (Math.abs(x - right) <= GRIP_WIDTH) return "to";
  return x > left && x < right ? "window" : "new";
}

/** The window after a drag from `startX` to `x`; always inside the trace and never empty. */
export function dragMinimap(
  view: MinimapView,
  grip: MinimapGrip,
  startX: number,
  x: number,
): [fromNs: number, toNs: number] {
  const { totalNs, width, fromNs, toNs } = view;
  const nsAt = (pixel: number): number => Math.min(totalNs, Math.max(0, (pixel / width) * totalNs));
  const least = totalNs * WINDOW_SHARE_MIN;
  switch (grip) {
    case "from":
      return [Math.min(nsAt(x), toNs - least), toNs];
    case "to":
      return [fromNs, Math.max(nsAt(x), fromNs + least)];
    case "window": {
      const moved = Math.min(totalNs - toNs, Math.max(-fromNs, ((x - startX) / width) * totalNs));
      return [fromNs + moved, toNs + moved];
    }
    case "new": {
      const [from, to] = [nsAt(Math.min(startX, x)), nsAt(Math.max(startX, x))];
      return [from, Math.max(to, from + least)];
    }
  }
}
