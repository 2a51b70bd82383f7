// shortcuts.ts — the keys of the whole page. The help dialog lists them from here, so it is never wrong.

import { signal } from "@preact/signals";
import { ShortcutMatcher } from "../../core/keys/keys.ts";
import { SEARCH_ID } from "../parts/filter-box.tsx";
import { RANGE_BUTTON_ID } from "../parts/range-picker.tsx";
import { copyText } from "../parts/clipboard.ts";
import { PAGES, navigate, permanentLink } from "../state/location.ts";
import { togglePause } from "../state/pause.ts";
import { switchTheme, switchZone } from "../state/settings.ts";
import { showToast } from "../state/toast.ts";

export const isPaletteOpen = signal(false);
export const isHelpOpen = signal(false);

interface Action {
  readonly keys: readonly string[];
  readonly label: string;
  run(): void;
}

const goTo = (name: keyof typeof PAGES): (() => void) => {
  return () => navigate({ page: PAGES[name] });
};

export const GLOBAL_ACTIONS: readonly Action[] = [
  {
    keys: ["Mod+k"],
    label: "Search pages, services and trace ids",
    run: () => (isPaletteOpen.value = true),
  },
  { keys: ["/"], label: "Filter or search on this page", run: focusSearch },
  { keys: ["o", "g o"], label: "Overview", run: goTo("overview") },
  { keys: ["t", "g t"], label: "Traces", run: goTo("traces") },
  { keys: ["l", "g l"], label: "Logs", run: goTo("logs") },
  { keys: ["m", "g m"], label: "Metrics", run: goTo("metrics") },
  { keys: ["g p"], label: "Pipeline", run: goTo("pipeline") },
  {
    keys: ["d"],
    label: "Time range",
    run: () => document.getElementById(RANGE_BUTTON_ID)?.click(),
  },
  { keys: ["p"], label: "Pause or resume the view", run: togglePause },
  { keys: ["u"], label: "Local time or UTC", run: switchZone },
  { keys: ["\\"], label: "Light or dark", run: switchTheme },
  { keys: ["y"], label: "Copy a lasting link to this view", run: () => void copyLink() },
  { keys: ["?"], label: "This help", run: () => (isHelpOpen.value = !isHelpOpen.value) },
];

/** Keys that the lists and the trace handle themselves, for the help dialog. */
export const LIST_KEYS: readonly (readonly [keys: string, label: string])[] = [
  ["j k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["Esc", "Close the panel"],
];

export const TRACE_KEYS: readonly (readonly [keys: string, label: string])[] = [
  ["↓ ↑", "Next and previous span"],
  ["→ ←", "Expand or collapse; to the child or the parent"],
  ["Enter", "Details of the span"],
  ["e", "Next error"],
  ["n N", "Next and previous match of the search"],
  ["[ ]", "Expand all, collapse all"],
  ["W S", "Zoom in and out"],
  ["A D", "Pan left and right"],
  ["0", "Whole trace"],
  ["c", "Critical path"],
];

/** Listens on the window; what is typed into a field stays there. */
export function startShortcuts(): void {
  const actions = new Map(
    GLOBAL_ACTIONS.flatMap((action) => action.keys.map((key) => [key, action] as const)),
  );
  const matcher = new ShortcutMatcher(actions.keys());
  addEventListener("keydown", (event) => {
    const isModified = event.metaKey || event.ctrlKey;
    if (event.defaultPrevented || event.altKey || (isTyping(event.target) && !isModified)) return;
    if (document.querySelector("dialog[open]") !== null && event.key !== "?") return;
    const shortcut = matcher.press(event, performance.now());
    if (shortcut === undefined) return;
    event.preventDefault();
    actions.get(shortcut)?.run();
  });
}

async function copyLink(): Promise<void> {
  showToast(
    (await copyText(permanentLink())) ? "Link copied" : "The browser does not allow copying",
  );
}

function focusSearch(): void {
  const field = document.getElementById(SEARCH_ID);
  if (field === null) isPaletteOpen.value = true;
  else field.focus();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]")
  );
}
