// model.ts — a trace as columns, one row per span, in the order of the tree.
//
// Rows are in pre-order: a span, then its whole subtree, children by start. So the subtree of `row` is the
// rows [row, row + size[row]), collapsing is skipping, and there is no object per row: 100 000 spans are
// about 5 MB.

import type { Span } from "@telemetry/dashboard/contract";

/** Bits of `TraceModel.flags`. */
export const RowFlag = {
  /** The span's status is error. */
  error: 1,
  /** The span has not ended. */
  open: 2,
  /** Not a span: stands for a parent that never arrived. */
  missing: 4,
  /** Its parent never arrived, or it is its own ancestor. */
  orphan: 8,
  /** Drawn later than recorded, because its clock was behind its parent's. */
  skewed: 16,
} as const;
export type RowFlag = (typeof RowFlag)[keyof typeof RowFlag];

export interface TraceService {
  readonly name: string;
  readonly spanCount: number;
  readonly errorCount: number;
}

export interface TraceModel {
  /** Spans and placeholders. */
  readonly rowCount: number;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly openCount: number;
  readonly orphanCount: number;
  readonly depthMax: number;
  /** The span of a row; undefined for a placeholder. */
  readonly spans: readonly (Span | undefined)[];
  /** The span id of a row; of a placeholder the id of the missing parent. */
  readonly ids: readonly string[];
  /** Nanoseconds from `startMs` + `startFractionNs`, after the correction of clock skew. */
  readonly startNs: Float64Array;
  /** Nanoseconds; of an open span as far as is known (0 or more). */
  readonly durationNs: Float64Array;
  /** How far a row was moved because of clock skew; 0 for most. */
  readonly skewNs: Float64Array;
  /** Row of the parent; −1 for a root. */
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** Rows of the subtree, itself included. */
  readonly size: Int32Array;
  /** Direct children. */
  readonly childCount: Int32Array;
  /** Place among its siblings, from 1. */
  readonly place: Int32Array;
  /** Errors in the subtree, itself included. */
  readonly errorsInside: Int32Array;
  /** Index into `services`. */
  readonly service: Int32Array;
  readonly flags: Uint8Array;
  /** In the order of their first row: the order of their colours. */
  readonly services: readonly TraceService[];
  /** Start of the trace: epoch milliseconds, and the nanoseconds below. */
  readonly startMs: number;
  readonly startFractionNs: number;
  /** From the first start to the last known end. */
  readonly totalNs: number;
  /** The first row without a parent, which names the trace; −1 in an empty trace. */
  readonly rootRow: number;
}

export function hasFlag(model: TraceModel, row: number, flag: RowFlag): boolean {
  return (model.flags[row]! & flag) !== 0;
}

/** The row of a span id; −1 when the trace has no such span. */
export function rowOfSpan(model: TraceModel, spanId: string): number {
  return model.ids.indexOf(spanId);
}

/** After this long without an end an open span is taken for lost, and no longer grows. */
const RUNNING_MS_MAX = 10 * 60_000;

/** Whether some span may still be running. */
export function isRunning(model: TraceModel, nowMs: number): boolean {
  const knownMs = model.startMs + model.totalNs / 1e6;
  return model.openCount > 0 && nowMs - knownMs < RUNNING_MS_MAX;
}

/** Where the timeline ends at `nowMs`: the last known end, or now while something runs. */
export function endNsAt(model: TraceModel, nowMs: number): number {
  const nowNs = (nowMs - model.startMs) * 1e6 - model.startFractionNs;
  return Math.max(1, model.totalNs, isRunning(model, nowMs) ? nowNs : 0);
}

/** Whether a row is its parent's last child, which ends the parent's indent guide. */
export function isLastChild(model: TraceModel, row: number): boolean {
  const parent = model.parent[row]!;
  const endOfRow = row + model.size[row]!;
  return parent !== -1 && endOfRow === parent + model.size[parent]!;
}
