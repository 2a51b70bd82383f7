// chart-body.tsx — series as any of the chart types that a view can ask for.

import type { ChartType, MetricAggregate, MetricSeries } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { attributeText, formatValue } from "../../core/format/format.ts";
import { alignSeries, seriesLabel, summarise } from "../../core/metrics/metrics.ts";
import { formatTime, nanoToMs } from "../../core/time/time.ts";
import { ServiceDot } from "../parts/parts.tsx";
import { Sparkline } from "../parts/sparkline-view.tsx";
import { navigate } from "../state/location.ts";
import { zone } from "../state/settings.ts";
import { ChartView } from "./chart-view.tsx";
import { GaugeArc } from "./gauge-arc.tsx";
import { HeatmapChart } from "./heatmap-chart.tsx";
import { HistogramChart } from "./histogram-chart.tsx";
import { useSeriesColors } from "./use-series-colors.ts";

export interface ChartBodyProps {
  chartType: ChartType;
  name: string;
  unit: string;
  aggregate: MetricAggregate;
  series: readonly MetricSeries[];
  fromMs: number;
  toMs: number;
}

export function ChartBody(props: ChartBodyProps): JSX.Element {
  switch (props.chartType) {
    case "line_chart":
    case "bar_chart":
      return <TimeSeries {...props} />;
    case "stat":
      return <Stat {...props} />;
    case "gauge":
      return <GaugeArc {...props} />;
    case "table":
      return <SeriesTable {...props} />;
    case "heatmap":
      return <HeatmapChart {...props} />;
    case "histogram":
      return <HistogramChart {...props} />;
    case "log":
      return <PointLog {...props} />;
  }
}

function TimeSeries(props: ChartBodyProps): JSX.Element {
  const { times, values } = alignSeries(props.series);
  const { last } = summarise(values[0] ?? []);
  const isSingle = props.series.length === 1;
  const colors = useSeriesColors(props.series);
  return (
    <ChartView
      kind={props.chartType === "bar_chart" ? "bars" : isSingle ? "area" : "line"}
      label={`${props.name}: ${props.series.length} series, newest value ${formatValue(last, props.unit)}`}
      times={times}
      series={props.series.map((one, place) => ({
        label: isSingle ? props.name : seriesLabel(one.attributes),
        color: isSingle ? "accent" : colors[place]!,
        values: values[place]!,
      }))}
      fromMs={props.fromMs}
      toMs={props.toMs}
      formatValue={(value) => formatValue(value, props.unit)}
      syncKey="views"
      onZoom={(fromMs, toMs) => navigate({ range: { kind: "between", fromMs, toMs } })}
    />
  );
}

/** The newest value, large, over its recent course. Several series are the largest first. */
function Stat({ series, unit }: ChartBodyProps): JSX.Element {
  const { values } = alignSeries(series);
  const rows = series
    .map((one, place) => ({
      label: seriesLabel(one.attributes),
      values: values[place]!,
      last: summarise(values[place]!).last,
    }))
    .sort((a, b) => b.last - a.last);
  const [first, ...rest] = rows;
  return (
    <div class="stat">
      <span class="stat-value number">{formatValue(first!.last, unit)}</span>
      {rows.length > 1 && <span class="hint cut">{first!.label}</span>}
      {rest.slice(0, 3).map((row) => (
        <span key={row.label} class="stat-row">
          <span class="cut soft">{row.label}</span>
          <span class="number">{formatValue(row.last, unit)}</span>
        </span>
      ))}
      <Sparkline
        values={first!.values.map((value) => value ?? Number.NaN)}
        color={(theme) => theme.accent}
      />
    </div>
  );
}

const ROWS_MAX = 50;

/** Every series with its newest, mean and greatest value. */
function SeriesTable({ series, unit, name }: ChartBodyProps): JSX.Element {
  const colors = useSeriesColors(series);
  const { values } = alignSeries(series);
  const rows = series
    .map((one, place) => ({
      label: seriesLabel(one.attributes),
      color: colors[place]!,
      ...summarise(values[place]!),
    }))
    .sort((a, b) => b.last - a.last);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={name}>
      <table class="table compact">
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col" class="right">
              Last
            </th>
            <th scope="col" class="right">
              Mean
            </th>
            <th scope="col" class="right">
              Max
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map((row) => (
            <tr key={row.label}>
              <th scope="row">
                <span class="service-link">
                  <ServiceDot place={row.color} />
                  <span class="cut">{row.label}</span>
                </span>
              </th>
              <td class="number right">{formatValue(row.last, unit)}</td>
              <td class="number right">{formatValue(row.avg, unit)}</td>
              <td class="number right">{formatValue(row.max, unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_MAX && (
        <p class="hint card-pad">
          The {ROWS_MAX} greatest of {rows.length}.
        </p>
      )}
    </div>
  );
}

/** The newest points as lines, like a log. */
function PointLog({ series, unit, name }: ChartBodyProps): JSX.Element {
  const lines = series
    .flatMap((one) =>
      one.points.map(([nano, value]) => ({ nano, value, attributes: one.attributes })),
    )
    .filter((line) => line.value !== null)
    .sort((a, b) => nanoToMs(b.nano) - nanoToMs(a.nano))
    .slice(0, ROWS_MAX);
  return (
    <ol class="point-log mono" tabIndex={0} aria-label={`${name}, newest points`}>
      {lines.map((line, place) => (
        <li key={place}>
          <span class="faint">{formatTime(nanoToMs(line.nano), zone.value, false)}</span>
          <span class="number">{formatValue(line.value!, unit)}</span>
          <span class="cut soft">
            {Object.entries(line.attributes)
              .map(([key, value]) => `${key}=${attributeText(value)}`)
              .join(" ")}
          </span>
        </li>
      ))}
    </ol>
  );
}
