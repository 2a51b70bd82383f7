// lifecycle.ts — flush and shutdown without holding the handle.

import { shared } from "../state/state.ts";

/**
 * Sends everything recorded so far. Resolves with whether all of it arrived within `timeoutMs` (default 30 000);
 * never rejects.
 *
 * @example
 * import { flush } from "@telemetry/sdk";
 *
 * await flush(2_000);
 */
export function flush(timeoutMs?: number): Promise<boolean> {
  return shared.running?.handle.flush(timeoutMs) ?? Promise.resolve(true);
}

/**
 * Flushes and stops recording. Call it before `process.exit()`, which loses what waits. Never rejects.
 *
 * @example
 * import { shutdown } from "@telemetry/sdk";
 *
 * await shutdown();
 */
export function shutdown(timeoutMs?: number): Promise<boolean> {
  return shared.running?.handle.shutdown(timeoutMs) ?? Promise.resolve(true);
}
