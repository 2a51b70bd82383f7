// periodic-export.ts — collects the metrics of one reader at an even pace (metrics/sdk.md, "Periodic exporting
// MetricReader") and gives each collection to every destination.
//
//   timer ──▶ collect, encode once ──┬─▶ DestinationQueue ─▶ receiver
//                                    └─▶ DestinationQueue ─▶ receiver        a tick while all are busy is skipped
//
// The interval is that of the fastest destination. A slower one holds the newest collection until its own interval
// is over, because totals hold what older totals said; differences (delta) are all sent. What could not be
// delivered waits, a few requests at most, and goes first next time with the same bytes. Totals of later
// collections include what was dropped; only differences are truly lost, and counted.

import type { KeyTable } from "@telemetry/otlp/encode";

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import { DestinationQueue, SealedBatch } from "../export/export.ts";
import type { Destination, DestinationQueueStatus } from "../export/export.ts";
import type { SignalStatus } from "../wiring.ts";
import { encodeMetrics } from "./encode-metrics.ts";
import type { MetricReader } from "./reader.ts";

/** OpenTelemetry's default, for receivers that nobody is watching. */
const INTERVAL_MS_DEFAULT = 60_000;
/** The first export comes early, so that the receiver's pace is known and the process is seen. */
const FIRST_DELAY_MS = 100;
/** Requests kept for a destination while they cannot be sent: eight minutes at the default interval. */
const WAITING_MAX = 8;

export interface PeriodicExportOptions {
  readonly reader: MetricReader;
  readonly keys: KeyTable;
  readonly destinations: readonly Destination[];
  readonly encodedResource: Uint8Array;
  readonly diagnostics: Diagnostics;
  /** Undefined follows the receiver's pace. */
  readonly intervalMs: number | undefined;
  /** For one export. */
  readonly timeoutMs: number;
  /** Whether a collection holds everything that an earlier one said. */
  readonly isCumulative: boolean;
}

export class PeriodicExport {
  readonly #options: PeriodicExportOptions;
  readonly #queues: readonly DestinationQueue[];
  #collecting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #startedMs = performance.now();
  #exportCount = 0;
  #isClosed = false;

  constructor(options: PeriodicExportOptions) {
    this.#options = options;
    const { diagnostics, intervalMs, timeoutMs, isCumulative } = options;
    this.#queues = options.destinations.map(
      (destination) =>
        new DestinationQueue({
          signal: "metrics",
          noun: "metric points",
          destination,
          waiting: {
            unit: "batches",
            countMax: WAITING_MAX,
            joinCountMax: 0,
            whenFull: "drop the oldest",
          },
          replacesHeld: isCumulative,
          delayMs: (pace) => intervalMs ?? pace?.metricsMs ?? INTERVAL_MS_DEFAULT,
          timeoutMs,
          diagnostics,
          onPace: () => this.#arm(),
        }),
    );
    this.#arm(FIRST_DELAY_MS);
  }

  /** Requests that wait at the destination with the most, points in them, and exports so far. */
  status(): SignalStatus {
    const waiting = this.#queues.map((queue) => queue.waiting);
    const statuses = this.#queues.map((queue) => queue.status());
    return {
      waiting: Math.max(...waiting.map(({ count }) => count)),
      waitingMax: WAITING_MAX,
      waitingPoints: Math.max(...waiting.map(({ itemCount }) => itemCount)),
      dropped: statuses.reduce((sum, { dropped, refused }) => sum + dropped + refused, 0),
      exports: this.#exportCount,
    };
  }

  /** By the name of the destination. */
  destinationStatus(): Record<string, DestinationQueueStatus> {
    return Object.fromEntries(
      this.#queues.map((queue) => [queue.destination.name, queue.status()]),
    );
  }

  /** Collects now and sends; resolves with whether everything arrived. Keeps the process alive meanwhile. */
  async flush(timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    const keepAlive = setTimeout(() => {}, timeoutMs);
    try {
      // What is being collected began before this call, so another collection follows it.
      const isCollected = await Promise.race([this.#collectAfterThis(), elapsed(timeoutMs)]);
      if (!isCollected) return false;
      const leftMs = Math.max(deadlineMs - performance.now(), 0);
      const results = await Promise.all(this.#queues.map((queue) => queue.flush(leftMs)));
      return results.every(Boolean);
    } finally {
      clearTimeout(keepAlive);
    }
  }

  /** Exports the last, partial interval and stops. */
  async close(timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const isDelivered = await this.flush(timeoutMs);
    const leftMs = Math.max(deadlineMs - performance.now(), 0);
    await Promise.all(this.#queues.map((queue) => queue.close(leftMs)));
    return isDelivered;
  }

  async #collectAfterThis(): Promise<true> {
    await this.#collecting;
    await this.#collect();
    return true;
  }

  /** The shortest that a destination wants. */
  get #intervalMs(): number {
    return Math.min(...this.#queues.map(({ delayMs }) => delayMs));
  }

  #arm(delayMs = this.#delayMs()): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#startedMs = performance.now();
      void this.#tick().then(() => this.#arm());
    }, delayMs);
    this.#timer.unref();
  }

  /** The rest of the interval that the last export began. */
  #delayMs(): number {
    return Math.max(0, this.#intervalMs - (performance.now() - this.#startedMs));
  }

  async #tick(): Promise<void> {
    if (this.#queues.some((queue) => !queue.isSending)) await this.#collect();
  }

  /** One at a time: a call during a collection gets that one. */
  #collect(): Promise<void> {
    return (this.#collecting ??= this.#collectAndOffer()
      .catch(() => this.#options.diagnostics.count("export.metrics.failed"))
      .finally(() => {
        this.#collecting = undefined;
      }));
  }

  async #collectAndOffer(): Promise<void> {
    const { reader, keys, encodedResource, isCumulative } = this.#options;
    this.#exportCount++;
    const requests = await reader.collect((scopes, timeMs) => encodeMetrics(scopes, timeMs, keys));
    const batches = requests.map(
      ({ scopes, pointCount, sizeBytes }) =>
        new SealedBatch({ encodedResource, scopes, itemCount: pointCount, sizeBytes }),
    );
    const waitedMs = isCumulative ? this.#intervalMs : Infinity;
    for (const queue of this.#queues) queue.offer(batches, waitedMs);
    for (const batch of batches) batch.release();
  }
}

function elapsed(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, false).unref();
  });
}
