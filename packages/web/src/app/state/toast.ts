// toast.ts — one short sentence about what was just done.

import { signal } from "@preact/signals";

export const toast = signal("");

const SHOWN_MS = 2_000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function showToast(text: string): void {
  toast.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => (toast.value = ""), SHOWN_MS);
}
