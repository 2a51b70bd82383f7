// self-time.ts — a span's duration without the time in which at least one of its children ran.

import type { TraceModel } from "./model.ts";

/** Nanoseconds by row. Children are by start, so one pass over them merges what overlaps. */
export function selfTimes(model: TraceModel): Float64Array {
  const self = Float64Array.from(model.durationNs);
  for (let row = 0; row < model.rowCount; row++) {
    const endNs = model.startNs[row]! + model.durationNs[row]!;
    let coveredToNs = model.startNs[row]!;
    for (let child = row + 1; child < row + model.size[row]!; child += model.size[child]!) {
      const fromNs = Math.max(coveredToNs, model.startNs[child]!);
      const toNs = Math.min(endNs, model.startNs[child]! + model.durationNs[child]!);
      if (toNs <= fromNs) continue;
      self[row]! -= toNs - fromNs;
      coveredToNs = toNs;
    }
  }
  return self;
}
