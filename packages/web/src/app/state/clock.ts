// clock.ts — now, once a second while the page is in sight: what relative ranges and running spans follow.

import { signal } from "@preact/signals";

export const nowMs = signal(Date.now());

setInterval(() => {
  if (!document.hidden) nowMs.value = Date.now();
}, 1_000);
