// health.ts — asks an address whether a dashboard of ours answers there.

import { runSuppressed } from "../context/context.ts";

/** `free`: nothing answers. `other`: something that is no dashboard of ours. */
export type Occupant = "ours" | "other" | "free";

const TIMEOUT_MS = 1_500;

/** Never rejects. `url` is the base address, with a slash at the end. */
export async function askHealth(url: string): Promise<Occupant> {
  try {
    const response = await runSuppressed(() =>
      fetch(new URL("health", url), { signal: AbortSignal.timeout(TIMEOUT_MS) }),
    );
    const answer: unknown = await response.json();
    return (answer as { product?: unknown } | null)?.product === "telemetry" ? "ours" : "other";
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return code === "ECONNREFUSED" ? "free" : "other";
  }
}
