// An app that records one span, one log and one metric with the options in its first argument, and prints what became
// of them.

import { createCounter, doctor, log, shutdown, startTelemetry, withSpan } from "@telemetry/sdk";

const telemetry = startTelemetry({
  serviceName: "exports",
  runtimeMetrics: false,
  ...JSON.parse(process.argv[2] ?? "{}"),
});
const result = withSpan("work", () => {
  log.info("working");
  return 42;
});
createCounter("orders").add(1);
const isFlushed = await telemetry.flush(5_000);
const { receivers } = await doctor();
const { protocols, endpoints, signals } = telemetry.status();
console.log(JSON.stringify({ result, isFlushed, protocols, endpoints, signals, receivers }));
await shutdown(1_000);
