// tables.ts — every table and materialized view of ours.

import { logs } from "./logs.ts";
import { exponentialHistogram, gauge, histogram, sum, summary } from "./metrics.ts";
import {
  metricHour,
  schemaVersion,
  serviceMinute,
  traceIdTs,
  traceSummary,
  views,
} from "./side.ts";
import type { Signal } from "@telemetry/otlp";
import type { Table } from "./table.ts";
import { traces } from "./traces.ts";

export { WEIGHT, WHOLE_WEIGHT } from "./weight.ts";
export { materializedViews } from "./side.ts";
export type { Column, MaterializedView, Table } from "./table.ts";
export { NEWER_SETTINGS, columnDefinition, createTable, createView } from "./table.ts";
export {
  exponentialHistogram,
  gauge,
  histogram,
  logs,
  metricHour,
  schemaVersion,
  serviceMinute,
  sum,
  summary,
  traceIdTs,
  traceSummary,
  traces,
  views,
};

/** The tables that rows are inserted into, by the names the intents and tokens carry. */
export const signalTables: readonly Table[] = [
  traces,
  logs,
  gauge,
  sum,
  histogram,
  exponentialHistogram,
  summary,
];

/** Tables filled by materialized views. */
export const sideTables: readonly Table[] = [traceIdTs, traceSummary, serviceMinute, metricHour];

export const allTables: readonly Table[] = [...signalTables, ...sideTables, views, schemaVersion];

/** The signal tables of one signal. */
export function tablesOf(signal: Signal): readonly Table[] {
  if (signal === "traces") return [traces];
  if (signal === "logs") return [logs];
  return [gauge, sum, histogram, exponentialHistogram, summary];
}
