// A child process that gets its context by TRACEPARENT, TRACESTATE and BAGGAGE.

import { propagation } from "@opentelemetry/api";
import { injectContext, shutdown, startTelemetry, withSpan } from "@telemetry/sdk";

startTelemetry({ serviceName: "child", logLevel: "silent" });
const tenant = propagation.getActiveBaggage()?.getEntry("tenant")?.value;
const headers = withSpan("child main", () => injectContext({}));
await shutdown();
console.log(JSON.stringify({ tenant, headers }));
