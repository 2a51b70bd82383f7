// build.ts — spans in any order → TraceModel.
//
// Spans arrive late, out of order and incomplete. What has no parent here is shown under a placeholder that
// says so; what is its own ancestor starts a tree of its own; nothing is left out.

import type { Span } from "@telemetry/dashboard/contract";
import { correctClockSkew } from "./clock-skew.ts";
import { RowFlag } from "./model.ts";
import type { TraceModel, TraceService } from "./model.ts";

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

/** A moment as two numbers, because epoch nanoseconds do not fit one. */
interface Moment {
  readonly seconds: number;
  readonly ns: number;
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

function linkChildren(
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

/** Writes the rows in pre-order. */
function layOut(
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
