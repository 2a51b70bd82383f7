// icons.tsx — the page's icons: 16 pixels, one stroke, the colour of the text around them.

import type { JSX } from "preact";

const PATHS = {
  overview: "M2.5 9.5h3l2-6 2.5 9 2-5h1.5",
  traces: "M2.5 4h8M5 8h6M8.5 12h5",
  logs: "M2.5 4h11M2.5 8h11M2.5 12h7",
  metrics: "M3 13V9M6.5 13V5M10 13V7.5M13.5 13V3",
  pipeline: "M2 5h4v6H2zM10 5h4v6h-4zM6 8h4",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  moon: "M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7z",
  help: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.3a1.75 1.75 0 1 1 2.6 1.5c-.6.35-.9.7-.9 1.4M8 11.3v.05",
  close: "M4 4l8 8M12 4l-8 8",
  chevron: "M6 4l4 4-4 4",
  down: "M4 6l4 4 4-4",
  left: "M10 4L6 8l4 4",
  copy: "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
  check: "M3 8.5l3.2 3L13 4.5",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.2v9.6l7.5-4.8z",
  error: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.5M8 10.9v.1",
  warning: "M8 2.5l6 11H2zM8 6.5v3M8 11.4v.1",
  filter: "M2.5 3.5h11L9.5 8.5v4l-3 1v-5z",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  zoomOut: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2M5 7h4",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.8-.8",
  path: "M2.5 4h5v8h6M11 9.5l2.5 2.5-2.5 2.5",
  expand: "M8 2.5v11M5 5.5l3-3 3 3M5 10.5l3 3 3-3",
  up: "M4 10l4-4 4 4",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  wrap: "M2.5 4h11M2.5 8h8.5a2.2 2.2 0 0 1 0 4.4H8M9.5 10.8L8 12.4l1.5 1.6M2.5 12h2.5",
  table: "M2.5 3.5h11v9h-11zM2.5 6.8h11M6.5 6.8v5.7",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: the text or label beside it says the same. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
