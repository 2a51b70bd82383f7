// time-chart.ts — the only place that knows uPlot: lines, areas or bars over time.
//
// One chart lives as long as its element: it is made once, gets new data by `update`, and is removed by `close`.
// Its tooltip and zoom are ours. Colours are read at drawing time, so a change of theme is one redraw.

import "./valid-language.ts";
import uPlot from "uplot";
import { formatDay, formatTime } from "../../core/time/time.ts";
import type { Zone } from "../../core/time/time.ts";
import { showTooltip } from "./tooltip.ts";

export interface ChartSeries {
  readonly label: string;
  readonly color: string;
  readonly values: readonly (number | null)[];
  readonly isHidden?: boolean;
}

export interface ChartPoint {
  readonly timeMs: number;
  readonly value: number;
}

export interface ChartData {
  /** Epoch seconds. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly zone: Zone;
  readonly axisColor: string;
  readonly gridColor: string;
  readonly surfaceColor: string;
  readonly exemplarColor: string;
  readonly formatValue: (value: number) => string;
  /** Dots that lead somewhere; clicked ones are handed to `onExemplar` by place. */
  readonly exemplars?: readonly ChartPoint[];
}

export interface ChartOptions {
  readonly kind: "line" | "area" | "bars";
  readonly isFromZero: boolean;
  readonly font: string;
  /** The window that was drawn with the pointer. */
  readonly onZoom?: (fromMs: number, toMs: number) => void;
  /** Double click: back to the whole. */
  readonly onReset?: () => void;
  readonly onExemplar?: (place: number) => void;
  /** Charts with one key share their crosshair. */
  readonly syncKey?: string;
}

const EXEMPLAR_REACH = 10;

export class TimeChart {
  readonly #element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #plot: uPlot;
  readonly #tooltip: HTMLElement;
  #data: ChartData;

  constructor(
    element: HTMLElement,
    options: ChartOptions,
    data: ChartData,
    size: { width: number; height: number },
  ) {
    this.#element = element;
    this.#options = options;
    this.#data = data;
    this.#plot = new uPlot(this.#plotOptions(size), alignedData(data), element);
    this.#tooltip = document.createElement("div");
    this.#tooltip.className = "chart-tooltip";
    this.#tooltip.hidden = true;
    this.#tooltip.ariaHidden = "true";
    element.append(this.#tooltip);
    this.#plot.over.addEventListener("click", (event) => this.#onClick(event));
  }

  update(data: ChartData): void {
    const hadSeries = this.#data.series.length;
    this.#data = data;
    this.#plot.batch(() => {
      for (let place = hadSeries; place > data.series.length; place--) this.#plot.delSeries(place);
      for (let place = hadSeries; place < data.series.length; place++)
        this.#plot.addSeries(this.#seriesOptions(place), place + 1);
      for (const [place, series] of data.series.entries()) {
        const isShown = series.isHidden !== true;
        if (this.#plot.series[place + 1]!.show !== isShown)
          this.#plot.setSeries(place + 1, { show: isShown });
      }
      this.#plot.setData(alignedData(data), true);
    });
  }

  resize(width: number, height: number): void {
    this.#plot.setSize({ width, height });
  }

  close(): void {
    this.#plot.destroy();
    this.#tooltip.remove();
  }

