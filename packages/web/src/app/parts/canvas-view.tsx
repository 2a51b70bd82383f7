// canvas-view.tsx — a canvas that follows its element's size, the theme and the screen's pixel ratio.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fitCanvas, readCanvasTheme } from "../../canvas/canvas.ts";
import type { CanvasTheme } from "../../canvas/canvas.ts";
import { shownTheme } from "../state/settings.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The content size of an element, measured before the first picture and whenever it changes. */
// The parameter says what the ref is put on, as with useRef.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function useSize<E extends Element>(): [ref: { current: E | null }, size: Size] {
  const ref = useRef<E | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = (): void => {
      const { width, height } = element.getBoundingClientRect();
      setSize((known) =>
        known.width === width && known.height === height ? known : { width, height },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

let themeOnScreen: { name: string; theme: CanvasTheme } | undefined;

/** The colours of the theme on screen; a component that reads them is drawn again when it changes. */
export function useCanvasTheme(): CanvasTheme {
  const name = shownTheme.value;
  if (themeOnScreen?.name !== name) themeOnScreen = { name, theme: resolveTheme() };
  return themeOnScreen.theme;
}

/** A custom property is text; only a real property of an element resolves it to a colour. */
function resolveTheme(): CanvasTheme {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const theme = readCanvasTheme((name) => {
    if (name.startsWith("--font")) return style.getPropertyValue(name);
    probe.style.color = `var(${name})`;
    return style.color;
  });
  probe.remove();
  return theme;
}

interface CanvasViewProps {
  class?: string;
  /** Draws into a cleared context of this size, in CSS pixels. */
  draw: (context: CanvasRenderingContext2D, size: Size) => void;
  /** The text equivalent; absent when the same is said beside the picture. */
  label?: string;
  onPointerMove?: (x: number, y: number, size: Size) => void;
  onPointerLeave?: () => void;
  onClick?: (x: number, y: number, size: Size) => void;
}

/** Draws after every render: the caller renders when what is drawn has changed. */
export function CanvasView(props: CanvasViewProps): JSX.Element {
  const [ref, size] = useSize<HTMLCanvasElement>();
  useEffect(() => {
    if (ref.current === null || size.width === 0 || size.height === 0) return;
    props.draw(fitCanvas(ref.current, size.width, size.height, devicePixelRatio), size);
  });
  const at = (event: MouseEvent): [number, number] => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const { onPointerMove, onPointerLeave, onClick, label } = props;
  return (
    <canvas
      ref={ref}
      class={`canvas-view ${props.class ?? ""}`}
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
      onPointerMove={onPointerMove && ((event) => onPointerMove(...at(event), size))}
      onPointerLeave={onPointerLeave}
      onClick={onClick && ((event) => onClick(...at(event), size))}
    />
  );
}
