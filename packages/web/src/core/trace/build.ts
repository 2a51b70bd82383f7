// build.ts — spans in any order → TraceModel.
//
// Spans arrive late, out of order and incomplete. What has no parent here is shown under a placeholder that
// says so; what is its own ancestor starts a tree of its own; nothing is left out.

import type { Span } from "@telemetry/dashboard/contract";
import { correctClockSkew } from "./clock-skew.ts";
import { layOut } from "./lay-out.ts";
import type { Moment } from "./lay-out.ts";
import type { TraceModel } from "./model.ts";
import { linkChildren } from "./span-tree.ts";

/** Lays a trace out. Spans with the same id must have been merged before (see TraceStore). */
export function buildTrace(spans: readonly Span[]): TraceModel {
  const origin = earliestStart(spans);
  const missingIds: string[] = [];
  const parent = findParents(spans, missingIds);
  const nodeCount = spans.length + missingIds.length;
  const startNs = new Float64Array(nodeCount);
  const durationNs = new Float64Array(nodeCount);
  readTimes(spans, origin, startNs, durationNs);
  cutCycles(parent);
  spanPlaceholders(parent, spans.length, startNs, durationNs);

  let tree = linkChildren(spans, parent, startNs, durationNs);
  const skewNs = correctClockSkew(tree);
  if (skewNs.some((skew) => skew !== 0)) {
    spanPlaceholders(parent, spans.length, startNs, durationNs);
    tree = linkChildren(spans, parent, startNs, durationNs);
  }
  return layOut(tree, missingIds, skewNs, origin);
}

function moment(unixNano: string): Moment {
  return { seconds: Number(unixNano.slice(0, -9)), ns: Number(unixNano.slice(-9)) };
}

function earliestStart(spans: readonly Span[]): Moment {
  let earliest: Moment | undefined;
  for (const span of spans) {
    const at = moment(span.startTimeUnixNano);
    const isEarlier =
      earliest === undefined ||
      at.seconds < earliest.seconds ||
      (at.seconds === earliest.seconds && at.ns < earliest.ns);
    if (isEarlier) earliest = at;
  }
  return earliest ?? { seconds: 0, ns: 0 };
}

function readTimes(
  spans: readonly Span[],
  origin: Moment,
  startNs: Float64Array,
  durationNs: Float64Array,
): void {
  const offset = (unixNano: string): number => {
    const at = moment(unixNano);
    return (at.seconds - origin.seconds) * 1e9 + (at.ns - origin.ns);
  };
  for (const [node, span] of spans.entries()) {
    startNs[node] = offset(span.startTimeUnixNano);
    const endNs = span.endTimeUnixNano === undefined ? startNs[node] : offset(span.endTimeUnixNano);
    durationNs[node] = Math.max(0, endNs - startNs[node]);
  }
}

/** The parent node of each span; missing parents become nodes behind the spans. */
function findParents(spans: readonly Span[], missingIds: string[]): Int32Array {
  const nodeById = new Map<string, number>();
  for (const [node, span] of spans.entries()) nodeById.set(span.spanId, node);
  const parent: number[] = [];
  for (const [node, span] of spans.entries()) {
    const id = span.parentSpanId;
    if (id === undefined || id === "") {
      parent[node] = -1;
      continue;
    }
    let found = nodeById.get(id);
    if (found === undefined) {
      found = spans.length + missingIds.length;
      missingIds.push(id);
      nodeById.set(id, found);
    }
    parent[node] = found;
  }
  for (const _ of missingIds) parent.push(-1);
  return Int32Array.from(parent);
}

/** Turns every span that closes a circle of parents into a root. */
function cutCycles(parent: Int32Array): void {
  const seenFrom = new Int32Array(parent.length).fill(-1);
  for (let start = 0; start < parent.length; start++) {
    let node = start;
    while (node !== -1 && seenFrom[node] === -1) {
      seenFrom[node] = start;
      const next = parent[node]!;
      if (next !== -1 && seenFrom[next] === start) parent[node] = -1;
      node = parent[node]!;
    }
  }
}

/** A placeholder reaches from the first start to the last end of its children. */
function spanPlaceholders(
  parent: Int32Array,
  spanCount: number,
  startNs: Float64Array,
  durationNs: Float64Array,
): void {
  startNs.fill(Infinity, spanCount);
  durationNs.fill(0, spanCount);
  for (let node = 0; node < spanCount; node++) {
    const placeholder = parent[node]!;
    if (placeholder >= spanCount)
      startNs[placeholder] = Math.min(startNs[placeholder]!, startNs[node]!);
  }
  for (let node = 0; node < spanCount; node++) {
    const placeholder = parent[node]!;
    if (placeholder < spanCount) continue;
    const endNs = startNs[node]! + durationNs[node]! - startNs[placeholder]!;
    durationNs[placeholder] = Math.max(durationNs[placeholder]!, endNs);
  }
}
