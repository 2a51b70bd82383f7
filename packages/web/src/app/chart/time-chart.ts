// time-chart.ts — our adapter around uPlot: lines, areas or bars over time.
//
// One chart lives as long as its element: it is made once, gets new data by `update`, and is removed by `close`.
// Its tooltip and zoom are ours. Colours are read at drawing time, so a change of theme is one redraw.

import "./valid-language.ts";
import uPlot from "uplot";
import { formatTime } from "../../core/time/time.ts";
import { timeAxis, valueAxis, valueRange } from "./axes.ts";
import type { ChartData, ChartOptions } from "./chart-data.ts";
import { drawExemplars, hitExemplar } from "./exemplar-dots.ts";
import { showTooltip } from "./tooltip.ts";

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
    const { isFromZero, font, onZoom, onReset, syncKey } = this.#options;
    const data = (): ChartData => this.#data;
    return {
      ...size,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      scales: {
        x: { time: true, range: () => [this.#data.fromMs / 1_000, this.#data.toMs / 1_000] },
        y: { range: (_, min, max) => valueRange(min, max, isFromZero) },
      },
      axes: [timeAxis(data, font), valueAxis(data, font)],
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
        draw: [(plot) => drawExemplars(plot, this.#data)],
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
      points: {
        show: !isBars,
        size: 4,
        filter: (plot, index) => lonePoints(plot.data[index] as (number | null)[]),
      },
      spanGaps: false,
      ...(isBars ? { paths: uPlot.paths.bars!({ size: [0.75, 28], radius: 0.15 }) } : {}),
    };
  }

  #colorOf(seriesIndex: number): string {
    return this.#data.series[seriesIndex - 1]?.color ?? this.#data.axisColor;
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

  #onClick(event: MouseEvent): void {
    const box = this.#plot.over.getBoundingClientRect();
    const place = hitExemplar(
      this.#plot,
      this.#data,
      event.clientX - box.left,
      event.clientY - box.top,
    );
    if (place !== -1) this.#options.onExemplar?.(place);
  }
}

function alignedData(data: ChartData): uPlot.AlignedData {
  return [
    data.times as number[],
    ...data.series.map((series) => series.values as (number | null)[]),
  ];
}

/** Points that no line shows, because neither neighbour has a value. */
function lonePoints(values: readonly (number | null | undefined)[]): number[] {
  const places: number[] = [];
  for (const [place, value] of values.entries()) {
    const isLone = typeof values[place - 1] !== "number" && typeof values[place + 1] !== "number";
    if (typeof value === "number" && isLone) places.push(place);
  }
  return places;
}

/** Colours come resolved, as `rgb(r, g, b)`. */
function translucent(color: string, alpha: number): string {
  return color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
