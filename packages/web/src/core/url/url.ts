// url.ts — the whole state of every page as a URL, and back. The face of `url`.
//
//   /traces?from=-1h&filter=status+%3D+error&order=slowest
//   /trace/4bf92f3577b34da6a3ce929d0e0e4736?span=00f067aa0ba902b7&tab=logs
//
// What is at its default is left out, so links stay short; what a page does not know is ignored, so old
// links open. parse(format(x)) equals x.

import { parseSpanId, parseTraceId } from "../filter/filter.ts";
import { parseRange, rangeParameters } from "../time/time.ts";
import type { TimeRange } from "../time/time.ts";

export const OVERVIEW_CHARTS = ["rate", "errors", "p95"] as const;
export const TRACE_ORDERS = ["newest", "slowest"] as const;
export const TRACE_TABS = ["attributes", "events", "logs", "links", "resource", "raw"] as const;
export const LOG_LEVELS = ["all", "debug", "info", "warn", "error"] as const;

export type OverviewChart = (typeof OVERVIEW_CHARTS)[number];
export type TraceOrder = (typeof TRACE_ORDERS)[number];
export type TraceTab = (typeof TRACE_TABS)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Page =
  | { readonly name: "overview"; readonly chart: OverviewChart }
  | { readonly name: "traces"; readonly order: TraceOrder }
  | {
      readonly name: "trace";
      readonly traceId: string;
      readonly spanId?: string;
      readonly tab: TraceTab;
      /** Search inside the trace. */
      readonly search: string;
      /** The window of the timeline in nanoseconds from the trace's start; absent is the whole trace. */
      readonly zoom?: readonly [fromNs: number, toNs: number];
    }
  | { readonly name: "logs"; readonly level: LogLevel }
  | {
      readonly name: "metrics";
      readonly metric?: string;
      /** Absent is the metric's own default. */
      readonly aggregate?: string;
      readonly groupBy: readonly string[];
      readonly table: boolean;
    }
  | { readonly name: "pipeline" }
  | { readonly name: "unknown"; readonly path: string };

export interface Location {
  readonly page: Page;
  /** Shared by all pages. */
  readonly range: TimeRange;
  /** Shared by all pages; in the server's filter language. */
  readonly filter: string;
}

/** Reads the path and query of a URL, such as `/logs?level=warn`. */
export function parseLocation(url: string): Location {
  const { pathname, searchParams } = new URL(url, "http://page");
  return {
    page: parsePage(pathname, searchParams),
    range: parseRange(searchParams.get("from"), searchParams.get("to")),
    filter: searchParams.get("filter") ?? "",
  };
}

/** The path and query of a location. */
export function formatLocation(location: Location): string {
  const query = new URLSearchParams();
  const { from, to } = rangeParameters(location.range);
  if (from !== undefined) query.set("from", from);
  if (to !== undefined) query.set("to", to);
  if (location.filter !== "") query.set("filter", location.filter);
  const path = formatPage(location.page, query);
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

function parsePage(path: string, query: URLSearchParams): Page {
  const [name = "", argument = "", ...rest] = path.split("/").slice(1);
  if (rest.length > 0) return { name: "unknown", path };
  if (name === "trace" || (name === "traces" && argument !== ""))
    return parseTrace(path, argument, query);
  if (argument !== "") return { name: "unknown", path };
  switch (name) {
    case "":
    case "overview":
      return { name: "overview", chart: oneOf(OVERVIEW_CHARTS, query.get("chart")) };
    case "traces":
      return { name, order: oneOf(TRACE_ORDERS, query.get("order")) };
    case "logs":
      return { name, level: oneOf(LOG_LEVELS, query.get("level")) };
    case "metrics":
      return parseMetrics(query);
    case "pipeline":
      return { name };
    default:
      return { name: "unknown", path };
  }
}

function parseTrace(path: string, argument: string, query: URLSearchParams): Page {
  const traceId = parseTraceId(decode(argument));
  if (traceId === undefined) return { name: "unknown", path };
  const spanId = parseSpanId(query.get("span") ?? "");
  const zoom = parseZoom(query.get("zoom"));
  return {
    name: "trace",
    traceId,
    ...(spanId === undefined ? {} : { spanId }),
    tab: oneOf(TRACE_TABS, query.get("tab")),
    search: query.get("search") ?? "",
    ...(zoom === undefined ? {} : { zoom }),
  };
}

function parseMetrics(query: URLSearchParams): Page {
  const metric = query.get("metric");
  const aggregate = query.get("aggregate");
  return {
    name: "metrics",
    ...(metric === null || metric === "" ? {} : { metric }),
    ...(aggregate === null || aggregate === "" ? {} : { aggregate }),
    groupBy: query.getAll("by").filter((key) => key !== ""),
    table: query.get("view") === "table",
  };
}

function formatPage(page: Page, query: URLSearchParams): string {
  switch (page.name) {
    case "overview":
      if (page.chart !== OVERVIEW_CHARTS[0]) query.set("chart", page.chart);
      return "/";
    case "traces":
      if (page.order !== TRACE_ORDERS[0]) query.set("order", page.order);
      return "/traces";
    case "trace":
      if (page.spanId !== undefined) query.set("span", page.spanId);
      if (page.tab !== TRACE_TABS[0]) query.set("tab", page.tab);
      if (page.search !== "") query.set("search", page.search);
      if (page.zoom !== undefined) query.set("zoom", page.zoom.map(Math.round).join("-"));
      return `/trace/${page.traceId}`;
    case "logs":
      if (page.level !== LOG_LEVELS[0]) query.set("level", page.level);
      return "/logs";
    case "metrics":
      if (page.metric !== undefined) query.set("metric", page.metric);
      if (page.aggregate !== undefined) query.set("aggregate", page.aggregate);
      for (const key of page.groupBy) query.append("by", key);
      if (page.table) query.set("view", "table");
      return "/metrics";
    case "pipeline":
      return "/pipeline";
    case "unknown":
      return page.path;
  }
}

function parseZoom(text: string | null): readonly [number, number] | undefined {
  const match = /^(\d{1,18})-(\d{1,18})$/.exec(text ?? "");
  if (match === null) return undefined;
  const [fromNs, toNs] = [Number(match[1]), Number(match[2])];
  return fromNs < toNs ? [fromNs, toNs] : undefined;
}

function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
  text: string | null,
): T[number] {
  return values.find((value) => value === text) ?? values[0];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign: the id will not match and the page says so
  }
}
