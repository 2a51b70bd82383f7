// waterfall-row.tsx — the name of a span in the tree; its bar is on the canvas behind it.

import type { JSX } from "preact";
import { formatCount, formatDuration } from "../../../core/format/format.ts";
import { RowFlag, hasFlag } from "../../../core/trace/trace.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";
import { Icon, ServiceDot } from "../../parts/parts.tsx";

interface WaterfallRowProps {
  model: TraceModel;
  row: number;
  place: number;
  top: number;
  treeWidth: number;
  isCollapsed: boolean;
  isSelected: boolean;
  isActive: boolean;
  onSelect: () => void;
  onToggle: () => void;
}

const INDENT = 14;
/** Deeper rows stop moving right, so that a name is left to read. */
const INDENT_SHARE_MAX = 0.55;

export function WaterfallRow(props: WaterfallRowProps): JSX.Element {
  const { model, row, isCollapsed } = props;
  const span = model.spans[row];
  const childCount = model.childCount[row]!;
  const isError = hasFlag(model, row, RowFlag.error);
  const hasHiddenErrors = isCollapsed && !isError && model.errorsInside[row]! > 0;
  const indent = Math.min(model.depth[row]! * INDENT, props.treeWidth * INDENT_SHARE_MAX);
  return (
    <div
      role="row"
      class={`waterfall-row ${isError ? "is-error" : ""} ${span === undefined ? "is-missing" : ""}`}
      style={{ top: `${props.top}px` }}
      tabIndex={props.isActive ? 0 : -1}
      aria-level={model.depth[row]! + 1}
      aria-posinset={model.place[row]}
      aria-setsize={model.parent[row] === -1 ? -1 : model.childCount[model.parent[row]!]}
      aria-expanded={childCount === 0 ? undefined : !isCollapsed}
      aria-selected={props.isSelected}
      aria-rowindex={props.place + 2}
      onClick={props.onSelect}
    >
      <div
        role="gridcell"
        class="waterfall-name"
        style={{ width: `${props.treeWidth}px`, paddingLeft: `${indent + 6}px` }}
      >
        {childCount > 0 ? (
          <button
            type="button"
            class={`waterfall-toggle ${isCollapsed ? "is-collapsed" : ""}`}
            tabIndex={-1}
            aria-label={isCollapsed ? "Expand" : "Collapse"}
            onClick={(event) => {
              event.stopPropagation();
              props.onToggle();
            }}
          >
            <Icon name="chevron" size={12} />
          </button>
        ) : (
          <span class="waterfall-leaf" />
        )}
        <ServiceDot place={model.service[row]!} />
        <span class="waterfall-title cut">{span?.name ?? "Missing parent"}</span>
        {isCollapsed && <span class="count-badge number">{formatCount(model.size[row]! - 1)}</span>}
        {(isError || hasHiddenErrors) && (
          <span
            class={`row-error ${hasHiddenErrors ? "is-inside" : ""}`}
            title={isError ? "Error" : "Errors inside"}
          >
            <Icon name="error" size={13} />
            <span class="visually-hidden">{isError ? "error" : "errors inside"}</span>
          </span>
        )}
        <span class="waterfall-service cut">{span?.service ?? model.ids[row]}</span>
      </div>
      <div role="gridcell" class="visually-hidden">
        {describeTime(model, row)}
      </div>
    </div>
  );
}

/** The text equivalent of the bar. */
function describeTime(model: TraceModel, row: number): string {
  const start = `at ${formatDuration(model.startNs[row]!)}`;
  if (hasFlag(model, row, RowFlag.open)) return `${start}, still open`;
  const skew = hasFlag(model, row, RowFlag.skewed)
    ? `, moved by ${formatDuration(model.skewNs[row]!)} of clock skew`
    : "";
  return `${start}, takes ${formatDuration(model.durationNs[row]!)}${skew}`;
}
