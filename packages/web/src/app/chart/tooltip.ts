// tooltip.ts — the values under a chart's crosshair. Labels are telemetry: they are set as text.

interface TooltipContent {
  readonly title: string;
  /** The greatest first. */
  readonly rows: readonly {
    readonly label: string;
    readonly color: string;
    readonly value: number;
  }[];
  readonly formatValue: (value: number) => string;
  /** Where the crosshair is, and how much room there is, in pixels of the chart. */
  readonly x: number;
  readonly width: number;
}

const ROWS_MAX = 12;

export function showTooltip(tooltip: HTMLElement, content: TooltipContent): void {
  tooltip.hidden = content.rows.length === 0;
  if (tooltip.hidden) return;
  const rows = content.rows.slice(0, ROWS_MAX).map(({ label, color, value }) => {
    const dot = element("span", "service-dot", "");
    dot.style.background = color;
    const row = element("div", "tooltip-row", "");
    row.append(
      dot,
      element("span", "cut", label),
      element("span", "number", content.formatValue(value)),
    );
    return row;
  });
  const left = content.rows.length - rows.length;
  if (left > 0) rows.push(element("div", "tooltip-more", `and ${left} more`));
  tooltip.replaceChildren(element("div", "tooltip-title number", content.title), ...rows);
  const { offsetWidth } = tooltip;
  const isRight = content.x + 14 + offsetWidth < content.width;
  tooltip.style.left = `${isRight ? content.x + 14 : Math.max(0, content.x - 14 - offsetWidth)}px`;
}

function element(tag: "div" | "span", name: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
