// metrics.tsx — the catalogue of everything that is measured, and one chart.

import type { MetricInfo } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { resolveRange } from "../../../core/time/time.ts";
import type { Page } from "../../../core/url/url.ts";
import { Empty, Failure, Link, Skeleton } from "../../parts/parts.tsx";
import { useLive, useTopics } from "../../state/live.ts";
import { PAGES, range } from "../../state/location.ts";
import { useQuery } from "../../state/query.ts";
import { api } from "../../state/session.ts";
import { Catalogue } from "./catalogue.tsx";
import { MetricPanel } from "./metric-panel.tsx";

const REFRESH_MS = 15_000;

export function MetricsPage({ page }: { page: Extract<Page, { name: "metrics" }> }): JSX.Element {
  const [added, setAdded] = useState<readonly MetricInfo[]>([]);
  const catalogue = useQuery(
    `metrics ${JSON.stringify(range.value)}`,
    (signal) => api.metrics(resolveRange(range.value, Date.now()), undefined, signal),
    {
      refreshMs: REFRESH_MS,
    },
  );
  useTopics(page.metric === undefined ? ["metrics"] : ["metrics", `metric:${page.metric}`]);
  useLive("metrics", (frame) => {
    if (frame.added.length > 0) setAdded((known) => [...known, ...frame.added]);
  });
  const metrics = mergeMetrics(catalogue.data?.metrics ?? [], added);
  const shown =
    metrics.find((metric) => metric.name === page.metric) ??
    (page.metric === undefined ? metrics[0] : undefined);

  if (metrics.length === 0) {
    return (
      <main id="content" class="page">
        <h1 class="visually-hidden">Metrics</h1>
        {catalogue.isLoading ? (
          <Skeleton rows={10} />
        ) : catalogue.error !== undefined ? (
          <Failure message={catalogue.error.message} />
        ) : (
          <Empty title="No metrics in this time range">
            <p>
              SDKs send them once a minute unless told otherwise.{" "}
              <Link to={{ page: PAGES.overview }}>To the overview</Link>
            </p>
          </Empty>
        )}
      </main>
    );
  }
  return (
    <main
      id="content"
      class={`page fill metrics ${page.metric === undefined ? "is-browsing" : ""}`}
    >
      <h1 class="visually-hidden">Metrics</h1>
      <Catalogue metrics={metrics} chosen={shown?.name} />
      {shown === undefined ? (
        <section class="card metric-panel">
          <Empty title="No such metric in this time range">
            <p>
              <code>{page.metric}</code> has no points here. Choose a longer range, or another
              metric.
            </p>
          </Empty>
        </section>
      ) : (
        <MetricPanel key={shown.name} metric={shown} page={page} />
      )}
    </main>
  );
}

/** By name; what was announced live is there before the catalogue is asked again. */
function mergeMetrics(stored: readonly MetricInfo[], added: readonly MetricInfo[]): MetricInfo[] {
  const byName = new Map<string, MetricInfo>();
  for (const metric of [...added, ...stored]) byName.set(metric.name, metric);
  return [...byName.values()].sort((a, b) => a.name.localeCompare(b.name));
}
