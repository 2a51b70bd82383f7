// use-waterfall.ts — how the waterfall follows the active row, and how the wheel moves its timeline.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { ROW_HEIGHT } from "../../../canvas/canvas.ts";
import { scrollToRow } from "../../../core/list/list.ts";

/**
 * Scrolls to the active row when another one becomes it (not when rows move because the trace grows), and moves the
 * focus with it if the tree has it.
 */
export function useReveal(
  ref: { current: HTMLDivElement | null },
  place: number,
  id: string,
  height: number,
): void {
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null || height <= 0) return;
    element.scrollTop = scrollToRow(
      { rowCount: place + 1, rowHeight: ROW_HEIGHT },
      place,
      element.scrollTop,
      height,
    );
  }, [id, height > 0]);
  const isFirst = useRef(true);
  useEffect(() => {
    const focused = document.activeElement;
    const hasFocus =
      ref.current?.contains(focused) === true || (focused === document.body && !isFirst.current);
    isFirst.current = false;
    if (hasFocus)
      ref.current
        ?.querySelector<HTMLElement>('[role="row"][tabindex="0"]')
        ?.focus({ preventScroll: true });
  }, [id]);
}

/** Ctrl and wheel zooms at the pointer, a sideways wheel pans. Not passive: the browser would zoom the page. */
export function useWheelZoom(
  ref: { current: HTMLDivElement | null },
  zoom: (x: number, factor: number) => void,
  pan: (share: number) => void,
): void {
  const latest = useRef({ zoom, pan });
  latest.current = { zoom, pan };
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      const isZoom = event.ctrlKey || event.metaKey;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (!isZoom && Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
      event.preventDefault();
      if (isZoom)
        latest.current.zoom(
          event.clientX - element.getBoundingClientRect().left,
          Math.exp(event.deltaY * 0.0025),
        );
      else latest.current.pan(sideways / 1_000);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);
}
