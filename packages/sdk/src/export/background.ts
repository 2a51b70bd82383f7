// background.ts — work that nobody waits for. Nothing above it would catch an error, and an app must not end for it.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";

/** The work, which counts as failed under `counter` instead of rejecting. */
export async function inBackground(
  work: () => Promise<void>,
  diagnostics: Diagnostics,
  counter: string,
): Promise<void> {
  try {
    await work();
  } catch {
    try {
      diagnostics.count(counter);
    } catch {
      // Counting is the last that can be done about a failure.
    }
  }
}
