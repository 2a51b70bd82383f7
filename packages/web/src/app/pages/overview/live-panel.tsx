// live-panel.tsx — three numbers of the moment, and the last five minutes of the chosen one, by service.

import type { JSX } from "preact";
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
} from "../../../core/format/format.ts";
import { firstActivePlace, momentOf, movingAverage, totalOf } from "../../../core/live/live.ts";
import type { ServiceSeries } from "../../../core/live/live.ts";
import type { OverviewChart } from "../../../core/url/url.ts";
import { ChartView } from "../../chart/chart-view.tsx";
import { ServiceDot } from "../../parts/parts.tsx";
import { Sparkline } from "../../parts/sparkline-view.tsx";
import { overview } from "../../state/live.ts";
import { adjustPage, navigate } from "../../state/location.ts";
import { serviceColor } from "../../state/services.ts";

const WINDOW_SECONDS = 300;
const SPARKLINE_AVERAGE_SECONDS = 10;
/** A single error is a bump, not a spike to the top. */
const ERRORS_AT_TOP_MIN = 5;

/** For a sparkline, where a second is less than a pixel. */
export function smoothed(values: Float64Array | undefined): Float64Array {
  return movingAverage(values ?? new Float64Array(0), SPARKLINE_AVERAGE_SECONDS);
}

export function errorTop(errors: Float64Array): number {
  return errors.reduce((most, count) => Math.max(most, count), ERRORS_AT_TOP_MIN);
}

export function LivePanel({
  chart,
  series,
}: {
  chart: OverviewChart;
  series: readonly ServiceSeries[];
}): JSX.Element {
  const now = momentOf(series, 10);
  const minute = momentOf(series, 60);
  return (
    <section class="card live-panel" aria-label="Last five minutes">
      <div class="tiles" role="group" aria-label="Chart">
        <Tile
          chart={chart}
          name="rate"
          label="Throughput"
          value={formatRate(now.rate)}
          note="spans, last 10 s"
        >
          <Sparkline values={smoothed(totalOf(series, "rate"))} color={(theme) => theme.accent} />
        </Tile>
        <Tile
          chart={chart}
          name="errors"
          label="Errors"
          value={formatPercent(minute.errorRate)}
          note="of spans, last minute"
          isBad={minute.errorRate > 0.01}
        >
          <Sparkline
            values={totalOf(series, "errors")}
            color={(theme) => theme.error}
            max={errorTop(totalOf(series, "errors"))}
          />
        </Tile>
        <Tile
          chart={chart}
          name="p95"
          label="Slowest p95"
          value={minute.slowest === undefined ? "–" : formatDuration(minute.slowest.p95Ms * 1e6)}
          note={
            minute.slowest === undefined
              ? "nothing measured, last minute"
              : `${minute.slowest.name}, last minute`
          }
        >
          <Sparkline
            values={smoothed(series.find((one) => one.name === minute.slowest?.name)?.p95Ms)}
            color={(theme) => theme.accent}
          />
        </Tile>
        <Received />
      </div>
      <LiveChart chart={chart} series={series} />
    </section>
  );
}

interface TileProps {
  chart: OverviewChart;
  name: OverviewChart;
  label: string;
  value: string;
  note: string;
  isBad?: boolean;
  children: JSX.Element;
}

function Tile({
  chart,
  name,
  label,
  value,
  note,
  isBad = false,
  children,
}: TileProps): JSX.Element {
  return (
    <button
      type="button"
      class="tile"
      aria-pressed={chart === name}
      onClick={() => adjustPage("overview", { chart: name })}
    >
      <span class="tile-label">{label}</span>
      <span class={`tile-value number ${isBad ? "is-bad" : ""}`}>{value}</span>
      <span class="tile-note cut">{note}</span>
      {children}
    </button>
  );
}

function Received(): JSX.Element {
  const { spans, logs, points } = overview.totals;
  return (
    <dl class="received-totals" aria-label="Received since the dashboard started">
      {[
        ["Spans", spans],
        ["Logs", logs],
        ["Metric points", points],
      ].map(([label, count]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class="number">{formatCount(count as number)}</dd>
        </div>
      ))}
    </dl>
  );
}

const FORMATS: Readonly<Record<OverviewChart, (value: number) => string>> = {
  rate: formatRate,
  errors: formatRate,
  p95: (milliseconds) => formatDuration(milliseconds * 1e6),
};

const TITLES: Readonly<Record<OverviewChart, string>> = {
  rate: "Spans per second by service",
  errors: "Errors per second by service",
  p95: "p95 of the duration by service",
};

/** Over this many seconds values are averaged, so that work in bursts is a line and not a comb. */
const AVERAGE_SECONDS = 5;
/** A dashboard that was just started shows at least this much. */
const SHOWN_SECONDS_MIN = 60;

function LiveChart({
  chart,
  series,
}: {
  chart: OverviewChart;
  series: readonly ServiceSeries[];
}): JSX.Element {
  const endSecond = Math.floor(Date.now() / 1_000);
  const firstPlace = Math.min(firstActivePlace(series), WINDOW_SECONDS - SHOWN_SECONDS_MIN);
  const startSecond = endSecond - WINDOW_SECONDS + firstPlace;
  const times = Array.from(
    { length: WINDOW_SECONDS - firstPlace },
    (_, place) => startSecond + place,
  );
  const column = chart === "p95" ? "p95Ms" : chart;
  return (
    <>
      <div class="chart-head">
        <h2>
          {TITLES[chart]} <span class="hint">{AVERAGE_SECONDS} s average</span>
        </h2>
        <ul class="legend" aria-label="Services">
          {series.map((one) => (
            <li key={one.name}>
              <ServiceDot place={serviceColor(one.name)} />
              {one.name}
            </li>
          ))}
        </ul>
      </div>
      <ChartView
        class="live-chart"
        kind="line"
        label={`${TITLES[chart]}, last five minutes; the table of services below has the numbers`}
        times={times}
        series={series.map((one) => ({
          label: one.name,
          color: serviceColor(one.name),
          values: Array.from(
            movingAverage(one[column], AVERAGE_SECONDS).subarray(firstPlace),
            (value) => (Number.isNaN(value) ? null : value),
          ),
        }))}
        fromMs={startSecond * 1_000}
        toMs={(endSecond - 1) * 1_000}
        formatValue={FORMATS[chart]}
        onZoom={(fromMs, toMs) => navigate({ range: { kind: "between", fromMs, toMs } })}
      />
    </>
  );
}
