// query.ts — every question that can be asked of what is stored: one function per route of the API.
//
// Whatever is asked has limits in time, memory and size, and ends when its asker goes away. Attributes come
// back as they were sent (attributes.ts). Nothing here writes.

import type {
  FacetKeys,
  FacetValues,
  LogList,
  MetricInfo,
  MetricQueryAnswer,
  ServiceSummary,
  SqlAnswer,
  StationStatus,
  TraceList,
} from "../contract/contract.ts";
import type { ClickHouseClient } from "../engine/engine.ts";
import { listKeys, listValues, type FacetQuestion } from "./facets.ts";
import { listLogs, type LogQuestion } from "./log-list.ts";
import { listMetrics, type CatalogueQuestion } from "./metric-catalogue.ts";
import { Runner } from "./runner.ts";
import { querySeries, type SeriesQuestion } from "./series/series.ts";
import { listServices } from "./services.ts";
import { SqlReader } from "./sql.ts";
import type { TimeRange } from "./time.ts";
import { findTrace, type StoredTrace } from "./trace.ts";
import { listTraces, type TraceQuestion } from "./trace-list.ts";

export { QuestionError, SqlError, TooHeavyError, UnavailableError } from "./failures.ts";
export type { FacetQuestion } from "./facets.ts";
export { doubleValue, emptyAttributes, integerValue } from "./json-values.ts";
export type { LogQuestion } from "./log-list.ts";
export type { CatalogueQuestion } from "./metric-catalogue.ts";
export type { SeriesQuestion } from "./series/series.ts";
export { parseTimeRange, type TimeRange } from "./time.ts";
export type { StoredTrace } from "./trace.ts";
export type { TraceOrder, TraceQuestion } from "./trace-list.ts";

/**
 * Every function rejects with FilterSyntaxError or QuestionError when the question is wrong, with UnavailableError
 * while ClickHouse does not answer, with TooHeavyError when the question needs too much, and with the signal's reason
 * when that is aborted.
 */
export interface Query {
  services(range: TimeRange, signal?: AbortSignal): Promise<ServiceSummary[]>;
  traces(question: TraceQuestion, signal?: AbortSignal): Promise<TraceList>;
  /** Undefined when nothing of the trace is stored. */
  trace(traceId: string, signal?: AbortSignal): Promise<StoredTrace | undefined>;
  logs(question: LogQuestion, signal?: AbortSignal): Promise<LogList>;
  metrics(question: CatalogueQuestion, signal?: AbortSignal): Promise<MetricInfo[]>;
  series(question: SeriesQuestion, signal?: AbortSignal): Promise<MetricQueryAnswer>;
  keys(question: FacetQuestion, signal?: AbortSignal): Promise<FacetKeys>;
  values(key: string, question: FacetQuestion, signal?: AbortSignal): Promise<FacetValues>;
  /** What a person wrote; rejects with SqlError when ClickHouse refuses it. */
  sql(statement: string, signal?: AbortSignal): Promise<SqlAnswer>;
  status(): StationStatus;
}

export interface QueryOptions {
  readonly client: ClickHouseClient;
  /** Whether the client leads to the embedded engine (the default) or to a server. */
  readonly isEmbedded?: boolean;
}

/** The client stays its owner's, who closes it. */
export function openQuery({ client, isEmbedded = true }: QueryOptions): Query {
  const runner = new Runner(client);
  const reader = new SqlReader({ client, isEmbedded });
  return {
    services: (range, signal) => listServices(runner, range, signal),
    traces: (question, signal) => listTraces(runner, question, signal),
    trace: (traceId, signal) => findTrace(runner, traceId, signal),
    logs: (question, signal) => listLogs(runner, question, signal),
    metrics: (question, signal) => listMetrics(runner, question, signal),
    series: (question, signal) => querySeries(runner, question, signal),
    keys: (question, signal) => listKeys(runner, question, signal),
    values: (key, question, signal) => listValues(runner, key, question, signal),
    sql: (statement, signal) => reader.read(statement, signal),
    status: () => runner.station.status(),
  };
}
