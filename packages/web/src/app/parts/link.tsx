// link.tsx — a real link to another state of the page: it can be copied, opened in a tab and middle-clicked.

import type { ComponentChildren, JSX } from "preact";
import type { Location } from "../../core/url/url.ts";
import { addressOf, navigate } from "../state/location.ts";
import type { HistoryMode } from "../state/location.ts";

interface LinkProps {
  /** What changes; the shared range and filter stay. */
  to: Partial<Location>;
  mode?: HistoryMode;
  class?: string;
  title?: string;
  tabIndex?: number;
  "aria-label"?: string;
  "aria-current"?: "page" | undefined;
  onClick?: (event: MouseEvent) => void;
  children?: ComponentChildren;
}

export function Link({ to, mode = "push", children, onClick, ...rest }: LinkProps): JSX.Element {
  return (
    <a
      {...rest}
      href={addressOf(to)}
      onClick={(event) => {
        onClick?.(event);
        if (event.defaultPrevented || isForBrowser(event)) return;
        event.preventDefault();
        navigate(to, mode);
      }}
    >
      {children}
    </a>
  );
}

function isForBrowser(event: MouseEvent): boolean {
  return event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}
