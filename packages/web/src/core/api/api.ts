// api.ts — the HTTP API, version 1, as typed functions. The face of `api`.

import type {
  FacetKeys,
  FacetValues,
  HealthAnswer,
  LogList,
  MetricAggregate,
  MetricCatalogue,
  MetricQueryAnswer,
  PipelineStatus,
  ServiceList,
  TraceDetail,
  TraceList,
  ViewList,
} from "@telemetry/dashboard/contract";
import { apiRange } from "../time/time.ts";
import type { ResolvedRange } from "../time/time.ts";
import { ApiError, readError } from "./api-error.ts";

export { ApiError } from "./api-error.ts";

/** What list questions have in common. */
export interface ListQuestion {
  readonly range: ResolvedRange;
  readonly filter: string;
  readonly limit: number;
  readonly cursor?: string;
}

export type FacetSignal = "traces" | "logs";

export interface MetricQuestion {
  readonly name: string;
  /** Absent: what suits the metric. */
  readonly aggregate: MetricAggregate | undefined;
  readonly groupBy: readonly string[];
  readonly range: ResolvedRange;
  readonly stepMs: number;
  readonly filter?: string;
}

export interface Api {
  health(signal?: AbortSignal): Promise<HealthAnswer>;
  services(range: ResolvedRange, signal?: AbortSignal): Promise<ServiceList>;
  traces(
    question: ListQuestion & { order: TraceListOrder },
    signal?: AbortSignal,
  ): Promise<TraceList>;
  /** Rejects with status 404 when no span of the trace is known. */
  trace(traceId: string, signal?: AbortSignal): Promise<TraceDetail>;
  logs(question: ListQuestion, signal?: AbortSignal): Promise<LogList>;
  /** The whole catalogue, or the entry of one name. */
  metrics(range: ResolvedRange, name?: string, signal?: AbortSignal): Promise<MetricCatalogue>;
  metric(question: MetricQuestion, signal?: AbortSignal): Promise<MetricQueryAnswer>;
  /** Which attributes rows have, and with which values: what a filter can ask for. */
  facetKeys(range: ResolvedRange, of: FacetSignal, signal?: AbortSignal): Promise<FacetKeys>;
  facetValues(
    range: ResolvedRange,
    of: FacetSignal,
    key: string,
    signal?: AbortSignal,
  ): Promise<FacetValues>;
  views(signal?: AbortSignal): Promise<ViewList>;
  removeView(id: string): Promise<void>;
  pipeline(signal?: AbortSignal): Promise<PipelineStatus>;
  /** Exchanges a token for a cookie. Rejects with status 401 when it is wrong. */
  signIn(token: string): Promise<void>;
}

/** All functions reject with ApiError; an aborted one with the signal's reason. */
export function createApi(fetchFunction: typeof fetch): Api {
  const get = async <T>(path: string, query: Query, signal?: AbortSignal): Promise<T> => {
    const response = await send(
      fetchFunction,
      `${path}${searchText(query)}`,
      signal === undefined ? {} : { signal },
    );
    return (await response.json()) as T; // the API is ours: trusted after the border
  };
  return {
    health: (signal) => get("/health", {}, signal),
    services: (range, signal) => get("/api/v1/services", apiRange(range), signal),
    traces: ({ order, ...question }, signal) =>
      get("/api/v1/traces", { ...listQuery(question), order: ORDERS[order] }, signal),
    trace: (traceId, signal) => get(`/api/v1/traces/${traceId}`, {}, signal),
    logs: (question, signal) => get("/api/v1/logs", listQuery(question), signal),
    metrics: (range, name, signal) => get("/api/v1/metrics", { ...apiRange(range), name }, signal),
    metric: (question, signal) => get("/api/v1/metrics/query", metricQuery(question), signal),
    facetKeys: (range, of, signal) =>
      get("/api/v1/facets", { ...apiRange(range), signal: of }, signal),
    facetValues: (range, of, key, signal) =>
      get("/api/v1/facets", { ...apiRange(range), signal: of, key }, signal),
    views: (signal) => get("/api/v1/views", {}, signal),
    removeView: async (id) => {
      await send(fetchFunction, `/api/v1/views/${encodeURIComponent(id)}`, { method: "DELETE" });
    },
    pipeline: (signal) => get("/api/v1/pipeline", {}, signal),
    signIn: async (token) => {
      await send(fetchFunction, "/api/v1/session", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token }),
      });
    },
  };
}

/** The list's orders as the API names them. */
const ORDERS = { newest: "time", slowest: "duration" } as const;

type TraceListOrder = keyof typeof ORDERS;

type Query = Readonly<Record<string, string | undefined>>;

function listQuery(question: ListQuestion): Query {
  return {
    ...apiRange(question.range),
    filter: question.filter === "" ? undefined : question.filter,
    limit: String(question.limit),
    cursor: question.cursor,
  };
}

function metricQuery(question: MetricQuestion): Query {
  return {
    name: question.name,
    aggregate: question.aggregate,
    groupBy: question.groupBy.length === 0 ? undefined : question.groupBy.join(","),
    step: `${Math.max(1, Math.round(question.stepMs / 1_000))}s`,
    filter: question.filter === "" ? undefined : question.filter,
    ...apiRange(question.range),
  };
}

function searchText(query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, value);
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

async function send(
  fetchFunction: typeof fetch,
  path: string,
  init: RequestInit,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetchFunction(path, { credentials: "same-origin", ...init });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(0, "unreachable", "The dashboard does not answer", { cause });
  }
  if (!response.ok) throw await readError(response);
  return response;
}
