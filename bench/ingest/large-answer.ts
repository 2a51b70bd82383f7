// large-answer.ts — a reader beside a sender: asks for a trace of about 5 MB, again and again.

import { randomBytes } from "node:crypto";
import { until } from "../../e2e/support/api.ts";
import type { RunningDashboard } from "../../e2e/support/running-dashboard.ts";

const SPANS = 6_500;

/** What was read, for the report. */
export interface Read {
  answers: number;
  bytes: number;
}

/** Sends one large trace and reads it whole, one answer after the other, until the signal aborts. */
export function readLargeTrace(read: Read) {
  return async (dashboard: RunningDashboard, abort: AbortSignal): Promise<void> => {
    const url = await sendLargeTrace(dashboard);
    while (!abort.aborted) {
      const answer = await fetch(url);
      read.bytes += (await answer.arrayBuffer()).byteLength;
      read.answers++;
    }
  };
}

/** Resolves with the address of the trace once it is answered. */
async function sendLargeTrace(dashboard: RunningDashboard): Promise<URL> {
  const traceId = randomBytes(16).toString("hex");
  const nowMs = Date.now();
  const spans = Array.from({ length: SPANS }, (_, index) => ({
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: `step ${index}`,
    kind: 1,
    startTimeUnixNano: `${nowMs}000000`,
    endTimeUnixNano: `${nowMs + 5}000000`,
    attributes: Array.from({ length: 10 }, (_value, key) => ({
      key: `attribute.key.number.${key}`,
      value: { stringValue: `value of this one ${(index * 7 + key) % 100}` },
    })),
  }));
  const sent = await fetch(new URL("/v1/traces", dashboard.otlpUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  if (!sent.ok) throw new Error(`Cannot send the large trace: ${sent.status}`);
  const url = new URL(`/api/v1/traces/${traceId}`, dashboard.url);
  await until("the large trace", async () => (await fetch(url)).ok);
  return url;
}
