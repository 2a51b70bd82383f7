// location.ts — the URL is the state. Pages read this signal; links and keys change the URL.

import { computed, signal } from "@preact/signals";
import { resolveRange } from "../../core/time/time.ts";
import { formatLocation, parseLocation } from "../../core/url/url.ts";
import type { Location, Page } from "../../core/url/url.ts";

export const location = signal<Location>(parseLocation(window.location.href));
export const page = computed(() => location.value.page);
export const range = computed(() => location.value.range);
export const filter = computed(() => location.value.filter);

addEventListener("popstate", () => {
  location.value = parseLocation(window.location.href);
});

/** `push` for going somewhere, `replace` for adjusting what is there, so that Back retraces steps. */
export type HistoryMode = "push" | "replace";

export function navigate(change: Partial<Location>, mode: HistoryMode = "push"): void {
  const next = { ...location.value, ...change };
  const url = formatLocation(next);
  if (url !== window.location.pathname + window.location.search) {
    if (mode === "push") history.pushState(null, "", url);
    else history.replaceState(null, "", url);
  }
  const isOtherPage = next.page.name !== location.value.page.name;
  location.value = next;
  if (isOtherPage) scrollTo(0, 0);
}

/** What changes on a page; undefined takes a part back to its default. */
type PageChange<P> = { readonly [Key in keyof P]?: P[Key] | undefined };

/** Changes a part of the page that is shown; ignored when another one is. */
export function adjustPage<Name extends Page["name"]>(
  name: Name,
  change: PageChange<Extract<Page, { name: Name }>>,
  mode: HistoryMode = "replace",
): void {
  const current = location.value.page;
  if (current.name === name) navigate({ page: { ...current, ...change } }, mode);
}

/** The address of a location, for `href`. */
export function addressOf(change: Partial<Location>): string {
  return formatLocation({ ...location.value, ...change });
}

/** A link to what is shown now, that shows the same tomorrow: a relative range becomes two moments. */
export function permanentLink(): string {
  const { fromMs, toMs } = resolveRange(range.value, Date.now());
  const frozen = formatLocation({ ...location.value, range: { kind: "between", fromMs, toMs } });
  return new URL(frozen, window.location.origin).href;
}

export const PAGES = {
  overview: { name: "overview", chart: "rate" },
  traces: { name: "traces", order: "newest" },
  logs: { name: "logs", level: "all" },
  metrics: { name: "metrics", groupBy: [], table: false },
  pipeline: { name: "pipeline" },
} as const satisfies Record<string, Page>;

/** The page of a trace, on one of its spans if known. */
export function tracePage(traceId: string, spanId?: string): Page {
  return {
    name: "trace",
    traceId,
    tab: "attributes",
    search: "",
    ...(spanId === undefined ? {} : { spanId }),
  };
}
