// our-sender.ts — a sender with our SDK; see senders.ts for what a sender does.

import { createGauge, flush, log, startSpan, startTelemetry } from "@telemetry/sdk";
import { SERIES_KEY } from "./ledger.ts";
import { sendRecords, type Counts } from "./send-records.ts";

const name = process.env["CHAOS_NAME"] ?? "ours";
const telemetry = startTelemetry({ serviceName: `chaos-${name}` });
const gauge = createGauge(`chaos.${name}.number`);

sendRecords({
  makeSpan: (number) =>
    startSpan(`work ${number % 20}`, { attributes: { "chaos.number": number } }).end(),
  makeLog: (number) => log.info(`chaos ${name} ${number}`, { "chaos.number": number }),
  measure: (number) => gauge.record(number, { [SERIES_KEY]: String(number % 20) }),
  flush: async () => void (await flush(20_000)),
  counts: ({ spans, logs }) => ({
    traces: countsOf("traces", spans),
    logs: countsOf("logs", logs),
  }),
});

function countsOf(signal: "traces" | "logs", made: number): Counts {
  const status = telemetry.status().destinations[0]?.signals[signal];
  if (status === undefined) return { made };
  const { delivered, refused, dropped, waiting } = status;
  return { made, delivered, lost: refused + dropped, waiting };
}
