// ledger.ts — which records the dashboard has acknowledged, whether or not their sender ever heard it.
//
// A record is known by what its sender made unique: a span by its id, a log by its text, a point by metric, series and
// time. Other records of the senders (the SDK's own metrics) are left out.

import { createHash } from "node:crypto";
import { decodeRequest, findAttribute, readSpanId, readString, readValue } from "@telemetry/otlp";
import type { Batch, Encoding, LogBatch, MetricBatch, Signal } from "@telemetry/otlp";

export const SIGNALS: readonly Signal[] = ["traces", "logs", "metrics"];
/** The attribute that tells points of one metric and time apart. */
export const SERIES_KEY = "chaos.series";

const SERIES = new TextEncoder().encode(SERIES_KEY);

export class Ledger {
  readonly acknowledged: Readonly<Record<Signal, Set<string>>> = {
    traces: new Set(),
    logs: new Set(),
    metrics: new Set(),
  };
  /** Requests that were acknowledged again, byte for byte. */
  repeatedCount = 0;
  readonly #bodies = new Set<string>();

  /** The dashboard has answered a request with yes. `body` is decompressed. */
  acknowledge(signal: Signal, encoding: Encoding, body: Uint8Array): void {
    const hash = createHash("sha256").update(body).digest("base64");
    if (this.#bodies.has(hash)) this.repeatedCount++;
    this.#bodies.add(hash);
    const ids = this.acknowledged[signal];
    for (const id of idsOf(decodeRequest(signal, encoding, body))) ids.add(id);
  }
}

function idsOf(batch: Batch): string[] {
  if (batch.signal === "traces") {
    const { spanId, count } = batch.spans;
    return Array.from({ length: count }, (_, row) => readSpanId(spanId, row));
  }
  return batch.signal === "logs" ? logIdsOf(batch) : pointIdsOf(batch);
}

function logIdsOf(batch: LogBatch): string[] {
  const texts = Array.from({ length: batch.logs.count }, (_, row) =>
    readValue(batch, batch.logs.body, row),
  );
  return texts.filter((text) => typeof text === "string" && text.startsWith("chaos ")) as string[];
}

function pointIdsOf(batch: MetricBatch): string[] {
  const { metrics, numbers } = batch;
  return Array.from({ length: numbers.count }, (_, row) => {
    const [from = 0, to = 0] = numbers.attributes.subarray(row, row + 2);
    const found = findAttribute(batch, from, to, SERIES);
    if (found === -1) return undefined;
    const series = readValue(batch, batch.attributes, found);
    const name = readString(batch, metrics.name, numbers.metric[row] as number);
    return `${name} ${series as string} ${numbers.timeUnixNano[row]}`;
  }).filter((id) => id !== undefined);
}
