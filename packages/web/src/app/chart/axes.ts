// axes.ts — how a chart's axes are labelled and how far they reach.

import type uPlot from "uplot";
import { formatDay, formatTime } from "../../core/time/time.ts";
import type { Zone } from "../../core/time/time.ts";
import type { ChartData } from "./chart-data.ts";

/** The data is asked for at drawing time, so that a new theme or zone needs no new axis. */
export function timeAxis(data: () => ChartData, font: string): uPlot.Axis {
  return {
    stroke: () => data().axisColor,
    font: `11px ${font}`,
    grid: { show: false },
    ticks: { stroke: () => data().gridColor, width: 1, size: 4 },
    size: 28,
    gap: 6,
    space: 80,
    values: (_, splits, __, ___, step) =>
      splits.map((split) => timeLabel(split * 1_000, step, data().zone)),
  };
}

/** As wide as its longest label. */
export function valueAxis(data: () => ChartData, font: string): uPlot.Axis {
  return {
    stroke: () => data().axisColor,
    font: `11px ${font}`,
    grid: { stroke: () => data().gridColor, width: 1 },
    ticks: { show: false },
    size: (_, values) =>
      Math.max(40, 14 + 6.4 * Math.max(0, ...(values ?? []).map((value) => value.length))),
    gap: 8,
    space: 36,
    values: (_, splits) => splits.map((split) => tickText(split, data().formatValue)),
  };
}

/** From zero, or around the values with a tenth of room; a flat line stands in the middle. */
export function valueRange(
  min: number | null,
  max: number | null,
  isFromZero: boolean,
): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  if (isFromZero && min >= 0) return [0, max === 0 ? 1 : max * 1.08];
  const room = max === min ? Math.abs(max) * 0.1 || 1 : (max - min) * 0.1;
  return [min >= 0 ? Math.max(0, min - room) : min - room, max + room];
}

/** Ticks are round: `2.50 s` is `2.5 s` there, and zero needs no unit. */
function tickText(value: number, formatValue: (value: number) => string): string {
  if (value === 0) return "0";
  return formatValue(value)
    .replace(/(\.\d*?)0+(?!\d)/, "$1")
    .replace(/\.(?!\d)/, "");
}

function timeLabel(ms: number, stepSeconds: number, zone: Zone): string {
  if (stepSeconds >= 86_400) return formatDay(ms, zone).slice(5);
  const text = formatTime(ms, zone, false);
  return stepSeconds >= 60 ? text.slice(0, 5) : text;
}
