// overview.tsx — is everything well, and since when not.

import type { JSX } from "preact";
import type { Page } from "../../../core/url/url.ts";
import { resolveRange } from "../../../core/time/time.ts";
import { FirstRun } from "../../shell/first-run.tsx";
import { nowMs } from "../../state/clock.ts";
import { overview, overviewVersion, useTopics } from "../../state/live.ts";
import { range } from "../../state/location.ts";
import { useQuery } from "../../state/query.ts";
import { noteServices } from "../../state/services.ts";
import { api } from "../../state/session.ts";
import { HealthPanel } from "./health-panel.tsx";
import { LivePanel } from "./live-panel.tsx";
import { ServiceTable } from "./service-table.tsx";
import { ViewGrid } from "./view-grid.tsx";

const DAY_MS = 86_400_000;

export function OverviewPage({ page }: { page: Extract<Page, { name: "overview" }> }): JSX.Element {
  useTopics(["overview", "views", "metrics"]);
  // Drawn again when something arrived, and every second, because quiet is also something to see.
  void overviewVersion.value;
  void nowMs.value;
  const { totals, hasData } = overview;
  const isQuiet = totals.spans + totals.logs + totals.points === 0;
  const stored = useQuery(
    "first",
    (signal) =>
      api.traces(
        {
          range: { fromMs: Date.now() - 30 * DAY_MS, toMs: Date.now() },
          filter: "",
          limit: 1,
          order: "newest",
        },
        signal,
      ),
    { isEnabled: hasData && isQuiet },
  );
  const services = useQuery(
    `services ${JSON.stringify(range.value)}`,
    (signal) => api.services(resolveRange(range.value, Date.now()), signal),
    { refreshMs: 3_000 },
  );
  const series = overview.series(Math.floor(Date.now() / 1_000));
  noteServices([
    ...series.map((one) => one.name),
    ...(services.data?.services ?? []).map((one) => one.name),
  ]);

  if (isQuiet && stored.data?.traces.length === 0) {
    return (
      <main id="content" class="page">
        <FirstRun />
      </main>
    );
  }
  return (
    <main id="content" class="page overview">
      <h1 class="visually-hidden">Overview</h1>
      <LivePanel chart={page.chart} series={series} />
      <ServiceTable
        services={services.data?.services ?? []}
        series={series}
        isLoading={services.isLoading}
      />
      <ViewGrid />
      <HealthPanel rows={overview.health()} />
    </main>
  );
}
