// parts.tsx — the small things that every page is made of.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { serviceColorVariable } from "../../core/color/color.ts";
import { copyText } from "./clipboard.ts";
import { Icon } from "./icons.tsx";
import type { IconName } from "./icons.tsx";

export { Icon } from "./icons.tsx";
export type { IconName } from "./icons.tsx";
export { Link } from "./link.tsx";

/** A dot in the colour of a service; the name stands beside it. */
export function ServiceDot({ place }: { place: number }): JSX.Element {
  return (
    <span
      class="service-dot"
      style={{ background: `var(${serviceColorVariable(place)})` }}
      aria-hidden="true"
    />
  );
}

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick: (event: MouseEvent) => void;
  shortcut?: string;
  isPressed?: boolean;
  isDisabled?: boolean;
  class?: string;
}

export function IconButton(props: IconButtonProps): JSX.Element {
  const { icon, label, onClick, shortcut, isPressed, isDisabled = false } = props;
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ""}`}
      aria-label={label}
      aria-pressed={isPressed}
      disabled={isDisabled}
      title={shortcut === undefined ? label : `${label}  ${shortcut}`}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** One of a few; `label` names the choice for those who do not see it. */
export function Segments<Value extends string>(props: {
  label: string;
  value: Value;
  options: readonly { value: Value; label: ComponentChildren }[];
  onChange: (value: Value) => void;
}): JSX.Element {
  return (
    <div class="segments" role="group" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === props.value}
          onClick={() => props.onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label }: { text: string; label: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    if (!(await copyText(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1_200);
  };
  return (
    <button
      type="button"
      class={`icon-button small ${isCopied ? "is-done" : ""}`}
      aria-label={isCopied ? "Copied" : label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon name={isCopied ? "check" : "copy"} size={14} />
    </button>
  );
}

export function Keys({ keys }: { keys: string }): JSX.Element {
  return (
    <span class="keys">
      {keys.split(" ").map((key, place) => (
        <kbd key={place}>{key.replace("Mod", isMac ? "⌘" : "Ctrl")}</kbd>
      ))}
    </span>
  );
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

interface EmptyProps {
  title: string;
  /** It is all there is on the page, so its title is the page's. */
  isPage?: boolean;
  children?: ComponentChildren;
}

/** Nothing here: why, and what to do. */
export function Empty({ title, isPage = false, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      {isPage ? <h1 class="empty-title">{title}</h1> : <p class="empty-title">{title}</p>}
      <div class="empty-text">{children}</div>
    </div>
  );
}

/** A question that failed, in the words of the API. */
export function Failure({ message }: { message: string }): JSX.Element {
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <span>{message}</span>
    </div>
  );
}

/** Grey lines while the first answer is on its way. */
export function Skeleton({ rows }: { rows: number }): JSX.Element {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} style={{ width: `${92 - ((row * 37) % 45)}%` }} />
      ))}
    </div>
  );
}
