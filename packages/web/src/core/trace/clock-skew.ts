// clock-skew.ts — moves spans whose machine's clock is behind their parent's.
//
// A child cannot start before the call that caused it. Where one does, and it was recorded by another process,
// the clocks differ by at least that much: the child and what its process did below it are drawn that much
// later, and marked. Recorded times are not touched. Within one process nothing is moved: there the order is real.

import type { Span } from "@telemetry/dashboard/contract";
import type { SpanTree } from "./span-tree.ts";

/** Moves `tree.startNs` in place and returns by how much each node was moved. */
export function correctClockSkew(tree: SpanTree): Float64Array {
  const skewNs = new Float64Array(tree.nodeCount);
  const processes = tree.spans.map(processOf);
  for (const root of tree.roots) {
    for (const node of descendants(tree, root)) {
      const parent = tree.parent[node]!;
      const isPlaceholder = parent >= tree.spans.length;
      if (isPlaceholder) continue;
      const inherited = processes[node] === processes[parent] ? skewNs[parent]! : 0;
      const behind =
        processes[node] === processes[parent] ? 0 : tree.startNs[parent]! - tree.startNs[node]!;
      skewNs[node] = behind > 0 ? behind : inherited;
      tree.startNs[node]! += skewNs[node];
    }
  }
  return skewNs;
}

/** What tells two clocks apart: the host and the process. */
function processOf(span: Span): string {
  const { resource } = span;
  const parts = [resource["host.name"], resource["process.pid"], resource["service.instance.id"]];
  return `${span.service}\n${parts.map((part) => (part === undefined ? "" : JSON.stringify(part))).join("\n")}`;
}

/** Parents before children, the root itself left out. */
function* descendants(tree: SpanTree, root: number): Generator<number> {
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node !== root) yield node;
    for (let child = tree.firstChild[node]!; child !== -1; child = tree.nextSibling[child]!)
      waiting.push(child);
  }
}
