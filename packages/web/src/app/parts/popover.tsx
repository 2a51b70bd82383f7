// popover.tsx — a button with something that opens under it: the browser's own popover, placed by us.

import type { ComponentChildren, JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";

interface PopoverProps {
  /** The name of what opens. */
  label: string;
  /** The name of the button, where its content is not. */
  buttonLabel?: string;
  button: ComponentChildren;
  buttonClass?: string;
  class?: string;
  /** Which edge of the button the popover shares. */
  align?: "start" | "end";
  title?: string;
  id?: string;
  /** Rendered while open; `close` closes it. */
  children: (close: () => void) => ComponentChildren;
}

const GAP = 6;
const MARGIN = 8;

export function Popover(props: PopoverProps): JSX.Element {
  const id = useId();
  const button = useRef<HTMLButtonElement | null>(null);
  const panel = useRef<HTMLDivElement | null>(null);
  const [isOpen, setOpen] = useState(false);
  const place = (): void => {
    if (button.current === null || panel.current === null) return;
    const box = button.current.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = panel.current;
    const wished = props.align === "end" ? box.right - offsetWidth : box.left;
    const left = Math.max(MARGIN, Math.min(wished, innerWidth - offsetWidth - MARGIN));
    const below = box.bottom + GAP;
    const fits = below + offsetHeight <= innerHeight - MARGIN || box.top < offsetHeight;
    panel.current.style.left = `${left}px`;
    panel.current.style.top = `${fits ? below : box.top - offsetHeight - GAP}px`;
  };
  return (
    <>
      <button
        ref={button}
        id={props.id}
        type="button"
        class={props.buttonClass ?? "button"}
        popovertarget={id}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-label={props.buttonLabel}
        title={props.title}
      >
        {props.button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={props.label}
        class={`popover ${props.class ?? ""}`}
        onToggle={(event) => {
          const isNowOpen = event.newState === "open";
          setOpen(isNowOpen);
          if (isNowOpen) requestAnimationFrame(place);
        }}
      >
        {isOpen && props.children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}
