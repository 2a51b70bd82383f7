// waterfall.ts — the picture of a trace: indent guides on the left, bars on the right, one row per span.
//
// Only the rows in sight are drawn, so a frame costs the same for 100 spans and for 100 000. Text of the tree is
// not drawn here: the rows over this canvas are real elements, which can be read, copied and reached by keyboard.

import { niceTicks } from "../../core/axis/axis.ts";
import { isLastChild } from "../../core/trace/trace.ts";
import type { TraceModel } from "../../core/trace/trace.ts";
import { drawBar } from "./bar.ts";
import { xAtNs } from "./timeline.ts";
import type { Timeline } from "./timeline.ts";
import { LABEL_ROOM, ROW_HEIGHT } from "./view.ts";
import type { WaterfallView } from "./view.ts";

/** Indent per level, and the x of the first guide. */
const INDENT = 14;
const GUIDE_X = 15;

export function drawWaterfall(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  view: WaterfallView,
): void {
  const first = Math.max(0, Math.floor(view.scrollTop / ROW_HEIGHT));
  const last = Math.min(view.rows.length, Math.ceil((view.scrollTop + view.height) / ROW_HEIGHT));
  for (let place = first; place < last; place++) drawRowBackground(context, view, place);
  drawGrid(context, view);
  context.font = `500 11px ${view.theme.font}`;
  context.textBaseline = "middle";
  for (let place = first; place < last; place++) {
    const row = view.rows[place]!;
    const top = place * ROW_HEIGHT - view.scrollTop;
    drawGuides(context, model, view, row, top);
    context.save();
    clipToTimeline(context, view.timeline, top);
    drawBar(context, model, view, row, top);
    context.restore();
  }
}

function drawRowBackground(
  context: CanvasRenderingContext2D,
  view: WaterfallView,
  place: number,
): void {
  const { theme, timeline } = view;
  const row = view.rows[place]!;
  const fill =
    row === view.selectedRow
      ? theme.selected
      : view.matches.has(row)
        ? theme.match
        : row === view.hoveredRow
          ? theme.hover
          : undefined;
  if (fill === undefined) return;
  context.fillStyle = fill;
  context.fillRect(
    0,
    place * ROW_HEIGHT - view.scrollTop,
    timeline.left + timeline.width + LABEL_ROOM,
    ROW_HEIGHT,
  );
}

/** Vertical lines at the ticks of the axis above. */
function drawGrid(context: CanvasRenderingContext2D, view: WaterfallView): void {
  const { timeline, theme, height } = view;
  const { ticks } = niceTicks(timeline.fromNs, timeline.toNs, Math.max(2, timeline.width / 120));
  context.fillStyle = theme.line;
  for (const tick of ticks) context.fillRect(Math.round(xAtNs(timeline, tick)), 0, 1, height);
}

/** One vertical line per open ancestor, ending at its last child, and an elbow to the row itself. */
function drawGuides(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  view: WaterfallView,
  row: number,
  top: number,
): void {
  const middle = Math.round(top + ROW_HEIGHT / 2);
  const bottom = top + ROW_HEIGHT;
  const xOf = (depth: number): number => GUIDE_X + depth * INDENT;
  context.save();
  context.beginPath();
  context.rect(0, top, view.timeline.left - 8, ROW_HEIGHT);
  context.clip();
  context.fillStyle = view.theme.lineStrong;
  const isOpen = model.size[row]! > 1 && !view.collapsed.has(model.ids[row]!);
  if (isOpen) context.fillRect(xOf(model.depth[row]!), middle + 7, 1, bottom - middle - 7);
  let child = row;
  for (let above = model.parent[row]!; above !== -1; above = model.parent[above]!) {
    const x = xOf(model.depth[above]!);
    const isLast = isLastChild(model, child);
    if (child === row) {
      context.fillRect(x, top, 1, isLast ? middle - top : ROW_HEIGHT);
      context.fillRect(x, middle, INDENT - (model.size[row]! > 1 ? 7 : 4), 1);
    } else if (!isLast) {
      context.fillRect(x, top, 1, ROW_HEIGHT);
    }
    child = above;
  }
  context.restore();
}

function clipToTimeline(context: CanvasRenderingContext2D, timeline: Timeline, top: number): void {
  context.beginPath();
  context.rect(timeline.left - 6, top, timeline.width + 6 + LABEL_ROOM, ROW_HEIGHT);
  context.clip();
}
