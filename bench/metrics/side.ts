// side.ts — what is measured, the same for ours and theirs: the official API in front, a reader that collects and
// encodes every half second behind. Network and receiver are no part of it.

import type { Counter, Histogram } from "@opentelemetry/api";

export type SideName = "ours" | "otel-2" | "otel-3";

/** Collections come at the pace that a dashboard asks for. */
export const COLLECT_INTERVAL_MS = 500;

export interface Side {
  readonly counter: Counter;
  readonly histogram: Histogram;
  /** A counter or histogram with these attributes, as fast as the side can have it. */
  bindCounter(attributes: Record<string, string | number | boolean>): { add(value: number): void };
  bindHistogram(attributes: Record<string, string | number | boolean>): {
    record(value: number): void;
  };
  /** One value under a name, without an instrument at hand; theirs has no such call, so it is a gauge's. */
  recordMetric(value: number, attributes: Record<string, string | number | boolean>): void;
  /** Runs `body` inside a sampled span. */
  inSpan(body: () => void): void;
  /** Collects and encodes now. */
  flush(): Promise<void>;
  /** The last encoded request. */
  lastRequest(): Uint8Array;
}
