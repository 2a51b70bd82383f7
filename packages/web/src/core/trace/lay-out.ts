// lay-out.ts — a tree of spans → rows in pre-order, the columns of TraceModel.

import type { Span } from "@telemetry/dashboard/contract";
import { RowFlag } from "./model.ts";
import type { TraceModel, TraceService } from "./model.ts";
import type { SpanTree } from "./span-tree.ts";

/** A moment as two numbers, because epoch nanoseconds do not fit one. */
export interface Moment {
  readonly seconds: number;
  readonly ns: number;
}

/** Writes the rows in pre-order. */
export function layOut(
  tree: SpanTree,
  missingIds: readonly string[],
  skewNs: Float64Array,
  origin: Moment,
): TraceModel {
  const { spans: given, nodeCount } = tree;
  const order = preOrder(tree);
  const rowOfNode = new Int32Array(nodeCount);
  for (const [row, node] of order.entries()) rowOfNode[node] = row;

  const spans: (Span | undefined)[] = [];
  const ids: string[] = [];
  const startNs = new Float64Array(nodeCount);
  const durationNs = new Float64Array(nodeCount);
  const skew = new Float64Array(nodeCount);
  const parent = new Int32Array(nodeCount);
  const depth = new Int32Array(nodeCount);
  const service = new Int32Array(nodeCount);
  const flags = new Uint8Array(nodeCount);
  const services = new ServiceTable();
  let totalNs = 0;
  let firstNs = Infinity;
  for (const [row, node] of order.entries()) {
    const span = given[node];
    spans[row] = span;
    ids[row] = span?.spanId ?? missingIds[node - given.length]!;
    startNs[row] = tree.startNs[node]!;
    durationNs[row] = tree.durationNs[node]!;
    skew[row] = skewNs[node]!;
    const above = tree.parent[node]!;
    parent[row] = above === -1 ? -1 : rowOfNode[above]!;
    depth[row] = above === -1 ? 0 : depth[parent[row]]! + 1;
    flags[row] = flagsOf(span, skew[row], above, given.length);
    service[row] = services.place(span ?? given[tree.firstChild[node]!]!, span !== undefined);
    firstNs = Math.min(firstNs, startNs[row]);
    totalNs = Math.max(totalNs, startNs[row] + durationNs[row]);
  }
  // Moving a skewed first span leaves a gap at the start; everything begins at zero again.
  if (firstNs > 0 && firstNs < Infinity) {
    for (let row = 0; row < nodeCount; row++) startNs[row]! -= firstNs;
    totalNs -= firstNs;
  } else {
    firstNs = 0;
  }
  const startAtNs = origin.ns + firstNs;
  return {
    rowCount: nodeCount,
    spanCount: given.length,
    errorCount: count(flags, RowFlag.error),
    openCount: count(flags, RowFlag.open),
    orphanCount: count(flags, RowFlag.orphan),
    depthMax: depth.reduce((most, value) => Math.max(most, value), 0) + (nodeCount === 0 ? 0 : 1),
    spans,
    ids,
    startNs,
    durationNs,
    skewNs: skew,
    parent,
    depth,
    ...sumUp(parent, flags),
    service,
    flags,
    services: services.list(),
    startMs: origin.seconds * 1e3 + Math.floor(startAtNs / 1e6),
    startFractionNs: startAtNs % 1e6,
    totalNs,
    rootRow: spans.findIndex((span, row) => span !== undefined && parent[row] === -1),
  };
}

function preOrder(tree: SpanTree): Int32Array {
  const order = new Int32Array(tree.nodeCount);
  let row = 0;
  for (const root of tree.roots) {
    let node = root;
    while (node !== -1) {
      order[row++] = node;
      if (tree.firstChild[node] !== -1) {
        node = tree.firstChild[node]!;
        continue;
      }
      while (node !== root && tree.nextSibling[node] === -1) node = tree.parent[node]!;
      node = node === root ? -1 : tree.nextSibling[node]!;
    }
  }
  return order;
}

function flagsOf(
  span: Span | undefined,
  skewNs: number,
  parent: number,
  spanCount: number,
): number {
  if (span === undefined) return RowFlag.missing;
  const hasParentId = span.parentSpanId !== undefined && span.parentSpanId !== "";
  let flags = 0;
  if (span.status.code === "error") flags |= RowFlag.error;
  if (span.endTimeUnixNano === undefined) flags |= RowFlag.open;
  if (parent >= spanCount || (parent === -1 && hasParentId)) flags |= RowFlag.orphan;
  if (skewNs !== 0) flags |= RowFlag.skewed;
  return flags;
}

type Sums = Pick<TraceModel, "size" | "errorsInside" | "childCount" | "place">;

/** Children come after their parent, so counts go up from the last row to the first. */
function sumUp(parent: Int32Array, flags: Uint8Array): Sums {
  const size = new Int32Array(parent.length).fill(1);
  const errorsInside = Int32Array.from(flags, (flag) => ((flag & RowFlag.error) === 0 ? 0 : 1));
  const childCount = new Int32Array(parent.length);
  const place = new Int32Array(parent.length);
  let rootCount = 0;
  for (let row = 0; row < parent.length; row++) {
    const above = parent[row]!;
    place[row] = above === -1 ? ++rootCount : ++childCount[above]!;
  }
  for (let row = parent.length - 1; row >= 0; row--) {
    const above = parent[row]!;
    if (above === -1) continue;
    size[above]! += size[row]!;
    errorsInside[above]! += errorsInside[row]!;
  }
  return { size, errorsInside, childCount, place };
}

function count(flags: Uint8Array, flag: RowFlag): number {
  let total = 0;
  for (const value of flags) if ((value & flag) !== 0) total++;
  return total;
}

class ServiceTable {
  readonly #places = new Map<string, number>();
  readonly #services: { name: string; spanCount: number; errorCount: number }[] = [];

  place(span: Span, isCounted: boolean): number {
    let place = this.#places.get(span.service);
    if (place === undefined) {
      place = this.#services.length;
      this.#places.set(span.service, place);
      this.#services.push({ name: span.service, spanCount: 0, errorCount: 0 });
    }
    const service = this.#services[place]!;
    if (isCounted) service.spanCount++;
    if (isCounted && span.status.code === "error") service.errorCount++;
    return place;
  }

  list(): TraceService[] {
    return this.#services;
  }
}
