// our-sender.ts — a sender with our SDK; see senders.ts for what a sender does.

import { flush, startSpan, startTelemetry } from "@telemetry/sdk";
import { sendSpans } from "./send-spans.ts";

startTelemetry({ serviceName: "chaos-ours" });
sendSpans({
  makeSpan: (round, index) =>
    startSpan(`work ${index}`, { attributes: { "chaos.round": round } }).end(),
  flush: async () => void (await flush(15_000)),
});
