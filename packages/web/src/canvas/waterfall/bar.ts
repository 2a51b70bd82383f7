// bar.ts — one span's bar: its colour is its service, everything else is a mark on it.
//
//   ●▕███████████▏ 12.4 ms       red dot and outline: error
//     ▔▔▔▔  ▔▔                   line below: the stretches on the critical path
//        ◆                       event; red when it is an exception
//     ███████░░░┄                faded to the right: still open

import { formatDuration } from "../../core/format/format.ts";
import { RowFlag, hasFlag } from "../../core/trace/trace.ts";
import type { TraceModel } from "../../core/trace/trace.ts";
import { eventNs, xAtNs } from "./timeline.ts";
import { faded } from "../theme.ts";
import { LABEL_ROOM, ROW_HEIGHT } from "./view.ts";
import type { WaterfallView } from "./view.ts";

const BAR_HEIGHT = 12;
/** The least that the eye finds. */
const BAR_WIDTH_MIN = 2;
/** A bar that goes on outside the window runs over its edge by this much. */
const OVERHANG = 8;

export function drawBar(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  view: WaterfallView,
  row: number,
  top: number,
): void {
  const { timeline, theme } = view;
  const isOpen = hasFlag(model, row, RowFlag.open);
  const startNs = model.startNs[row]!;
  const endNs = isOpen
    ? Math.max(startNs + model.durationNs[row]!, view.openEndNs)
    : startNs + model.durationNs[row]!;
  const left = xAtNs(timeline, startNs);
  const right = Math.max(left + BAR_WIDTH_MIN, xAtNs(timeline, endNs));
  const y = Math.round(top + (ROW_HEIGHT - BAR_HEIGHT) / 2);
  const bar = {
    left: Math.max(left, timeline.left - OVERHANG),
    right: Math.min(right, timeline.left + timeline.width + OVERHANG),
    y,
  };
  if (bar.right < timeline.left || bar.left > timeline.left + timeline.width) {
    drawBeyond(context, view, bar.right < timeline.left, y);
    return;
  }
  const color = theme.services[model.service[row]! % theme.services.length]!;
  if (hasFlag(model, row, RowFlag.missing)) drawMissing(context, view, bar);
  else drawSpan(context, bar, isOpen ? fade(context, bar, color) : color);
  if (hasFlag(model, row, RowFlag.error)) drawError(context, view, bar);
  if (hasFlag(model, row, RowFlag.skewed)) drawSkew(context, view, bar);
  drawCriticalPath(context, view, row, y);
  drawEvents(context, model, view, row, y);
  if (isOpen) drawOpenEnd(context, view, bar);
  drawLabel(
    context,
    view,
    bar,
    isOpen ? `${formatDuration(endNs - startNs)}…` : formatDuration(endNs - startNs),
  );
}

