// collector.ts — keeps what was exported, decoded, until a test asks.

import { decodeRequest } from "@telemetry/otlp";
import type { Signal } from "@telemetry/otlp";
import { logsOf, pointsOf, spansOf } from "./received.ts";
import type { ReceivedLog, ReceivedPoint, ReceivedSpan } from "./received.ts";

/** Everything that arrived, in order. */
export class Collector {
  spans: ReceivedSpan[] = [];
  logs: ReceivedLog[] = [];
  points: ReceivedPoint[] = [];
  /** Requests by signal, the empty ones included. */
  requestCounts: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 };

  /** Takes the body of an OTLP request. Throws when it is malformed. */
  collect(signal: Signal, body: Uint8Array, encoding: "protobuf" | "json" = "protobuf"): void {
    this.requestCounts[signal]++;
    const batch = decodeRequest(signal, encoding, body);
    if (batch.rejected.count > 0) throw new TypeError(batch.rejected.message);
    if (batch.signal === "traces") this.spans.push(...spansOf(batch));
    else if (batch.signal === "logs") this.logs.push(...logsOf(batch));
    else this.points.push(...pointsOf(batch));
  }

  clear(): void {
    this.spans = [];
    this.logs = [];
    this.points = [];
  }

  /** The one span of this name. Throws when there is none or more than one. */
  span(name: string): ReceivedSpan {
    const found = this.spans.filter((span) => span.name === name);
    if (found.length === 1) return found[0]!;
    const names = this.spans.map((span) => span.name).join(", ");
    throw new RangeError(
      `Cannot find one span "${name}": ${found.length} of ${this.spans.length} have this name (${names})`,
    );
  }
}

/** The signal of a path such as `/v1/traces`. */
export function signalOfPath(path: string): Signal | undefined {
  const signal = /\/v1\/(traces|metrics|logs)$/.exec(path)?.[1];
  return signal as Signal | undefined;
}
