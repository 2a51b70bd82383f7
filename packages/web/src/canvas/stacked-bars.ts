// stacked-bars.ts — counts over time, stacked by kind: the histogram above the logs.

export interface StackedBarsView {
  readonly width: number;
  readonly height: number;
  /** By kind, from the bottom up; each the colour of the counts at the same place. */
  readonly colors: readonly string[];
  readonly countMax: number;
  readonly hovered: number;
  readonly hoverColor: string;
}

/** Draws one bar per bin; a bin with anything in it is at least two pixels high. */
export function drawStackedBars(
  context: CanvasRenderingContext2D,
  counts: readonly ArrayLike<number>[],
  view: StackedBarsView,
): void {
  const binCount = counts[0]?.length ?? 0;
  const binWidth = view.width / Math.max(1, binCount);
  const barWidth = Math.max(1, binWidth - Math.min(2, binWidth * 0.25));
  for (let bin = 0; bin < binCount; bin++) {
    const left = bin * binWidth;
    if (bin === view.hovered) {
      context.fillStyle = view.hoverColor;
      context.fillRect(left, 0, binWidth, view.height);
    }
    let bottom = view.height;
    for (const [kind, column] of counts.entries()) {
      const count = column[bin]!;
      if (count === 0) continue;
      const height = Math.max(2, (count / view.countMax) * (view.height - 4));
      context.fillStyle = view.colors[kind % view.colors.length]!;
      context.fillRect(left, bottom - height, barWidth, height);
      bottom -= height;
    }
  }
}