interface Bar {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

function drawSpan(
  context: CanvasRenderingContext2D,
  bar: Bar,
  fill: string | CanvasGradient,
): void {
  context.fillStyle = fill;
  context.beginPath();
  context.roundRect(
    bar.left,
    bar.y,
    bar.right - bar.left,
    BAR_HEIGHT,
    Math.min(3, (bar.right - bar.left) / 2),
  );
  context.fill();
}

/** An open span fades out where it may go on. */
function fade(context: CanvasRenderingContext2D, bar: Bar, color: string): CanvasGradient {
  const gradient = context.createLinearGradient(bar.left, 0, bar.right, 0);
  gradient.addColorStop(0, color);
  gradient.addColorStop(0.6, color);
  gradient.addColorStop(1, faded(color));
  return gradient;
}

function drawMissing(context: CanvasRenderingContext2D, view: WaterfallView, bar: Bar): void {
  context.strokeStyle = view.theme.textFaint;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.strokeRect(
    bar.left + 0.5,
    bar.y + 0.5,
    Math.max(1, bar.right - bar.left - 1),
    BAR_HEIGHT - 1,
  );
  context.setLineDash([]);
}

function drawError(context: CanvasRenderingContext2D, view: WaterfallView, bar: Bar): void {
  const width = bar.right - bar.left;
  context.strokeStyle = view.theme.error;
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(bar.left - 1.25, bar.y - 1.25, width + 2.5, BAR_HEIGHT + 2.5, 4);
  context.stroke();
}

function drawSkew(context: CanvasRenderingContext2D, view: WaterfallView, bar: Bar): void {
  context.strokeStyle = view.theme.warn;
  context.lineWidth = 1.5;
  context.setLineDash([2, 2]);
  context.beginPath();
  context.moveTo(bar.left, bar.y - 4);
  context.lineTo(bar.left, bar.y + BAR_HEIGHT + 4);
  context.stroke();
  context.setLineDash([]);
}

function drawCriticalPath(
  context: CanvasRenderingContext2D,
  view: WaterfallView,
  row: number,
  y: number,
): void {
  for (const segment of view.criticalPath.get(row) ?? []) {
    const left = xAtNs(view.timeline, segment.fromNs);
    const width = Math.max(1, xAtNs(view.timeline, segment.toNs) - left);
    context.fillStyle = view.theme.surface;
    context.fillRect(left, y + BAR_HEIGHT - 3, width, 4);
    context.fillStyle = view.theme.text;
    context.fillRect(left, y + BAR_HEIGHT - 2, width, 2);
  }
}

function drawEvents(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  view: WaterfallView,
  row: number,
  y: number,
): void {
  for (const event of model.spans[row]?.events ?? []) {
    const x = xAtNs(view.timeline, eventNs(model, row, event.timeUnixNano));
    const middle = y + BAR_HEIGHT / 2;
    context.fillStyle = event.name === "exception" ? view.theme.error : view.theme.text;
    context.strokeStyle = view.theme.surface;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, middle - 4);
    context.lineTo(x + 4, middle);
    context.lineTo(x, middle + 4);
    context.lineTo(x - 4, middle);
    context.closePath();
    context.fill();
    context.stroke();
  }
}

/** A dashed edge: as far as is known. */
function drawOpenEnd(context: CanvasRenderingContext2D, view: WaterfallView, bar: Bar): void {
  context.strokeStyle = view.theme.textFaint;
  context.lineWidth = 1;
  context.setLineDash([2, 2]);
  context.beginPath();
  context.moveTo(bar.right - 0.5, bar.y - 1);
  context.lineTo(bar.right - 0.5, bar.y + BAR_HEIGHT + 1);
  context.stroke();
  context.setLineDash([]);
}

/** Behind the bar where there is room, before it otherwise, inside it when it fills the row. */
function drawLabel(
  context: CanvasRenderingContext2D,
  view: WaterfallView,
  bar: Bar,
  text: string,
): void {
  const { timeline, theme } = view;
  const width = context.measureText(text).width;
  const middle = bar.y + BAR_HEIGHT / 2 + 0.5;
  context.fillStyle = theme.textSoft;
  if (bar.right + width + 8 <= timeline.left + timeline.width + LABEL_ROOM)
    context.fillText(text, bar.right + 6, middle);
  else if (bar.left - width - 8 >= timeline.left)
    context.fillText(text, bar.left - width - 8, middle);
  else {
    context.fillStyle = theme.onBar;
    context.fillText(text, Math.min(bar.right, timeline.left + timeline.width) - width - 6, middle);
  }
}

/** A small arrow for a span outside the zoomed window. */
function drawBeyond(
  context: CanvasRenderingContext2D,
  view: WaterfallView,
  isLeft: boolean,
  y: number,
): void {
  const { timeline, theme } = view;
  const tip = isLeft ? timeline.left : timeline.left + timeline.width;
  const base = isLeft ? tip + 5 : tip - 5;
  context.fillStyle = theme.textFaint;
  context.beginPath();
  context.moveTo(tip, y + BAR_HEIGHT / 2);
  context.lineTo(base, y + 2);
  context.lineTo(base, y + BAR_HEIGHT - 2);
  context.closePath();
  context.fill();
}
