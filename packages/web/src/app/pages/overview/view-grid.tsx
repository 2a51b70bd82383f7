// view-grid.tsx — the views that programs registered, each as a card of its chart type.

import type { View } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { IconButton, Link } from "../../parts/parts.tsx";
import { useLive } from "../../state/live.ts";
import { PAGES } from "../../state/location.ts";
import { useQuery } from "../../state/query.ts";
import { api, askAgain } from "../../state/session.ts";
import { ViewChart } from "./view-chart.tsx";

export function ViewGrid(): JSX.Element | null {
  const stored = useQuery("views", (signal) => api.views(signal));
  const [pushed, setPushed] = useState<View[] | undefined>(undefined);
  useLive("views", (list) => setPushed(list.views));
  const views = pushed ?? stored.data?.views ?? [];
  if (views.length === 0) return null;
  return (
    <section aria-label="Views">
      <div class="section-head">
        <h2>Views</h2>
        <span class="hint">Registered by programs with registerView()</span>
      </div>
      <ul class="view-grid">
        {views.map((view) => (
          <li key={view.id} class={`card view-card is-${view.chartType}`}>
            <div class="view-head">
              <h3 class="cut">
                <Link
                  to={{ page: { ...PAGES.metrics, metric: view.metricName } }}
                  title={view.metricName}
                >
                  {view.title}
                </Link>
              </h3>
              <IconButton
                icon="close"
                class="small view-close"
                label={`Remove ${view.title}`}
                onClick={() => void remove(view.id)}
              />
            </div>
            <ViewChart view={view} />
          </li>
        ))}
      </ul>
    </section>
  );
}

async function remove(id: string): Promise<void> {
  await api.removeView(id);
  askAgain.value++;
}
