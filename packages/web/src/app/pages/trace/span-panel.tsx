// span-panel.tsx — everything about one span, beside the timeline.

import type { LogRecord, Span } from "@telemetry/dashboard/contract";
import type { JSX } from "preact";
import { jsonText } from "../../../core/format/format.ts";
import { rowOfSpan } from "../../../core/trace/trace.ts";
import type { TraceModel, TraceStore } from "../../../core/trace/trace.ts";
import type { TraceTab } from "../../../core/url/url.ts";
import { AttributeTable } from "../../parts/attribute-table.tsx";
import { Dropped } from "../../parts/dropped.tsx";
import { CopyButton, IconButton, ServiceDot } from "../../parts/parts.tsx";
import { PAGES } from "../../state/location.ts";
import { MissingPanel } from "./missing-panel.tsx";
import { SpanEvents } from "./span-events.tsx";
import { SpanFacts } from "./span-facts.tsx";
import { SpanLinks } from "./span-links.tsx";
import { SpanLogs } from "./span-logs.tsx";
import { SpanTabs } from "./span-tabs.tsx";
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
          <SpanFacts
            model={model}
            row={row}
            span={span}
            endNs={props.endNs}
            onGoTo={props.onGoTo}
          />
          <SpanTabs span={span} logs={logsOf(props.store.logs, span)} tab={tab} />
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
