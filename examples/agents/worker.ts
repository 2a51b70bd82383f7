// worker.ts — a worker thread that condenses what a tool found. The context comes with the message.

import { parentPort } from "node:worker_threads";
import {
  createCounter,
  extractContext,
  log,
  runWithContext,
  shutdown,
  startTelemetry,
  withSpan,
} from "@telemetry/sdk";

export interface Work {
  readonly id: number;
  readonly text: string;
  readonly carrier: Record<string, string>;
}

startTelemetry({ serviceName: "condenser" });
const condensed = createCounter("agent.condensed", { unit: "{text}" });

parentPort?.on("message", (work: Work | "close") => {
  if (work === "close") {
    void shutdown().then(() => parentPort?.close());
    return;
  }
  runWithContext(extractContext(work.carrier), () => {
    withSpan("condense", { attributes: { "text.length": work.text.length } }, () => {
      let hash = 0;
      for (let round = 0; round < 200_000; round++) hash = (Math.imul(hash, 31) + round) | 0;
      condensed.add(1);
      log.debug("condensed", { "text.hash": hash });
    });
  });
  parentPort?.postMessage(work.id);
});
