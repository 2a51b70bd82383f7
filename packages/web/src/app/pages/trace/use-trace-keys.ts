// use-trace-keys.ts — the keys of the trace page. They come before the global ones (document before window).

import { useEffect, useRef } from "preact/hooks";
import {
  RowFlag,
  collapseAll,
  hasFlag,
  toggleCollapsed,
  visibleRows,
} from "../../../core/trace/trace.ts";
import type { TraceModel } from "../../../core/trace/trace.ts";

export interface TraceKeysOptions {
  readonly model: TraceModel;
  readonly collapsed: ReadonlySet<string>;
  readonly setCollapsed: (collapsed: ReadonlySet<string>) => void;
  readonly activeRow: number;
  readonly goTo: (row: number) => void;
  readonly select: (row: number) => void;
  readonly isPanelOpen: boolean;
  readonly matches: readonly number[];
  readonly zoom: {
    readonly fromNs: number;
    readonly toNs: number;
    readonly endNs: number;
    readonly zoomTo: (fromNs: number, toNs: number) => void;
  };
  readonly togglePath: () => void;
}

export function useTraceKeys(options: TraceKeysOptions): void {
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      const isElsewhere = target.closest("input, textarea, select, dialog, [popover]") !== null;
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isElsewhere)
        return;
      const isOnArrows = target.closest("[role=tablist], [role=separator]") !== null;
      if (isOnArrows && event.key.startsWith("Arrow")) return;
      const isOnControl = target.closest("button, a") !== null;
      if (isOnControl && (event.key === "Enter" || event.key === " ")) return;
      const run =
        KEYS[event.key.length === 1 && event.key !== "N" ? event.key.toLowerCase() : event.key];
      if (run === undefined) return;
      event.preventDefault();
      run(latest.current, event.shiftKey);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

const KEYS: Readonly<Record<string, (options: TraceKeysOptions, isShifted: boolean) => void>> = {
  ArrowDown: (options) => step(options, 1),
  ArrowUp: (options) => step(options, -1),
  j: (options) => step(options, 1),
  k: (options) => step(options, -1),
  f: (options) => step(options, 1),
  b: (options) => step(options, -1),
  PageDown: (options) => step(options, 20),
  PageUp: (options) => step(options, -20),
  Home: (options) => options.goTo(0),
  End: (options) => step(options, options.model.rowCount),
  ArrowRight: open,
  ArrowLeft: close,
  Enter: (options) => options.select(options.activeRow),
  " ": (options) => options.select(options.activeRow),
  Escape: (options) => options.select(-1),
  e: (options) => next(options, errorRows(options.model), 1),
  n: (options) => next(options, options.matches, 1),
  N: (options) => next(options, options.matches, -1),
  "[": ({ setCollapsed }) => setCollapsed(new Set()),
  "]": ({ model, setCollapsed }) => setCollapsed(collapseAll(model)),
  w: (options, isShifted) => zoomBy(options, isShifted ? 0.4 : 0.7),
  s: (options, isShifted) => zoomBy(options, isShifted ? 2.5 : 1.4),
  a: (options, isShifted) => panBy(options, isShifted ? -0.5 : -0.15),
  d: (options, isShifted) => panBy(options, isShifted ? 0.5 : 0.15),
  "0": ({ zoom }) => zoom.zoomTo(0, zoom.endNs),
  c: ({ togglePath }) => togglePath(),
};

function step({ model, collapsed, activeRow, goTo }: TraceKeysOptions, by: number): void {
  const rows = visibleRows(model, collapsed);
  const place = Math.max(0, rows.indexOf(activeRow));
  goTo(rows[Math.max(0, Math.min(rows.length - 1, place + by))]!);
}

/** Expands; of an expanded row goes to its first child (ARIA treegrid pattern). */
function open({ model, collapsed, setCollapsed, activeRow, goTo }: TraceKeysOptions): void {
  if (model.childCount[activeRow] === 0) return;
  const id = model.ids[activeRow]!;
  if (collapsed.has(id)) setCollapsed(toggleCollapsed(collapsed, id));
  else goTo(activeRow + 1);
}

/** Collapses; of a collapsed row or a leaf goes to its parent. */
function close({ model, collapsed, setCollapsed, activeRow, goTo }: TraceKeysOptions): void {
  const id = model.ids[activeRow]!;
  if (model.childCount[activeRow]! > 0 && !collapsed.has(id))
    setCollapsed(toggleCollapsed(collapsed, id));
  else if (model.parent[activeRow] !== -1) goTo(model.parent[activeRow]!);
}

/** The next of some rows behind the active one, round and round. */
function next(
  { activeRow, goTo }: TraceKeysOptions,
  rows: readonly number[],
  direction: 1 | -1,
): void {
  const found =
    direction === 1
      ? (rows.find((row) => row > activeRow) ?? rows[0])
      : (rows.findLast((row) => row < activeRow) ?? rows.at(-1));
  if (found !== undefined) goTo(found);
}

function errorRows(model: TraceModel): number[] {
  const rows: number[] = [];
  for (let row = 0; row < model.rowCount; row++)
    if (hasFlag(model, row, RowFlag.error)) rows.push(row);
  return rows;
}

function zoomBy({ zoom }: TraceKeysOptions, factor: number): void {
  const middle = (zoom.fromNs + zoom.toNs) / 2;
  const half = ((zoom.toNs - zoom.fromNs) / 2) * factor;
  zoom.zoomTo(middle - half, middle + half);
}

function panBy({ zoom }: TraceKeysOptions, share: number): void {
  const by = (zoom.toNs - zoom.fromNs) * share;
  const moved = Math.max(-zoom.fromNs, Math.min(zoom.endNs - zoom.toNs, by));
  if (moved !== 0) zoom.zoomTo(zoom.fromNs + moved, zoom.toNs + moved);
}
