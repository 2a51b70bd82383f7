// chart-data.ts — what a TimeChart is given: once how it behaves, again and again what it shows.

import type { Zone } from "../../core/time/time.ts";

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
