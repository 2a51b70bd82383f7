// live-chart.tsx — the last five minutes of the chosen number, one line per service.

import type { JSX } from "preact";
import { formatDuration, formatRate } from "../../../core/format/format.ts";
import { firstActivePlace, movingAverage } from "../../../core/live/live.ts";
import type { ServiceSeries } from "../../../core/live/live.ts";
import type { OverviewChart } from "../../../core/url/url.ts";
import { ChartView } from "../../chart/chart-view.tsx";
import { ServiceDot } from "../../parts/parts.tsx";
import { navigate } from "../../state/location.ts";
import { serviceColor } from "../../state/services.ts";

const WINDOW_SECONDS = 300;

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

export function LiveChart({
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
