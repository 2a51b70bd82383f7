// timeline.ts — nanoseconds ⇄ pixels of the right-hand side of the waterfall.

import type { Span } from "@telemetry/dashboard/contract";
import { nanoToMs } from "../../core/time/time.ts";
import type { TraceModel } from "../../core/trace/trace.ts";

export interface Timeline {
  /** Left edge in pixels: behind the tree column. */
  readonly left: number;
  readonly width: number;
  /** What the width shows, in nanoseconds from the trace's start. */
  readonly fromNs: number;
  readonly toNs: number;
}

export function xAtNs(timeline: Timeline, ns: number): number {
  return (
    timeline.left + ((ns - timeline.fromNs) / (timeline.toNs - timeline.fromNs)) * timeline.width
  );
}

export function nsAtX(timeline: Timeline, x: number): number {
  return (
    timeline.fromNs + ((x - timeline.left) / timeline.width) * (timeline.toNs - timeline.fromNs)
  );
}

/** Offset of an event from the trace's start, moved with its span. */
export function eventNs(model: TraceModel, row: number, timeUnixNano: string): number {
  return (
    (nanoToMs(timeUnixNano) - model.startMs) * 1e6 - model.startFractionNs + model.skewNs[row]!
  );
}

/** The event of a row under the pointer: the nearest within 4 pixels. */
export function hitEvent(
  model: TraceModel,
  row: number,
  timeline: Timeline,
  x: number,
): Span["events"][number] | undefined {
  let nearest: Span["events"][number] | undefined;
  let distance = 4;
  for (const event of model.spans[row]?.events ?? []) {
    const away = Math.abs(xAtNs(timeline, eventNs(model, row, event.timeUnixNano)) - x);
    if (away > distance) continue;
    nearest = event;
    distance = away;
  }
  return nearest;
}
