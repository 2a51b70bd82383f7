// observer.ts — rides along in the dashboard's process (`--import`) and tells how it is: how long its event loop was
// held up, and how much memory it has. The dashboard's own worker and child processes are left alone.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const INTERVAL_MS = 200;
const RESOLUTION_MS = 5;

if (isMainThread && process.argv[1]?.endsWith("command.ts")) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  setInterval(() => {
    const maxDelayMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    delay.reset();
    process.send?.({ type: "vitals", maxDelayMs, rssBytes: process.memoryUsage.rss() });
  }, INTERVAL_MS).unref();
}
