// live.bench.ts — what publishing costs the receiver, per row, with nobody looking and with pages open.
//
//   node --conditions=@telemetry/source packages/dashboard/src/live/live.bench.ts
//
// Requests of 512 spans or log records with 10 attributes, 16 spans to a trace, or of 512 points of 4 attributes;
// ids and times are new in each. Decoding is not measured. A frame is made after every tenth request, as at
// 100 000 rows a second. The number is the mean without the slowest twentieth.

import { decodeRequest, wordsOf, type Batch } from "@telemetry/otlp";
import { parseFilter, compilePredicate } from "../query/filter/filter.ts";
import { openLive, type Live, type LiveFilter } from "./live.ts";
import { logsRequest, metricsRequest, tracesRequest } from "./testdata/requests.ts";

const ROWS = 512;
const ROUNDS = 2_000;
const REQUESTS_PER_FRAME = 10;
const PIPELINE = { version: "0", startTimeUnixNano: "0", stations: [], quarantine: [] };

const requests = {
  traces: tracesRequest({ spans: ROWS, spansPerTrace: 16, attributes: 10 }),
  logs: logsRequest({ records: ROWS, attributes: 10 }),
  metrics: metricsRequest({ points: ROWS, attributes: 4 }),
};
const filter: LiveFilter = {
  text: "http.request.method = GET and duration > 1ms",
  predicate: (signal) => compilePredicate(parseFilter("http.request.method = GET"), signal),
};
const pages = {
  "nobody looks": [],
  "overview, traces, logs, metrics": [{ topics: ["overview", "traces", "logs", "metrics"] }],
  "the same for 20 pages": Array.from({ length: 20 }, () => ({
    topics: ["overview", "traces", "logs", "metrics"],
  })),
  "traces and logs through a filter": [{ topics: ["traces", "logs"], filter }],
};

for (const [who, subscriptions] of Object.entries(pages)) {
  const costs = (["traces", "logs", "metrics"] as const).map((signal) => {
    const live = openLive({ version: "0", pipeline: () => PIPELINE, frameMs: 1e9 });
    for (const subscription of subscriptions) live.subscribe(subscription, { write: () => true });
    const us = measure(live, requests[signal]);
    live.close();
    return `${signal} ${us.toFixed(2)}`;
  });
  console.log(`µs per row, ${who}: ${costs.join(", ")}`);
}

function measure(live: Live, body: Uint8Array): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const signal =
      body === requests.traces ? "traces" : body === requests.logs ? "logs" : "metrics";
    const batch = decodeRequest(signal, "protobuf", body);
    const nowMs = Date.now();
    renew(batch, nowMs);
    const started = performance.now();
    live.publish(batch, nowMs);
    if (round % REQUESTS_PER_FRAME === 0) void live.display();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const mean = times.slice(0, -ROUNDS / 20).reduce((sum, time) => sum + time, 0) / times.length;
  return (mean * 1_000) / ROWS;
}

/** Gives the rows of a batch new ids and times. */
function renew(batch: Batch, nowMs: number): void {
  const now = BigInt(nowMs) * 1_000_000n;
  if (batch.signal === "metrics") return void batch.numbers.timeUnixNano.fill(now);
  const rows = batch.signal === "traces" ? batch.spans : batch.logs;
  const ids = wordsOf(rows.traceId);
  const salt = Math.floor(Math.random() * 2 ** 32);
  for (let at = 0; at < ids.length; at++) ids[at]! ^= salt;
  if (batch.signal === "logs") return void batch.logs.timeUnixNano.fill(now);
  batch.spans.startTimeUnixNano.fill(now - 5_000_000n);
  batch.spans.endTimeUnixNano.fill(now);
}
