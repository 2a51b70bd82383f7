// dashboard.ts — the dashboard from within an app: start it, say what to show, show it now.
//
//   startDashboardServer ─▶ child process        registerView ─┐
//                             ▲ OTLP, views, display ◀─────────┴─ link: which dashboard is ours
//
// The dashboard is another package; nothing of it is loaded into the app.

export { CHART_TYPES } from "./chart-types.ts";
export type { ChartType, ViewAggregate } from "./chart-types.ts";
export { DashboardLink, dashboardLink } from "./dashboard-link.ts";
export type { ViewDefinition } from "./dashboard-link.ts";
export { updateDisplay } from "./display.ts";
export type { DisplayUpdate } from "./display.ts";
export { startDashboardServer } from "./start-dashboard.ts";
export type { DashboardHandle, DashboardServerOptions } from "./start-dashboard.ts";
export { registerView } from "./views.ts";
export type { DashboardView, ViewOptions } from "./views.ts";
