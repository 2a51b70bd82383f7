// trace-header.tsx — what the trace is, in two lines, and what is odd about it.

import type { JSX } from "preact";
import { formatTerm } from "../../../core/filter/filter.ts";
import { formatCount, formatDuration } from "../../../core/format/format.ts";
import { endNsAt, isRunning } from "../../../core/trace/trace.ts";
import type { TraceModel, TraceStore } from "../../../core/trace/trace.ts";
import { formatDateTime, formatZone } from "../../../core/time/time.ts";
import { CopyButton, Icon, Link, ServiceDot } from "../../parts/parts.tsx";
import { PAGES, navigate } from "../../state/location.ts";
import { zone } from "../../state/settings.ts";
import { TraceExemplars } from "./trace-exemplars.tsx";

interface TraceHeaderProps {
  model: TraceModel;
  store: TraceStore;
  traceId: string;
  nowMs: number;
}

/** Room around a trace when its logs are asked for. */
const MARGIN_MS = 60_000;

export function TraceHeader({ model, store, traceId, nowMs }: TraceHeaderProps): JSX.Element {
  const root = model.spans[Math.max(0, model.rootRow)];
  const place = model.service[Math.max(0, model.rootRow)] ?? 0;
  const logsRange = {
    kind: "between",
    fromMs: model.startMs - MARGIN_MS,
    toMs: model.startMs + model.totalNs / 1e6 + MARGIN_MS,
  } as const;
  return (
    <header class="trace-header">
      <div class="trace-heading">
        <button type="button" class="icon-button" aria-label="Back" title="Back" onClick={goBack}>
          <Icon name="left" />
        </button>
        <h1 class="cut" title={root?.name}>
          <ServiceDot place={place} />
          {root?.name ?? "Root span not here yet"}
        </h1>
        <span class="soft cut trace-heading-service">{root?.service}</span>
        {model.errorCount > 0 && (
          <span class="badge is-error">
            <Icon name="error" size={13} /> {formatCount(model.errorCount)} error
            {model.errorCount === 1 ? "" : "s"}
          </span>
        )}
        {isRunning(model, nowMs) && (
          <span class="badge is-running">
            <span class="live-dot" aria-hidden="true" /> Running
          </span>
        )}
        <span class="trace-id">
          <code class="faint">{traceId}</code>
          <CopyButton text={traceId} label="Copy the trace id" />
        </span>
      </div>
      <div class="trace-facts">
        <dl class="facts">
          <Fact label="Duration" value={formatDuration(endNsAt(model, nowMs))} />
          <Fact
            label="Start"
            value={formatDateTime(model.startMs, zone.value)}
            title={formatZone(model.startMs, zone.value)}
          />
          <Fact label="Spans" value={formatCount(model.spanCount)} />
          <Fact label="Depth" value={String(model.depthMax)} />
          <div>
            <dt>Logs</dt>
            <dd class="number">
              {store.logs.length === 0 ? (
                "0"
              ) : (
                <Link
                  to={{
                    page: PAGES.logs,
                    filter: formatTerm("trace", "=", traceId),
                    range: logsRange,
                  }}
                >
                  {formatCount(store.logs.length)}
                </Link>
              )}
            </dd>
          </div>
          <TraceExemplars exemplars={store.exemplars} />
        </dl>
        <ul class="legend trace-legend" aria-label="Services">
          {model.services.map((service, index) => (
            <li key={service.name}>
              <ServiceDot place={index} />
              {service.name}
              <span class="faint number">{formatCount(service.spanCount)}</span>
            </li>
          ))}
        </ul>
      </div>
      <Notices model={model} store={store} />
    </header>
  );
}

function Fact({
  label,
  value,
  title,
}: {
  label: string;
  value: string;
  title?: string;
}): JSX.Element {
  return (
    <div title={title}>
      <dt>{label}</dt>
      <dd class="number">{value}</dd>
    </div>
  );
}

/** What is missing is said beside what is there. */
function Notices({ model, store }: { model: TraceModel; store: TraceStore }): JSX.Element | null {
  const notices: string[] = [];
  const missing = model.rowCount - model.spanCount;
  if (missing > 0) {
    notices.push(
      `${many(missing, "parent span")} never arrived: ${many(model.orphanCount, "span")} below ${missing === 1 ? "it" : "them"} are marked.`,
    );
  }
  const skewNs = model.skewNs.reduce((most, skew) => Math.max(most, skew), 0);
  if (skewNs > 0) {
    notices.push(
      `Clocks differ by at least ${formatDuration(skewNs)}: spans that began before their caller are drawn at its start.`,
    );
  }
  if (store.droppedSpanCount > 0)
    notices.push(
      `${formatCount(store.droppedSpanCount)} more spans are not shown: the page keeps ${formatCount(model.spanCount)}.`,
    );
  if (notices.length === 0) return null;
  return (
    <ul class="notices">
      {notices.map((notice) => (
        <li key={notice}>
          <Icon name="warning" size={14} />
          {notice}
        </li>
      ))}
    </ul>
  );
}

function many(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;
}

function goBack(): void {
  if (history.length > 1) history.back();
  else navigate({ page: PAGES.traces });
}
