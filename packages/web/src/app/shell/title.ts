// title.ts — the name of the page in tabs, bookmarks and history.

import type { Page } from "../../core/url/url.ts";

const NAMES = {
  overview: "Overview",
  traces: "Traces",
  logs: "Logs",
  metrics: "Metrics",
  pipeline: "Pipeline",
} as const;

export function titleOf(page: Page): string {
  if (page.name === "unknown") return "telemetry";
  if (page.name === "trace") return `Trace ${page.traceId.slice(0, 8)} · telemetry`;
  if (page.name === "metrics" && page.metric !== undefined) return `${page.metric} · telemetry`;
  return `${NAMES[page.name]} · telemetry`;
}
