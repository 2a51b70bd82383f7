// virtual-list.tsx — a long list of which only the rows in sight exist. Arrows, j and k move between rows.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { scrollToRow, windowOf } from "../../core/list/list.ts";
import { useSize } from "./canvas-view.tsx";

interface VirtualListProps<Row> {
  rows: readonly Row[];
  rowHeight: number;
  keyOf: (row: Row) => string;
  label: string;
  /** Renders a row; `focus` belongs to its main element. */
  renderRow: (row: Row, focus: { tabIndex: number }) => ComponentChildren;
  /** What stands below an open row; it is measured. */
  renderExtra?: (row: Row) => ComponentChildren;
  openKeys?: ReadonlySet<string>;
  class?: string;
  onScroll?: (isAtTop: boolean) => void;
  /** The last rows are in sight: more can be asked for. */
  onEnd?: () => void;
  foot?: ComponentChildren;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  j: 1,
  ArrowUp: -1,
  k: -1,
  PageDown: 20,
  PageUp: -20,
};

export function VirtualList<Row>(props: VirtualListProps<Row>): JSX.Element {
  const { rows, rowHeight, keyOf, openKeys } = props;
  const [ref, size] = useSize<HTMLDivElement>();
  const [scrollTop, setScrollTop] = useState(0);
  const [active, setActive] = useState(0);
  const [extraByKey, setExtraByKey] = useState<ReadonlyMap<string, number>>(new Map());
  const shouldFocus = useRef(false);

  const extra = new Map<number, number>();
  if (openKeys !== undefined && openKeys.size > 0) {
    for (const [index, row] of rows.entries())
      if (openKeys.has(keyOf(row))) extra.set(index, extraByKey.get(keyOf(row)) ?? 0);
  }
  const geometry = { rowCount: rows.length, rowHeight, extra };
  const view = windowOf(geometry, scrollTop, size.height);
  const isNearEnd = rows.length > 0 && view.last >= rows.length - 5;

  useEffect(() => {
    if (isNearEnd) props.onEnd?.();
  }, [isNearEnd, rows.length]);

  useLayoutEffect(() => {
    if (!shouldFocus.current) return;
    shouldFocus.current = false;
    ref.current
      ?.querySelector<HTMLElement>(`[data-row="${active}"] [tabindex="0"]`)
      ?.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    const step =
      event.key === "Home" ? -rows.length : event.key === "End" ? rows.length : STEPS[event.key];
    const isTyping = event.target instanceof HTMLInputElement;
    if (
      step === undefined ||
      isTyping ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      ref.current === null
    )
      return;
    event.preventDefault();
    const next = Math.max(0, Math.min(rows.length - 1, active + step));
    shouldFocus.current = true;
    setActive(next);
    ref.current.scrollTop = scrollToRow(geometry, next, ref.current.scrollTop, size.height);
  };

  return (
    <div
      ref={ref}
      class={`virtual-list ${props.class ?? ""}`}
      // A list that scrolls must be reachable by keyboard, also while it has no row yet.
      tabIndex={rows.length === 0 ? 0 : -1}
      role="group"
      aria-label={props.label}
      onKeyDown={onKeyDown}
      onScroll={(event) => {
        setScrollTop(event.currentTarget.scrollTop);
        props.onScroll?.(event.currentTarget.scrollTop < rowHeight);
      }}
    >
      <ul
        aria-label={props.label}
        style={{ height: `${view.height}px`, paddingTop: `${view.offset}px` }}
      >
        {rows.slice(view.first, view.last).map((row, place) => {
          const index = view.first + place;
          const key = keyOf(row);
          const isOpen = extra.has(index);
          return (
            <li
              key={key}
              data-row={index}
              class={isOpen ? "is-open" : ""}
              aria-posinset={index + 1}
              aria-setsize={rows.length}
              onFocusIn={() => setActive(index)}
            >
              {props.renderRow(row, {
                tabIndex: index === Math.min(active, rows.length - 1) ? 0 : -1,
              })}
              {isOpen && props.renderExtra !== undefined && (
                <Measured
                  onHeight={(height) =>
                    setExtraByKey((known) =>
                      known.get(key) === height ? known : new Map(known).set(key, height),
                    )
                  }
                >
                  {props.renderExtra(row)}
                </Measured>
              )}
            </li>
          );
        })}
      </ul>
      {props.foot}
    </div>
  );
}

function Measured({
  onHeight,
  children,
}: {
  onHeight: (height: number) => void;
  children: ComponentChildren;
}): JSX.Element {
  const [ref, size] = useSize<HTMLDivElement>();
  useLayoutEffect(() => {
    if (size.height > 0) onHeight(size.height);
  }, [size.height]);
  return <div ref={ref}>{children}</div>;
}
