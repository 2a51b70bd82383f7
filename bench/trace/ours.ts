// ours.ts — @telemetry/sdk in its default configuration. The sender is stopped at its last step: the
// bytes of a request are taken instead of posted.

import { trace } from "@opentelemetry/api";
import { startTelemetry, withSpan } from "@telemetry/sdk";
import { Sender } from "../../packages/sdk/src/export/export.ts";
import { Encoded, type Side } from "./side.ts";

/** `isExporting: false` turns the export of spans off, as OTEL_TRACES_EXPORTER=none does. */
export function openOurs(isExporting: boolean): Side {
  const encoded = new Encoded();
  Sender.prototype.send = (signal, chunks, itemCount) => {
    if (signal === "traces") encoded.add(Buffer.concat(chunks), itemCount);
    return Promise.resolve({ outcome: "delivered", rejectedCount: 0 });
  };
  if (!isExporting) process.env["OTEL_TRACES_EXPORTER"] = "none";
  const telemetry = startTelemetry({ serviceName: "bench" });
  return {
    tracer: trace.getTracer("bench", "1.0.0"),
    encoded,
    inSpan: (name, attributes, body) =>
      attributes === undefined ? withSpan(name, body) : withSpan(name, { attributes }, body),
    flush: async () => {
      await telemetry.flush();
    },
  };
}
