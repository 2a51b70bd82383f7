// critical-path.ts — what the trace's duration was spent on.
//
// Walked backwards from the root's end: the child that ends last before the cursor was being waited for, so
// the time between belongs to the parent, the child's time to the child, and so on from the child's start.
// A child that outlives its parent (work nobody waited for) counts only as far as the parent's end.

import type { TraceModel } from "./model.ts";

/** A stretch of the path that belongs to one row. */
export interface PathSegment {
  readonly row: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** The path of the root's tree, by start. Empty while the root is open or missing. */
export function findCriticalPath(model: TraceModel): PathSegment[] {
  const { rootRow } = model;
  const segments: PathSegment[] = [];
  if (rootRow === -1 || model.spans[rootRow]?.endTimeUnixNano === undefined) return segments;
  const waiting = [frameOf(model, rootRow, model.startNs[rootRow]! + model.durationNs[rootRow]!)];
  while (waiting.length > 0) {
    const frame = waiting.at(-1)!;
    const child = takeChild(model, frame);
    const startNs = model.startNs[frame.row]!;
    const fromNs = child === undefined ? startNs : Math.min(frame.cursorNs, endOf(model, child));
    if (fromNs < frame.cursorNs) segments.push({ row: frame.row, fromNs, toNs: frame.cursorNs });
    if (child === undefined) {
      waiting.pop();
      continue;
    }
    frame.cursorNs = Math.max(startNs, model.startNs[child]!);
    waiting.push(frameOf(model, child, fromNs));
  }
  return segments.reverse();
}

interface Frame {
  readonly row: number;
  /** By end, the last one at the back. */
  readonly children: number[];
  cursorNs: number;
}

function frameOf(model: TraceModel, row: number, cursorNs: number): Frame {
  const children: number[] = [];
  for (let child = row + 1; child < row + model.size[row]!; child += model.size[child]!) {
    if (model.durationNs[child]! > 0) children.push(child);
  }
  children.sort((a, b) => endOf(model, a) - endOf(model, b));
  return { row, children, cursorNs };
}

/** The child that ends last among those that start before the cursor. */
function takeChild(model: TraceModel, frame: Frame): number | undefined {
  for (let child = frame.children.pop(); child !== undefined; child = frame.children.pop()) {
    if (model.startNs[child]! < frame.cursorNs) return child;
  }
  return undefined;
}

function endOf(model: TraceModel, row: number): number {
  return model.startNs[row]! + model.durationNs[row]!;
}
