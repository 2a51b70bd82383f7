// A worker thread that gets its context by workerData, and further ones by messages.

import { parentPort, workerData } from "node:worker_threads";
import { extractContext, getCurrentSpan, runWithContext, shutdown, startTelemetry, withSpan } from "@telemetry/sdk";

startTelemetry({ serviceName: "worker", logLevel: "silent" });
const work = (carrier, name) =>
  runWithContext(extractContext(carrier), () => withSpan(name, (span) => span.spanContext().spanId));

const currentBefore = getCurrentSpan() !== undefined;
parentPort.postMessage({ spanId: work(workerData.headers, "by workerData"), currentBefore });
parentPort.on("message", async ({ headers }) => {
  if (headers !== undefined) {
    parentPort.postMessage({ spanId: work(headers, "by postMessage") });
    return;
  }
  await shutdown();
  parentPort.close();
});
