// live.ts — what the pages keep of the live stream. The face of `live`.
//
// Plain stores without framework: frames go in, snapshots for a picture come out, everything is bounded.

export { OverviewStore } from "./overview-store.ts";
export type { HealthRow, OverviewTotals, ServiceSeries } from "./overview-store.ts";
export { HEALTH_INDICATORS, findIndicator } from "./health.ts";
export type { HealthIndicator } from "./health.ts";
export { firstActivePlace, momentOf, movingAverage, totalOf } from "./rates.ts";
export type { Moment } from "./rates.ts";
export { TraceListStore } from "./trace-list-store.ts";
export type { TraceListOrder } from "./trace-list-store.ts";
export { LogStore } from "./log-store.ts";
export { PausableView } from "./pausable-view.ts";
