// ours.ts — @telemetry/sdk in its default configuration, exemplars included. The sender is stopped at its last
// step: the bytes of a request are taken instead of posted.

import {
  createCounter,
  createHistogram,
  recordMetric,
  startTelemetry,
  withSpan,
} from "@telemetry/sdk";
import { Sender } from "../../packages/sdk/src/export/export.ts";
import { COLLECT_INTERVAL_MS, type Side } from "./side.ts";

export function openOurs(): Side {
  let last: Uint8Array = new Uint8Array(0);
  Sender.prototype.send = (signal, chunks) => {
    if (signal === "metrics") last = Buffer.concat(chunks);
    return Promise.resolve({ outcome: "delivered", rejectedCount: 0 });
  };
  const telemetry = startTelemetry({
    serviceName: "bench",
    runtimeMetrics: false,
    metrics: { intervalMs: COLLECT_INTERVAL_MS },
  });
  const counter = createCounter("requests");
  const histogram = createHistogram("duration");
  return {
    counter,
    histogram,
    bindCounter: (attributes) => counter.bind(attributes),
    bindHistogram: (attributes) => histogram.bind(attributes),
    recordMetric: (value, attributes) => recordMetric("queue.length", value, attributes),
    inSpan: (body) => withSpan("burst", body),
    flush: async () => {
      await telemetry.flush();
    },
    lastRequest: () => last,
  };
}