  #plotOptions(size: { width: number; height: number }): uPlot.Options {
    const { isFromZero, onZoom, onReset, syncKey } = this.#options;
    return {
      ...size,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      scales: {
        x: { time: true, range: () => [this.#data.fromMs / 1_000, this.#data.toMs / 1_000] },
        y: { range: (_, min, max) => valueRange(min, max, isFromZero) },
      },
      axes: [this.#timeAxis(), this.#valueAxis()],
      series: [{}, ...this.#data.series.map((_, place) => this.#seriesOptions(place))],
      cursor: {
        y: false,
        points: {
          size: 7,
          width: 2,
          fill: (_, place) => this.#colorOf(place),
          stroke: () => this.#data.surfaceColor,
        },
        drag: { x: onZoom !== undefined, y: false, setScale: false },
        bind: { dblclick: () => () => (onReset?.(), null) },
        ...(syncKey === undefined ? {} : { sync: { key: syncKey } }),
      },
      hooks: {
        setCursor: [(plot) => this.#onCursor(plot)],
        setSelect: [(plot) => this.#onSelect(plot)],
        draw: [(plot) => this.#drawExemplars(plot)],
      },
    };
  }

  #seriesOptions(place: number): uPlot.Series {
    const { kind } = this.#options;
    const isBars = kind === "bars";
    return {
      show: this.#data.series[place]?.isHidden !== true,
      stroke: () => this.#colorOf(place + 1),
      fill: () =>
        kind === "line"
          ? "transparent"
          : translucent(this.#colorOf(place + 1), isBars ? 0.85 : 0.12),
      width: isBars ? 0 : 1.5,
      points: { show: this.#data.times.length < 2 },
      spanGaps: false,
      ...(isBars ? { paths: uPlot.paths.bars!({ size: [0.75, 28], radius: 0.15 }) } : {}),
    };
  }

  #colorOf(seriesIndex: number): string {
    return this.#data.series[seriesIndex - 1]?.color ?? this.#data.axisColor;
  }

  #timeAxis(): uPlot.Axis {
    return {
      stroke: () => this.#data.axisColor,
      font: `11px ${this.#options.font}`,
      grid: { show: false },
      ticks: { stroke: () => this.#data.gridColor, width: 1, size: 4 },
      size: 28,
      gap: 6,
      space: 80,
      values: (_, splits, __, ___, step) =>
        splits.map((split) => timeLabel(split * 1_000, step, this.#data.zone)),
    };
  }

  #valueAxis(): uPlot.Axis {
    return {
      stroke: () => this.#data.axisColor,
      font: `11px ${this.#options.font}`,
      grid: { stroke: () => this.#data.gridColor, width: 1 },
      ticks: { show: false },
      size: (_, values) =>
        Math.max(40, 14 + 6.4 * Math.max(0, ...(values ?? []).map((value) => value.length))),
      gap: 8,
      space: 36,
      values: (_, splits) => splits.map((split) => tickText(split, this.#data.formatValue)),
    };
  }

  #onCursor(plot: uPlot): void {
    const { idx, left } = plot.cursor;
    if (
      idx === null ||
      idx === undefined ||
      left === undefined ||
      left < 0 ||
      plot.data[0][idx] === undefined
    ) {
      this.#tooltip.hidden = true;
      return;
    }
    const rows = this.#data.series
      .filter((series) => series.isHidden !== true && typeof series.values[idx] === "number")
      .map((series) => ({ label: series.label, color: series.color, value: series.values[idx]! }))
      .sort((a, b) => b.value - a.value);
    const at = formatTime(plot.data[0][idx] * 1_000, this.#data.zone, false);
    const offset = plot.bbox.left / devicePixelRatio;
    showTooltip(this.#tooltip, {
      title: at,
      rows,
      formatValue: this.#data.formatValue,
      x: left + offset,
      width: this.#element.clientWidth,
    });
  }

  #onSelect(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const [fromMs, toMs] = [left, left + width].map((x) => plot.posToVal(x, "x") * 1_000);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#options.onZoom?.(fromMs!, toMs!);
  }

  #drawExemplars(plot: uPlot): void {
    const { ctx } = plot;
    ctx.save();
    ctx.fillStyle = this.#data.exemplarColor;
    ctx.strokeStyle = this.#data.surfaceColor;
    ctx.lineWidth = devicePixelRatio;
    for (const point of this.#data.exemplars ?? []) {
      const [x, y] = [
        plot.valToPos(point.timeMs / 1_000, "x", true),
        plot.valToPos(point.value, "y", true),
      ];
      const size = 4 * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y);
      ctx.lineTo(x, y + size);
      ctx.lineTo(x - size, y);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }

  #onClick(event: MouseEvent): void {
    const box = this.#plot.over.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let nearest = -1;
    let distance = EXEMPLAR_REACH;
    for (const [place, point] of (this.#data.exemplars ?? []).entries()) {
      const away = Math.hypot(
        this.#plot.valToPos(point.timeMs / 1_000, "x") - x,
        this.#plot.valToPos(point.value, "y") - y,
      );
      if (away < distance) [nearest, distance] = [place, away];
    }
    if (nearest !== -1) this.#options.onExemplar?.(nearest);
  }
}

function alignedData(data: ChartData): uPlot.AlignedData {
  return [
    data.times as number[],
    ...data.series.map((series) => series.values as (number | null)[]),
  ];
}

/** From zero, or around the values with a tenth of room; a flat line stands in the middle. */
function valueRange(min: number | null, max: number | null, isFromZero: boolean): [number, number] {
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

/** Colours come resolved, as `rgb(r, g, b)`. */
function translucent(color: string, alpha: number): string {
  return color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
