// app.ts — the app whose telemetry the journey follows: a process of its own that does one piece of work
// whenever its parent says so, and reports which ids that had and when its span ended.

import { createHistogram, log, startTelemetry, withSpan } from "@telemetry/sdk";

export interface WorkDone {
  readonly traceId: string;
  readonly spanId: string;
  /** Epoch milliseconds, with a fraction. */
  readonly endedAtMs: number;
}

startTelemetry({ serviceName: "journey" });
const size = createHistogram("journey.size", { unit: "By" });

process.on("message", (name: string) => {
  const ids = withSpan(name, (span) => {
    log.info(`inside ${name}`, { "journey.step": name });
    size.record(name.length, { "journey.kind": "test" });
    return span.spanContext();
  });
  const endedAtMs = performance.timeOrigin + performance.now();
  process.send?.({ traceId: ids.traceId, spanId: ids.spanId, endedAtMs } satisfies WorkDone);
});
