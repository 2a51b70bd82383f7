// view-chart.tsx — one registered view: asks for its series and draws them as its chart type says.

import type { MetricAggregate, MetricInfo, View } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { roundStepMs } from "../../../core/axis/axis.ts";
import {
  completeBuckets,
  defaultAggregate,
  unitOfAggregate,
} from "../../../core/metrics/metrics.ts";
import { resolveRange } from "../../../core/time/time.ts";
import { ChartBody } from "../../chart/chart-body.tsx";
import { Failure, Skeleton } from "../../parts/parts.tsx";
import { range } from "../../state/location.ts";
import { useQuery } from "../../state/query.ts";
import { api } from "../../state/session.ts";

const POINTS_MAX = 120;
const REFRESH_MS = 2_000;
const CATALOGUE_REFRESH_MS = 15_000;

export function ViewChart({ view }: { view: View }): JSX.Element {
  const resolved = resolveRange(range.value, Date.now());
  const catalogue = useQuery(
    `metric ${view.metricName} ${JSON.stringify(range.value)}`,
    (signal) => api.metrics(resolveRange(range.value, Date.now()), view.metricName, signal),
    { refreshMs: CATALOGUE_REFRESH_MS },
  );
  const metric = catalogue.data?.metrics[0];
  const aggregate = aggregateOf(view, metric);
  const stepMs = roundStepMs(resolved.toMs - resolved.fromMs, POINTS_MAX);
  const answer = useQuery(
    JSON.stringify([view.id, aggregate, range.value]),
    (signal) =>
      api.metric(
        {
          name: view.metricName,
          aggregate,
          groupBy: view.groupBy ?? [],
          range: completeBuckets(resolveRange(range.value, Date.now()), stepMs, aggregate),
          stepMs,
        },
        signal,
      ),
    {
      refreshMs: REFRESH_MS,
      isEnabled: view.aggregate !== undefined || catalogue.data !== undefined,
    },
  );
  if (answer.data === undefined) {
    if (answer.error === undefined) return <Skeleton rows={3} />;
    // A view may be registered before its metric exists: it is empty until the first point.
    if (answer.error.status !== 404) return <Failure message={answer.error.message} />;
  }
  const series = answer.data?.series ?? [];
  if (series.every((one) => one.points.length === 0)) {
    return <p class="hint view-empty">No points of {view.metricName} in this range yet.</p>;
  }
  return (
    <ChartBody
      chartType={view.chartType}
      name={view.title}
      unit={view.unit ?? unitOfAggregate(metric, aggregate)}
      aggregate={aggregate}
      series={series}
      fromMs={resolved.fromMs}
      toMs={resolved.toMs}
    />
  );
}

function aggregateOf(view: View, metric: MetricInfo | undefined): MetricAggregate {
  return view.aggregate ?? (metric === undefined ? "avg" : defaultAggregate(metric));
}
