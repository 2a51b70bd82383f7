// span-tree.ts — parents and children as linked lists of numbers, between the spans as they came and their rows.

import type { Span } from "@telemetry/dashboard/contract";

/** Nodes are the spans in the order given, then one placeholder for each missing parent. */
export interface SpanTree {
  readonly spans: readonly Span[];
  readonly nodeCount: number;
  readonly parent: Int32Array;
  readonly startNs: Float64Array;
  readonly durationNs: Float64Array;
  /** Children lists, by start. */
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly roots: number[];
}

/** Links every node under its parent, children by start. */
export function linkChildren(
  spans: readonly Span[],
  parent: Int32Array,
  startNs: Float64Array,
  durationNs: Float64Array,
): SpanTree {
  const nodeCount = parent.length;
  const firstChild = new Int32Array(nodeCount).fill(-1);
  const nextSibling = new Int32Array(nodeCount).fill(-1);
  const roots: number[] = [];
  const byStart = Int32Array.from({ length: nodeCount }, (_, node) => node);
  // Ties: the longer span first, then the order given, so that a layout never depends on arrival alone.
  byStart.sort((a, b) => startNs[b]! - startNs[a]! || durationNs[a]! - durationNs[b]! || b - a);
  for (const node of byStart) {
    const above = parent[node]!;
    if (above === -1) {
      roots.push(node);
      continue;
    }
    nextSibling[node] = firstChild[above]!;
    firstChild[above] = node;
  }
  return {
    spans,
    nodeCount,
    parent,
    startNs,
    durationNs,
    firstChild,
    nextSibling,
    roots: roots.reverse(),
  };
}
