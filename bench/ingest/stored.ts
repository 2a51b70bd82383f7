// stored.ts — asks a dashboard's API what it has.

import { get } from "../../e2e/support/api.ts";
import type { RunningDashboard } from "../../e2e/support/running-dashboard.ts";
import type { Signal } from "./request.ts";

const TABLES: Readonly<Record<Signal, readonly string[]>> = {
  traces: ["otel_traces"],
  logs: ["otel_logs"],
  metrics: ["otel_metrics_sum", "otel_metrics_gauge", "otel_metrics_histogram"],
};

export async function isEngineReady(dashboard: RunningDashboard): Promise<boolean> {
  return (await get<{ engine: string }>(dashboard.url, "/health")).engine === "ready";
}

/** Rows of a signal that the normal sender has sent; 0 while the tables are made. */
export async function countRows(dashboard: RunningDashboard, signal: Signal): Promise<number> {
  const counts = TABLES[signal].map(
    (table) => `SELECT count() AS c FROM ${table} WHERE ServiceName = 'bench'`,
  );
  const rows = await askRows(
    dashboard,
    `SELECT toUInt32(sum(c)) FROM (${counts.join(" UNION ALL ")})`,
  );
  return rows[0]?.[0] ?? 0;
}

/** Rows of numbers; none while they cannot be had. */
export async function askRows(
  dashboard: RunningDashboard,
  query: string,
): Promise<readonly (readonly number[])[]> {
  const response = await fetch(new URL("/api/v1/query/sql", dashboard.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { rows } = (await response.json()) as { rows?: number[][] };
  return rows ?? [];
}
