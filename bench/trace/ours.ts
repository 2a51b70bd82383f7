// ours.ts — @telemetry/sdk in its default configuration. The sender is stopped at its last step: the
// bytes of a request are taken instead of posted.

import * as api from "@opentelemetry/api";
import { startTelemetry, withSpan } from "@telemetry/sdk";
import type { Telemetry } from "@telemetry/sdk";
import { Sender } from "../../packages/sdk/src/export/export.ts";
import { Encoded, type Side } from "./side.ts";

/** Spans posted to `url`, as an app does it. */
export function openOursTo(url: string, options: { queueSize?: number } = {}): Side {
  const { queueSize } = options;
  const telemetry = startTelemetry({
    serviceName: "bench",
    endpoint: url,
    ...(queueSize === undefined ? {} : { batch: { queueSize } }),
  });
  return sideOf(telemetry, new Encoded());
}

/** `isExporting: false` turns the export of spans off, as OTEL_TRACES_EXPORTER=none does. */
export function openOurs(isExporting: boolean): Side {
  const encoded = new Encoded();
  Sender.prototype.send = (signal, chunks, itemCount) => {
    if (signal === "traces") encoded.add(Buffer.concat(chunks), itemCount);
    return Promise.resolve({ outcome: "delivered", rejectedCount: 0 });
  };
  if (!isExporting) process.env["OTEL_TRACES_EXPORTER"] = "none";
  return sideOf(startTelemetry({ serviceName: "bench" }), encoded);
}

function sideOf(telemetry: Telemetry, encoded: Encoded): Side {
  return {
    api,
    tracer: api.trace.getTracer("bench", "1.0.0"),
    encoded,
    inSpan: (name, attributes, body) =>
      attributes === undefined ? withSpan(name, body) : withSpan(name, { attributes }, body),
    flush: async () => {
      await telemetry.flush();
    },
  };
}
