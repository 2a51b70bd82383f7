// metric-panel.tsx — one metric over time: how to aggregate, by what to split, and the series as numbers.

import type { MetricInfo } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { roundStepMs } from "../../../core/axis/axis.ts";
import { describeUnit } from "../../../core/format/format.ts";
import {
  aggregateLabel,
  aggregatesOf,
  completeBuckets,
  defaultAggregate,
  unitOfAggregate,
} from "../../../core/metrics/metrics.ts";
import { formatSpan, resolveRange } from "../../../core/time/time.ts";
import type { Page } from "../../../core/url/url.ts";
import { Empty, Failure, Icon, Link, Segments, Skeleton } from "../../parts/parts.tsx";
import { PAGES, adjustPage, range } from "../../state/location.ts";
import { useQuery } from "../../state/query.ts";
import { api } from "../../state/session.ts";
import { kindLabel } from "./catalogue.tsx";
import { GroupBy } from "./group-by.tsx";
import { MetricSeries } from "./metric-series.tsx";
import { NewestPoint } from "./newest-point.tsx";

const POINTS_MAX = 240;
const REFRESH_MS = 2_000;
const SERIES_SHOWN_MAX = 100;

interface MetricPanelProps {
  metric: MetricInfo;
  page: Extract<Page, { name: "metrics" }>;
}

export function MetricPanel({ metric, page }: MetricPanelProps): JSX.Element {
  const aggregates = aggregatesOf(metric);
  const aggregate = aggregates.find((one) => one === page.aggregate) ?? defaultAggregate(metric);
  const resolved = resolveRange(range.value, Date.now());
  const stepMs = roundStepMs(resolved.toMs - resolved.fromMs, POINTS_MAX);
  const answer = useQuery(
    JSON.stringify([metric.name, aggregate, page.groupBy, range.value]),
    (signal) =>
      api.metric(
        {
          name: metric.name,
          aggregate,
          groupBy: page.groupBy,
          range: completeBuckets(resolveRange(range.value, Date.now()), stepMs, aggregate),
          stepMs,
        },
        signal,
      ),
    range.value.kind === "last" ? { refreshMs: REFRESH_MS } : {},
  );
  const unit = unitOfAggregate(metric, aggregate);
  const series = (answer.data?.series ?? [])
    .filter((one) => one.points.length > 0)
    .slice(0, SERIES_SHOWN_MAX);
  return (
    <section class="card metric-panel" aria-label={metric.name}>
      <header class="metric-head">
        <div class="metric-title">
          <Link
            class="icon-button narrow-only"
            to={{ page: PAGES.metrics }}
            mode="push"
            aria-label="All metrics"
          >
            <Icon name="left" />
          </Link>
          <h2 class="cut">{metric.name}</h2>
          <span class={`kind is-${metric.type}`}>{kindLabel(metric)}</span>
          {describeUnit(metric.unit) !== "" && (
            <span class="hint">{describeUnit(metric.unit)}</span>
          )}
          <NewestPoint name={metric.name} unit={metric.unit} />
        </div>
        {metric.description !== "" && <p class="soft">{metric.description}</p>}
        <div class="quick-filters">
          <select
            class="select"
            aria-label="Aggregate"
            value={aggregate}
            onChange={(event) => adjustPage("metrics", { aggregate: event.currentTarget.value })}
          >
            {aggregates.map((one) => (
              <option key={one} value={one}>
                {aggregateLabel(one)}
              </option>
            ))}
          </select>
          <GroupBy metric={metric} chosen={page.groupBy} />
          <Segments
            label="Show as"
            value={page.table ? "table" : "chart"}
            options={[
              { value: "chart", label: "Chart" },
              { value: "table", label: "Table" },
            ]}
            onChange={(view) => adjustPage("metrics", { table: view === "table" })}
          />
          <Link class="toolbar-count" to={{ page: PAGES.traces }}>
            Traces of this window
          </Link>
        </div>
      </header>
      {answer.error !== undefined && answer.data === undefined && (
        <Failure message={answer.error.message} />
      )}
      {answer.data === undefined && answer.isLoading && <Skeleton rows={6} />}
      {answer.data !== undefined && series.length === 0 && (
        <Empty title="No points in this time range">
          <p>{metric.services.length > 0 ? `Reported by ${metric.services.join(", ")}.` : ""}</p>
        </Empty>
      )}
      {series.length > 0 && (
        <MetricSeries
          metric={metric}
          series={series}
          unit={unit}
          fromMs={resolved.fromMs}
          toMs={resolved.toMs}
          isTable={page.table}
          aggregate={aggregate}
        />
      )}
      {answer.data !== undefined && (
        <p class="hint card-pad number">
          One point per{" "}
          {formatSpan(answer.data.stepSeconds > 0 ? answer.data.stepSeconds * 1_000 : stepMs)}
          {(answer.data.droppedSeriesCount ?? 0) > 0
            ? ` · ${answer.data.droppedSeriesCount} smaller series left out`
            : ""}
        </p>
      )}
    </section>
  );
}
