// read-back.ts — what the dashboard has of one service, asked as a script of a user would ask.
//
// A double keeps its type: 3.0 comes as `double(3)`, not as 3. Readers wait until there are as many rows as the sender
// sent, and give all that there are. They ask the one dashboard of the suite unless they are told of another.

import { inject } from "vitest";
import type {
  LogList,
  LogRecord,
  MetricInfo,
  MetricCatalogue,
  MetricQueryAnswer,
  Span,
  TraceDetail,
  TraceList,
} from "../../../packages/dashboard/src/contract/contract.ts";
import { doubleValue, keepNumber } from "../../../packages/dashboard/src/query/json-values.ts";
import { until } from "../../support/api.ts";

/** A double with an integral value, as these readers give it. */
export const double = (value: number): number => doubleValue(String(value));

/** A span and the trace that it came in. */
export interface SpanOfTrace extends Span {
  readonly traceId: string;
}

/** Every span of the service's traces, oldest first. */
export async function readSpans(
  service: string,
  count: number,
  url = dashboardUrl(),
): Promise<SpanOfTrace[]> {
  const spans = await whole(`spans of ${service}`, count, async () => {
    const { traces } = await get<TraceList>(url, "traces", {
      filter: `service.name = "${service}"`,
    });
    const details = traces.map(({ traceId }) => get<TraceDetail>(url, `traces/${traceId}`));
    return (await Promise.all(details)).flatMap(({ traceId, spans }) =>
      spans.map((span) => ({ traceId, ...span })),
    );
  });
  return spans.toSorted((a, b) => inOrder(a.startTimeUnixNano, b.startTimeUnixNano));
}

/** Oldest first. */
export async function readLogs(
  service: string,
  count: number,
  url = dashboardUrl(),
): Promise<LogRecord[]> {
  const records = await whole(`log records of ${service}`, count, async () => {
    const { logs } = await get<LogList>(url, "logs", { filter: `service.name = "${service}"` });
    return logs;
  });
  return records.toSorted((a, b) => inOrder(a.timeUnixNano, b.timeUnixNano));
}

/** What the metrics page lists of the service. */
export async function readCatalogue(service: string): Promise<MetricInfo[]> {
  const { metrics } = await get<MetricCatalogue>(dashboardUrl(), "metrics");
  return metrics.filter(({ services }) => services.includes(service));
}

/** The newest value of a metric by service, as its chart shows them beside each other. */
export async function readLastByService(metric: string): Promise<Map<string, number>> {
  const { series } = await get<MetricQueryAnswer>(dashboardUrl(), "metrics/query", {
    name: metric,
    aggregate: "last",
    groupBy: "service.name",
    step: "1h",
    from: "-1h",
  });
  const values = series.map(({ attributes, points }) => {
    const newest = points.findLast(([, value]) => value !== null)?.[1];
    return [String(attributes["service.name"]), Number(newest)] as const;
  });
  return new Map(values);
}

/** Asks again until there are `count` rows. */
export function whole<Row>(
  what: string,
  count: number,
  read: () => Promise<Row[]>,
): Promise<Row[]> {
  return until(`${count} ${what}`, async () => {
    const rows = await read();
    return rows.length >= count && rows;
  });
}

function inOrder(a: string, b: string): number {
  return BigInt(a) < BigInt(b) ? -1 : 1;
}

/** Where the one dashboard of the suite is. */
export const dashboardUrl = (): string => inject("dashboard").url;

function get<Answer>(url: string, path: string, query: Record<string, string> = {}) {
  return ask<Answer>(url, `${path}?${new URLSearchParams(query)}`);
}

/** Asks `/api/v1/<path>`. Throws with the answer's own sentence when it is not 2xx. */
export async function ask<Answer>(
  url: string,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(new URL(`/api/v1/${path}`, url), init);
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot ask "${path}": ${response.status} ${text}`);
  return JSON.parse(text, keepNumber) as Answer;
}
