// waterfall.tsx — the tree of spans over its picture.
//
//   ┌ scroller ───────────────────────────────┐
//   │ axis (sticks)                           │
//   │ canvas (sticks, below): guides and bars │
//   │ rows (real elements, only those in      │
//   │ sight): names, for reading and keyboard │
//   └─────────────────────────────────────────┘

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { LABEL_ROOM, ROW_HEIGHT, drawWaterfall, fitCanvas, nsAtX } from "../../../canvas/canvas.ts";
import { toggleCollapsed, visibleRows } from "../../../core/trace/trace.ts";
import type { PathSegment, TraceModel } from "../../../core/trace/trace.ts";
import { useCanvasTheme, useSize } from "../../parts/canvas-view.tsx";
import { TreeDivider, useTreeWidth } from "./tree-divider.tsx";
import { useReveal, useWheelZoom } from "./use-waterfall.ts";
import { WaterfallAxis } from "./waterfall-axis.tsx";
import { WaterfallRow } from "./waterfall-row.tsx";
import { WaterfallTip } from "./waterfall-tip.tsx";

interface WaterfallProps {
  model: TraceModel;
  collapsed: ReadonlySet<string>;
  setCollapsed: (collapsed: ReadonlySet<string>) => void;
  selectedRow: number;
  activeRow: number;
  onSelect: (row: number) => void;
  matches: readonly number[];
  criticalPath: ReadonlyMap<number, readonly PathSegment[]>;
  fromNs: number;
  toNs: number;
  endNs: number;
  onZoom: (fromNs: number, toNs: number) => void;
}

const AXIS_HEIGHT = 28;
const OVERSCAN = 4;

export function Waterfall(props: WaterfallProps): JSX.Element {
  const { model, collapsed, fromNs, toNs } = props;
  const [ref, size] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [pointer, setPointer] = useState<{ row: number; x: number; y: number } | undefined>(
    undefined,
  );
  const theme = useCanvasTheme();
  const rows = useMemo(() => visibleRows(model, collapsed), [model, collapsed]);
  const matches = useMemo(() => new Set(props.matches), [props.matches]);
  const [treeWidth, setTreeWidth] = useTreeWidth(size.width);
  const height = Math.max(0, size.height - AXIS_HEIGHT);
  const timeline = {
    left: treeWidth + 12,
    width: Math.max(40, size.width - treeWidth - 12 - LABEL_ROOM),
    fromNs,
    toNs,
  };

  useEffect(() => {
    if (canvas.current === null || size.width === 0) return;
    drawWaterfall(fitCanvas(canvas.current, size.width, height, devicePixelRatio), model, {
      timeline,
      height,
      scrollTop,
      rows,
      collapsed,
      selectedRow: props.selectedRow,
      hoveredRow: pointer?.row ?? -1,
      matches,
      criticalPath: props.criticalPath,
      openEndNs: props.endNs,
      theme,
    });
  });

  const activePlace = Math.max(0, rows.indexOf(props.activeRow));
  useReveal(ref, activePlace, model.ids[props.activeRow] ?? "", height);
  useWheelZoom(
    ref,
    (x, factor) => {
      const middle = nsAtX(timeline, x);
      props.onZoom(middle - (middle - fromNs) * factor, middle + (toNs - middle) * factor);
    },
    (share) => {
      const by = (toNs - fromNs) * share;
      const moved = Math.max(-fromNs, Math.min(props.endNs - toNs, by));
      if (moved !== 0) props.onZoom(fromNs + moved, toNs + moved);
    },
  );

  const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((scrollTop + height) / ROW_HEIGHT) + OVERSCAN);
  return (
    <div class="waterfall-frame">
      <div
        ref={ref}
        class="waterfall"
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length + 1}
        aria-readonly="true"
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const y = event.clientY - box.top - AXIS_HEIGHT;
          const row = y < 0 ? undefined : rows[Math.floor((y + scrollTop) / ROW_HEIGHT)];
          setPointer(
            row === undefined
              ? undefined
              : { row, x: event.clientX - box.left, y: event.clientY - box.top },
          );
        }}
        onPointerLeave={() => setPointer(undefined)}
      >
        <WaterfallAxis timeline={timeline} width={size.width} />
        <div
          class="waterfall-rows"
          role="rowgroup"
          style={{ height: `${rows.length * ROW_HEIGHT}px` }}
        >
          <div class="waterfall-canvas" role="presentation">
            <canvas
              ref={canvas}
              aria-hidden="true"
              style={{ width: `${size.width}px`, height: `${height}px` }}
            />
          </div>
          {Array.from(rows.subarray(first, last), (row, offset) => (
            <WaterfallRow
              key={model.ids[row]}
              model={model}
              row={row}
              place={first + offset}
              top={(first + offset) * ROW_HEIGHT}
              treeWidth={treeWidth}
              isCollapsed={collapsed.has(model.ids[row]!)}
              isSelected={row === props.selectedRow}
              isActive={row === rows[activePlace]}
              onSelect={() => props.onSelect(row)}
              onToggle={() => props.setCollapsed(toggleCollapsed(collapsed, model.ids[row]!))}
            />
          ))}
        </div>
      </div>
      <TreeDivider width={treeWidth} total={size.width} onChange={setTreeWidth} />
      {pointer !== undefined && pointer.x > treeWidth && pointer.row < model.rowCount && (
        <WaterfallTip
          model={model}
          row={pointer.row}
          x={pointer.x}
          y={pointer.y}
          frame={size}
          timeline={timeline}
          endNs={props.endNs}
        />
      )}
    </div>
  );
}
