// chart-view.tsx — a TimeChart in the page. The chart is held in a ref, never in state: it is made once.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Zone } from "../../core/time/time.ts";
import { useCanvasTheme, useSize } from "../parts/canvas-view.tsx";
import { zone } from "../state/settings.ts";
import type { ChartData, ChartOptions, ChartPoint } from "./chart-data.ts";
import { TimeChart } from "./time-chart.ts";

interface ChartViewProps {
  kind: ChartOptions["kind"];
  times: readonly number[];
  /** Colours by palette place, or one of the theme's own. */
  series: readonly {
    label: string;
    color: number | "accent" | "error";
    values: readonly (number | null)[];
    isHidden?: boolean;
  }[];
  fromMs: number;
  toMs: number;
  formatValue: (value: number) => string;
  /** The text equivalent. */
  label: string;
  isFromZero?: boolean;
  exemplars?: readonly ChartPoint[];
  onExemplar?: (place: number) => void;
  onZoom?: (fromMs: number, toMs: number) => void;
  onReset?: () => void;
  syncKey?: string;
  class?: string;
}

export function ChartView(props: ChartViewProps): JSX.Element {
  const [ref, size] = useSize<HTMLDivElement>();
  const theme = useCanvasTheme();
  const chart = useRef<TimeChart | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const data = dataOf(props, theme, zone.value);
  const isReady = size.width > 0 && size.height > 0;

  useLayoutEffect(() => {
    if (!isReady || ref.current === null) return;
    const { kind, isFromZero = true, onZoom, syncKey } = latest.current;
    chart.current = new TimeChart(
      ref.current,
      {
        kind,
        isFromZero,
        font: theme.font,
        ...(onZoom === undefined
          ? {}
          : { onZoom: (fromMs, toMs) => latest.current.onZoom?.(fromMs, toMs) }),
        onReset: () => latest.current.onReset?.(),
        onExemplar: (place) => latest.current.onExemplar?.(place),
        ...(syncKey === undefined ? {} : { syncKey }),
      },
      data,
      size,
    );
    return () => {
      chart.current?.close();
      chart.current = null;
    };
  }, [isReady, props.kind, props.isFromZero]);

  useEffect(() => chart.current?.resize(size.width, size.height), [size.width, size.height]);
  useEffect(() => chart.current?.update(data));

  return <div ref={ref} class={`chart ${props.class ?? ""}`} role="img" aria-label={props.label} />;
}

function dataOf(
  props: ChartViewProps,
  theme: ReturnType<typeof useCanvasTheme>,
  shownZone: Zone,
): ChartData {
  return {
    times: props.times,
    series: props.series.map(({ color, ...series }) => ({
      ...series,
      color:
        typeof color === "number" ? theme.services[color % theme.services.length]! : theme[color],
    })),
    fromMs: props.fromMs,
    toMs: props.toMs,
    zone: shownZone,
    axisColor: theme.textFaint,
    gridColor: theme.line,
    surfaceColor: theme.surface,
    exemplarColor: theme.accent,
    formatValue: props.formatValue,
    ...(props.exemplars === undefined ? {} : { exemplars: props.exemplars }),
  };
}
