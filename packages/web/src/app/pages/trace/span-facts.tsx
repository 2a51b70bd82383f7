// span-facts.tsx — the head of the panel: what a span is, before its attributes.

import type { Span } from "@telemetry/dashboard/contract";
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { formatDuration } from "../../../core/format/format.ts";
import { formatDateTime } from "../../../core/time/time.ts";
import { RowFlag, hasFlag, selfTimes } from "../../../core/trace/trace.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { CopyButton } from "../../parts/parts.tsx";
import { zone } from "../../state/settings.ts";

interface SpanFactsProps {
  model: TraceModel;
  row: number;
  span: Span;
  endNs: number;
  onGoTo: (row: number) => void;
}

export function SpanFacts({ model, row, span, endNs, onGoTo }: SpanFactsProps): JSX.Element {
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
