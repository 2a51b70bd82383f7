// metric-series.tsx — the series of a metric: as lines, and as numbers below.

import type {
  MetricAggregate,
  MetricInfo,
  MetricSeries as Series,
} from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatValue } from "../../../core/format/format.ts";
import { aggregateLabel, alignSeries, seriesLabel } from "../../../core/metrics/metrics.ts";
import { DEFAULT_RANGE, nanoToMs } from "../../../core/time/time.ts";
import { ChartView } from "../../chart/chart-view.tsx";
import { useSeriesColors } from "../../chart/use-series-colors.ts";
import { navigate, tracePage } from "../../state/location.ts";
import { SeriesLegend } from "./series-legend.tsx";

interface MetricSeriesProps {
  metric: MetricInfo;
  series: readonly Series[];
  unit: string;
  fromMs: number;
  toMs: number;
  isTable: boolean;
  aggregate: MetricAggregate;
}

export function MetricSeries({
  metric,
  series,
  unit,
  fromMs,
  toMs,
  isTable,
  aggregate,
}: MetricSeriesProps): JSX.Element {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const { times, values } = alignSeries(series);
  const colors = useSeriesColors(series);
  const labels = series.map((one) => seriesLabel(one.attributes));
  const exemplars = series.flatMap((one, place) =>
    hidden.has(labels[place]!) ? [] : (one.exemplars ?? []),
  );
  const hasOwnScale = aggregate !== "count" && aggregate !== "rate" && aggregate !== "sum";
  return (
    <>
      {!isTable && (
        <ChartView
          class="metric-chart"
          kind={series.length === 1 ? "area" : "line"}
          label={`${metric.name}, ${aggregateLabel(aggregate)}, ${series.length} series; the table below has the numbers`}
          times={times}
          series={series.map((_, place) => ({
            label: labels[place]!,
            color: series.length === 1 ? "accent" : colors[place]!,
            values: values[place]!,
            isHidden: hidden.has(labels[place]!),
          }))}
          fromMs={fromMs}
          toMs={toMs}
          formatValue={(value) => formatValue(value, unit)}
          isFromZero={!(metric.type === "gauge")}
          exemplars={
            hasOwnScale
              ? exemplars.map((one) => ({ timeMs: nanoToMs(one.timeUnixNano), value: one.value }))
              : []
          }
          onExemplar={(place) =>
            navigate({ page: tracePage(exemplars[place]!.traceId, exemplars[place]!.spanId) })
          }
          onZoom={(from, to) => navigate({ range: { kind: "between", fromMs: from, toMs: to } })}
          onReset={() => navigate({ range: DEFAULT_RANGE })}
        />
      )}
      <SeriesLegend
        labels={labels}
        colors={colors}
        values={values}
        unit={unit}
        hidden={hidden}
        setHidden={setHidden}
        exemplars={exemplars}
      />
    </>
  );
}
