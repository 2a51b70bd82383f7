// visible-rows.ts — which rows remain when some are collapsed. Collapsed rows are kept by span id, so they
// survive the arrival of new spans.

import type { TraceModel } from "./model.ts";

/** The rows in sight, in order. O(visible rows): a collapsed subtree is skipped whole. */
export function visibleRows(model: TraceModel, collapsed: ReadonlySet<string>): Int32Array {
  const rows = new Int32Array(model.rowCount);
  let count = 0;
  let row = 0;
  while (row < model.rowCount) {
    rows[count++] = row;
    row += collapsed.has(model.ids[row]!) ? model.size[row]! : 1;
  }
  return rows.subarray(0, count);
}

export function toggleCollapsed(collapsed: ReadonlySet<string>, spanId: string): Set<string> {
  const next = new Set(collapsed);
  if (!next.delete(spanId)) next.add(spanId);
  return next;
}

/** Every row that has children. */
export function collapseAll(model: TraceModel): Set<string> {
  return collapseDeeper(model, 0);
}

/** Every row with children at `depth` or deeper: what "one level less" and "one level more" move. */
export function collapseDeeper(model: TraceModel, depth: number): Set<string> {
  const collapsed = new Set<string>();
  for (let row = 0; row < model.rowCount; row++) {
    if (model.size[row]! > 1 && model.depth[row]! >= depth) collapsed.add(model.ids[row]!);
  }
  return collapsed;
}

/** Opens every ancestor of a row. Returns the same set when nothing was closed. */
export function revealRow(
  model: TraceModel,
  collapsed: ReadonlySet<string>,
  row: number,
): ReadonlySet<string> {
  let next: Set<string> | undefined;
  for (let above = model.parent[row]!; above !== -1; above = model.parent[above]!) {
    if (!collapsed.has(model.ids[above]!)) continue;
    next ??= new Set(collapsed);
    next.delete(model.ids[above]!);
  }
  return next ?? collapsed;
}
