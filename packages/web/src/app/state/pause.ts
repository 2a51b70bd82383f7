// pause.ts — whether live lists hold still. Pausing stops the view, never the collection.

import { computed, signal } from "@preact/signals";
import { isLiveRange } from "../../core/time/time.ts";
import { liveStatus } from "./live.ts";
import { range } from "./location.ts";

/** `auto`: the reader scrolled away or selected something, and going back to the top resumes. */
export const pause = signal<"none" | "asked" | "auto">("none");

export const isPaused = computed(() => pause.value !== "none");

/** What the badge in the top bar says. */
export const liveBadge = computed<"fixed" | "paused" | "live" | "connecting" | "reconnecting">(
  () => {
    if (!isLiveRange(range.value)) return "fixed";
    if (isPaused.value) return "paused";
    const { state } = liveStatus.value;
    return state === "unauthorized" ? "reconnecting" : state;
  },
);

export function togglePause(): void {
  pause.value = pause.value === "none" ? "asked" : "none";
}

/** A list reports whether its newest row is in sight. */
export function noteScroll(isAtTop: boolean): void {
  if (!isAtTop && pause.value === "none" && isLiveRange(range.value)) pause.value = "auto";
  else if (isAtTop && pause.value === "auto") pause.value = "none";
}

/** Something is being read: a row was opened or text selected. */
export function holdForReading(): void {
  if (pause.value === "none" && isLiveRange(range.value)) pause.value = "asked";
}
