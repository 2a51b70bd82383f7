// messages.ts — what the main thread and the store's worker say to each other.

import type { Batch, Signal } from "@telemetry/otlp";
import type { QuarantinedRow, StationStatus } from "../contract/contract.ts";
import type { ClickHouseEndpoint } from "../engine/engine.ts";

/** Everything the worker is started with. */
export interface WorkerOptions {
  readonly endpoint: ClickHouseEndpoint;
  readonly spoolDirectory: string;
  readonly spoolId: string;
  readonly quarantineDirectory: string;
  /** Positions below are in the spool when the worker starts. */
  readonly ends: Readonly<Record<Signal, number>>;
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

export type ToWorker =
  /** A request, with its batch while there is room in memory for it. */
  | {
      readonly type: "request";
      readonly signal: Signal;
      readonly position: number;
      readonly receivedAtMs: number;
      readonly batch?: Batch;
    }
  /** Insert what waits now, whatever the cadence says. */
  | { readonly type: "flush" }
  | { readonly type: "close" };

export type FromWorker =
  /** Everything below `position` is in ClickHouse, or counted. */
  | { readonly type: "checkpoint"; readonly signal: Signal; readonly position: number }
  | {
      readonly type: "status";
      readonly status: StationStatus;
      /** Only when it changed. */
      readonly quarantined?: readonly QuarantinedRow[];
    };
