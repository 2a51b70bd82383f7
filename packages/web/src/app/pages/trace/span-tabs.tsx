// span-tabs.tsx — which part of a span is shown; left and right move between them (ARIA tabs pattern).

import type { LogRecord, Span } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { TRACE_TABS } from "../../../core/url/url.ts";
import type { TraceTab } from "../../../core/url/url.ts";
import { adjustPage } from "../../state/location.ts";

const LABELS: Readonly<Record<TraceTab, string>> = {
  attributes: "Attributes",
  events: "Events",
  logs: "Logs",
  links: "Links",
  resource: "Resource",
  raw: "Raw",
};

export function SpanTabs({
  span,
  logs,
  tab,
}: {
  span: Span;
  logs: readonly LogRecord[];
  tab: TraceTab;
}): JSX.Element {
  const counts: Partial<Record<TraceTab, number>> = {
    attributes: Object.keys(span.attributes).length,
    events: span.events.length,
    logs: logs.length,
    links: span.links.length,
  };
  const choose = (next: TraceTab): void => adjustPage("trace", { tab: next });
  return (
    <div
      class="tabs"
      role="tablist"
      aria-label="About the span"
      onKeyDown={(event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (step === 0) return;
        event.preventDefault();
        const next =
          TRACE_TABS[(TRACE_TABS.indexOf(tab) + step + TRACE_TABS.length) % TRACE_TABS.length]!;
        choose(next);
        event.currentTarget.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
      }}
    >
      {TRACE_TABS.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={name === tab}
          aria-controls="span-tab"
          tabIndex={name === tab ? 0 : -1}
          onClick={() => choose(name)}
        >
          {LABELS[name]}
          {(counts[name] ?? 0) > 0 && <span class="tab-count number">{counts[name]}</span>}
        </button>
      ))}
    </div>
  );
}
