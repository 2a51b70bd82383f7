// process.ts — the end of the process: what is queued should arrive, and the process must end as it would
// without us.
//
//   SIGTERM, SIGINT   as the only listener: flush, at most 2 s, step back, raise the signal again
//                     beside others: flush only, the app decides when to end
//   beforeExit        flush, and again for what came meanwhile, at most 2 s in all: Node says it whenever nothing
//                     is left to do
//   exit              nothing can be sent any more: one line says how much was lost, and why
//
// A listener for a signal keeps Node from ending, so "raise it again" is what makes `docker stop` quick.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";

export interface ProcessEndOptions {
  /** `isLast`: as far as is known the process ends after it. */
  flush: (timeoutMs: number, isLast: boolean) => Promise<boolean>;
  /** Records that would be lost now. */
  waiting: () => number;
  diagnostics: Diagnostics;
}

const FLUSH_TIMEOUT_MS = 2_000;
const LOST_BY_EXIT = `process.exit() was called; "await shutdown()" before it sends them`;
const LOST_AT_END = "no receiver took them before the process ended";
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Returns the function that stops watching. */
export function watchProcessEnd(options: ProcessEndOptions): () => void {
  const { flush, waiting, diagnostics } = options;
  const onSignal = (signal: NodeJS.Signals): void => {
    // Our own listener counts as one.
    const isAlone = process.listenerCount(signal) === 1;
    void flush(FLUSH_TIMEOUT_MS, isAlone).finally(() => {
      if (!isAlone) return;
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    });
  };
  let leftMs = FLUSH_TIMEOUT_MS;
  let isEnding = false;
  const onBeforeExit = (): void => {
    // Our own timers and connections do not keep a process: only what is flushed now keeps it once more.
    if (leftMs <= 0 || (isEnding && waiting() === 0)) return;
    isEnding = true;
    const startMs = performance.now();
    void flush(leftMs, true).then((isDelivered) => {
      leftMs = isDelivered ? leftMs - (performance.now() - startMs) : 0;
    });
  };
  const onExit = (): void => {
    const count = waiting();
    if (count === 0 || process.env["TELEMETRY_QUIET"] === "1") return;
    const reason = isEnding ? LOST_AT_END : LOST_BY_EXIT;
    diagnostics.say(
      "warn",
      `Cannot send ${count} records any more: ${reason}; TELEMETRY_QUIET=1 hides this line`,
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("beforeExit", onBeforeExit);
  process.on("exit", onExit);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off("beforeExit", onBeforeExit);
    process.off("exit", onExit);
  };
}
