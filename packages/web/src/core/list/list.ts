// list.ts — which rows of a long list are in sight. The face of `list`.
//
// Rows have one height, except the few that are open; nothing is measured that is out of sight.

export interface ListWindow {
  /** First row to render. */
  readonly first: number;
  /** One past the last row to render. */
  readonly last: number;
  /** Pixels above the first rendered row. */
  readonly offset: number;
  /** Height of the whole list. */
  readonly height: number;
}

export interface ListGeometry {
  readonly rowCount: number;
  readonly rowHeight: number;
  /** Height of an open row beyond `rowHeight`, by row; few. */
  readonly extra?: ReadonlyMap<number, number>;
}

/** The rows between `scrollTop` and `scrollTop + height`, with `overscan` rows on both sides. */
export function windowOf(
  geometry: ListGeometry,
  scrollTop: number,
  height: number,
  overscan = 6,
): ListWindow {
  const { rowCount, rowHeight } = geometry;
  const open = [...(geometry.extra ?? [])]
    .filter(([row]) => row < rowCount)
    .sort(([a], [b]) => a - b);
  const total = rowCount * rowHeight + open.reduce((sum, [, extra]) => sum + extra, 0);
  const first = Math.max(0, rowAt(open, rowHeight, rowCount, scrollTop) - overscan);
  const last = Math.min(
    rowCount,
    rowAt(open, rowHeight, rowCount, scrollTop + height) + 1 + overscan,
  );
  return { first, last, offset: topOf(geometry, first), height: total };
}

/** Pixels above a row. */
export function topOf(geometry: ListGeometry, row: number): number {
  let top = row * geometry.rowHeight;
  for (const [open, extra] of geometry.extra ?? []) if (open < row) top += extra;
  return top;
}

/** The scroll position that brings a row into sight with the least movement. */
export function scrollToRow(
  geometry: ListGeometry,
  row: number,
  scrollTop: number,
  height: number,
): number {
  const top = topOf(geometry, row);
  const bottom = top + geometry.rowHeight + (geometry.extra?.get(row) ?? 0);
  if (top < scrollTop) return top;
  return bottom > scrollTop + height ? Math.max(0, Math.min(top, bottom - height)) : scrollTop;
}

function rowAt(
  open: readonly [number, number][],
  rowHeight: number,
  rowCount: number,
  y: number,
): number {
  let above = 0;
  for (const [row, extra] of open) {
    const bottom = (row + 1) * rowHeight + above;
    if (y < bottom) break;
    if (y < bottom + extra) return row;
    above += extra;
  }
  return Math.max(0, Math.min(rowCount - 1, Math.floor((y - above) / rowHeight)));
}
