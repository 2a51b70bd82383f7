// span-panel.tsx — everything about one span, beside the timeline.

import type { LogRecord, Span } from "@telemetry/dashboard/contract";
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { formatDuration, jsonText } from "../../../core/format/format.ts";
import { RowFlag, hasFlag, rowOfSpan, selfTimes } from "../../../core/trace/trace.ts";
import type { TraceModel, TraceStore } from "../../../core/trace/trace.ts";
import { formatDateTime } from "../../../core/time/time.ts";
import { TRACE_TABS } from "../../../core/url/url.ts";
import type { TraceTab } from "../../../core/url/url.ts";
import { AttributeTable } from "../../parts/attribute-table.tsx";
import { Dropped } from "../../parts/dropped.tsx";
import { CopyButton, IconButton, ServiceDot } from "../../parts/parts.tsx";
import { PAGES, adjustPage } from "../../state/location.ts";
import { zone } from "../../state/settings.ts";
import { MissingPanel } from "./missing-panel.tsx";
import { SpanEvents } from "./span-events.tsx";
import { SpanLinks } from "./span-links.tsx";
import { SpanLogs } from "./span-logs.tsx";
import { ExemplarList } from "./trace-exemplars.tsx";

interface SpanPanelProps {
  model: TraceModel;
  row: number;
  store: TraceStore;
  tab: TraceTab;
  endNs: number;
  onClose: () => void;
  onGoTo: (row: number) => void;
}

export function SpanPanel(props: SpanPanelProps): JSX.Element {
  const { model, row, tab } = props;
  const span = model.spans[row];
  return (
    <aside class="card span-panel" aria-label="Span">
      <header class="panel-head">
        <ServiceDot place={model.service[row]!} />
        <h2 class="cut" title={span?.name}>
          {span?.name ?? "Missing parent"}
        </h2>
        <IconButton icon="close" label="Close" shortcut="Esc" onClick={props.onClose} />
      </header>
      {span === undefined ? (
        <MissingPanel model={model} row={row} />
      ) : (
        <>
          <Facts {...props} span={span} />
          <Tabs span={span} logs={logsOf(props.store.logs, span)} tab={tab} />
          <div class="panel-body" id="span-tab" role="tabpanel" aria-label={tab} tabIndex={0}>
            <TabBody {...props} span={span} />
          </div>
        </>
      )}
    </aside>
  );
}

function logsOf(logs: readonly LogRecord[], span: Span): LogRecord[] {
  return logs.filter((log) => log.spanId === span.spanId);
}

function Facts({ model, row, span, endNs, onGoTo }: SpanPanelProps & { span: Span }): JSX.Element {
  const self = useMemo(() => selfTimes(model), [model]);
  const isOpen = hasFlag(model, row, RowFlag.open);
  const startMs = model.startMs + (model.startNs[row]! - model.skewNs[row]!) / 1e6;
  const parentRow = model.parent[row]!;
  return (
    <>
      <dl class="facts panel-facts">
        <PanelFact label="Service">{span.service}</PanelFact>
        <PanelFact label="Duration">
          {isOpen
            ? `${formatDuration(endNs - model.startNs[row]!)}, still open`
            : formatDuration(model.durationNs[row]!)}
        </PanelFact>
        {!isOpen && model.childCount[row]! > 0 && (
          <PanelFact label="Self time">{formatDuration(self[row]!)}</PanelFact>
        )}
        <PanelFact label="From start">+{formatDuration(model.startNs[row]!)}</PanelFact>
        <PanelFact label="Kind">{span.kind}</PanelFact>
        <PanelFact label="Status">
          <span class={`status is-${span.status.code}`}>{span.status.code}</span>
        </PanelFact>
        <PanelFact label="Start">{formatDateTime(startMs, zone.value)}</PanelFact>
        <PanelFact label="Span id">
          <span class="mono">{span.spanId}</span>{" "}
          <CopyButton text={span.spanId} label="Copy the span id" />
        </PanelFact>
        {parentRow !== -1 && (
          <PanelFact label="Parent">
            <button type="button" class="text-button" onClick={() => onGoTo(parentRow)}>
              {model.spans[parentRow]?.name ?? "missing"}
            </button>
          </PanelFact>
        )}
      </dl>
      {span.status.message !== undefined && span.status.message !== "" && (
        <p class={`status-message ${span.status.code === "error" ? "is-error" : ""}`}>
          {span.status.message}
        </p>
      )}
      {hasFlag(model, row, RowFlag.skewed) && (
        <p class="status-message is-warn">
          Recorded {formatDuration(model.skewNs[row]!)} before its parent, on another clock. Drawn
          at the parent's start; the times above are as recorded.
        </p>
      )}
      {hasFlag(model, row, RowFlag.orphan) && (
        <p class="status-message is-warn">Its parent never arrived.</p>
      )}
    </>
  );
}

function PanelFact({
  label,
  children,
}: {
  label: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd class="number">{children}</dd>
    </div>
  );
}

const LABELS: Readonly<Record<TraceTab, string>> = {
  attributes: "Attributes",
  events: "Events",
  logs: "Logs",
  links: "Links",
  resource: "Resource",
  raw: "Raw",
};

function Tabs({
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

function TabBody({
  model,
  span,
  store,
  tab,
  onGoTo,
}: SpanPanelProps & { span: Span }): JSX.Element {
  switch (tab) {
    case "attributes":
      return (
        <>
          <AttributeTable
            attributes={span.attributes}
            filterPage={PAGES.traces}
            label="Attributes"
          />
          <Dropped count={span.droppedAttributesCount} what="attributes" />
          <SpanExemplars store={store} span={span} />
        </>
      );
    case "events":
      return <SpanEvents span={span} model={model} row={rowOfSpan(model, span.spanId)} />;
    case "logs":
      return <SpanLogs logs={logsOf(store.logs, span)} model={model} />;
    case "links":
      return <SpanLinks span={span} model={model} onGoTo={onGoTo} />;
    case "resource":
      return (
        <>
          <AttributeTable attributes={span.resource} filterPage={PAGES.traces} label="Resource" />
          <h3>Scope</h3>
          <p class="mono">
            {span.scope.name === "" ? "(no name)" : span.scope.name}{" "}
            <span class="faint">{span.scope.version}</span>
          </p>
          {Object.keys(span.scope.attributes).length > 0 && (
            <AttributeTable attributes={span.scope.attributes} label="Scope attributes" />
          )}
        </>
      );
    case "raw": {
      const text = jsonText(span);
      return (
        <div class="snippet">
          <pre>{text}</pre>
          <CopyButton text={text} label="Copy as JSON" />
        </div>
      );
    }
  }
}

function SpanExemplars({ store, span }: { store: TraceStore; span: Span }): JSX.Element | null {
  const exemplars = store.exemplars.filter((exemplar) => exemplar.spanId === span.spanId);
  if (exemplars.length === 0) return null;
  return (
    <>
      <h3>Measured in this span</h3>
      <ExemplarList exemplars={exemplars} />
    </>
  );
}
