// live-panel.tsx — three numbers of the moment, and the last five minutes of the chosen one, by service.

import type { JSX } from "preact";
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
} from "../../../core/format/format.ts";
import { momentOf, movingAverage, totalOf } from "../../../core/live/live.ts";
import type { ServiceSeries } from "../../../core/live/live.ts";
import type { OverviewChart } from "../../../core/url/url.ts";
import { Sparkline } from "../../parts/sparkline-view.tsx";
import { overview } from "../../state/live.ts";
import { adjustPage } from "../../state/location.ts";
import { LiveChart } from "./live-chart.tsx";

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
