// batch-queue.ts — the way of spans and log records out of the process: collected once, sent everywhere.
//
//   record ─▶ BatchCollector ──SealedBatch──┬─▶ DestinationQueue ─▶ receiver
//                                           ├─▶ DestinationQueue ─▶ receiver
//                                           └─▶ …
//
// Batches are sealed by the pace of the fastest destination; a slower one joins what it gets. A record is refused
// when no destination has room for it; one that a single full destination misses is counted there.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { BatchLimits, SignalName } from "../options/options.ts";
import { BatchCollector } from "./batch-collector.ts";
import type { ScopeBuffer } from "./batch-collector.ts";
import { DestinationQueue } from "./destination-queue.ts";
import type { DestinationQueueStatus } from "./destination-queue.ts";
import type { Destination } from "./destination.ts";
import type { SealedBatch } from "./sealed-batch.ts";

export interface BatchQueueOptions {
  readonly signal: SignalName;
  /** What is lost, in sentences. */
  readonly noun: "spans" | "log records";
  readonly encodedResource: Uint8Array;
  readonly limits: BatchLimits;
  /** Between exports where neither the limits nor the receiver say something else. */
  readonly defaultDelayMs: number;
  readonly destinations: readonly Destination[];
  readonly diagnostics: Diagnostics;
}

/** What a queue holds and has done, for `status()`. */
export interface BatchQueueStatus {
  /** Records that the fullest destination has not got, and how many may wait there. */
  readonly waiting: number;
  readonly waitingMax: number;
  readonly waitingBytes: number;
  /** Records that were lost: a record that two destinations miss counts twice. */
  readonly droppedCount: number;
}

export class BatchQueue {
  readonly #options: BatchQueueOptions;
  readonly #collector: BatchCollector;
  readonly #queues: readonly DestinationQueue[];
  #isClosed = false;

  constructor(options: BatchQueueOptions) {
    const { signal, noun, limits, defaultDelayMs, destinations, diagnostics } = options;
    this.#options = options;
    this.#collector = new BatchCollector({
      encodedResource: options.encodedResource,
      size: limits.size,
      delayMs: () => this.#delayMs,
      onSealed: (batch) => this.#hand(batch),
      onRefused: () => {
        for (const queue of this.#queues) queue.refuse(1, this.#isClosed ? "shut down" : "full");
      },
      onFailure: () => diagnostics.count(`export.${signal}.failed`),
    });
    this.#queues = destinations.map(
      (destination) =>
        new DestinationQueue({
          signal,
          noun,
          destination,
          waiting: {
            unit: "records",
            countMax: limits.queueSize,
            joinCountMax: limits.size,
            whenFull: "drop the newest",
          },
          delayMs: (pace) => limits.delayMs ?? pace?.spansMs ?? defaultDelayMs,
          timeoutMs: limits.exportTimeoutMs,
          diagnostics,
          onRoom: () => this.#makeRoom(),
          onPace: () => this.#collector.rearm(),
        }),
    );
    this.#makeRoom();
  }

  /** The bytes of one scope, from `encodeScope`. A queue has as many as the app has tracers or loggers. */
  openScope(scope: Uint8Array): ScopeBuffer {
    return this.#collector.openScope(scope);
  }

  status(): BatchQueueStatus {
    const { openCount, openSizeBytes } = this.#collector;
    const waiting = this.#queues.map((queue) => queue.waiting);
    return {
      waiting: openCount + Math.max(0, ...waiting.map(({ count }) => count)),
      waitingMax: this.#options.limits.queueSize,
      waitingBytes: openSizeBytes + Math.max(0, ...waiting.map(({ sizeBytes }) => sizeBytes)),
      droppedCount: this.#queues
        .map((queue) => queue.status())
        .reduce((sum, { dropped, refused }) => sum + dropped + refused, 0),
    };
  }

  /** By the name of the destination. */
  destinationStatus(): Record<string, DestinationQueueStatus> {
    return Object.fromEntries(
      this.#queues.map((queue) => [queue.destination.name, queue.status()]),
    );
  }

  /**
   * Sends everything that was committed. Resolves with whether every destination accepted all of it: false after
   * `timeoutMs`, or when a destination could not be reached or lost some. Keeps the process alive meanwhile.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    const keepAlive = setTimeout(() => {}, timeoutMs);
    try {
      this.#collector.seal();
      const results = await Promise.all(this.#queues.map((queue) => queue.flush(timeoutMs)));
      return results.every(Boolean);
    } finally {
      clearTimeout(keepAlive);
    }
  }

  /**
   * Refuses and counts everything that comes later, and flushes. What could not be sent within `timeoutMs` stays in
   * the spool, if there is one, or is dropped and counted.
   */
  async close(timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    this.#isClosed = true;
    this.#collector.close();
    const isDelivered = await this.flush(timeoutMs);
    const leftMs = Math.max(deadlineMs - performance.now(), 0);
    await Promise.all(this.#queues.map((queue) => queue.close(leftMs)));
    return isDelivered;
  }

  #hand(batch: SealedBatch): void {
    const waitedMs = this.#delayMs;
    const batches = [batch];
    for (const queue of this.#queues) queue.offer(batches, waitedMs);
    batch.release();
  }

  /** The shortest that a destination wants. */
  get #delayMs(): number {
    if (this.#queues.length === 0) return this.#options.defaultDelayMs;
    let shortestMs = Infinity;
    for (const { delayMs } of this.#queues) shortestMs = Math.min(shortestMs, delayMs);
    return shortestMs;
  }

  /** What is open may grow as long as one destination has room for it. */
  #makeRoom(): void {
    if (this.#isClosed) return;
    let count = 0;
    let sizeBytes = 0;
    for (const { roomCount, roomSizeBytes } of this.#queues) {
      count = Math.max(count, roomCount);
      sizeBytes = Math.max(sizeBytes, roomSizeBytes);
    }
    this.#collector.setRoom(count, sizeBytes);
  }
}
