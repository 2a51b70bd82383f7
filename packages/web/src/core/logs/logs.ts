// logs.ts — severities, and log rows from the store and the live tail in one order. The face of `logs`.

export { SEVERITIES, severityLabel, severityMinimum, severityOf } from "./severity.ts";
export type { Severity } from "./severity.ts";
export { insertLogs, logKey, mergeLogs } from "./merge.ts";
export { countBySeverity } from "./histogram.ts";
export type { LogHistogram } from "./histogram.ts";
