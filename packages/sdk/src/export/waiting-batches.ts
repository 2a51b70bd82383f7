// waiting-batches.ts — the sealed batches that one destination has not got yet, bounded in number and bytes.

import { BATCH_SIZE_BYTES_MAX } from "./batch-collector.ts";
import type { SealedBatch } from "./sealed-batch.ts";

/** All that waits in memory for one destination. */
const QUEUE_SIZE_BYTES_MAX = 16 * BATCH_SIZE_BYTES_MAX;

/** How a signal waits. */
export interface WaitingPolicy {
  /** What `countMax` counts: records, or batches. */
  readonly unit: "records" | "batches";
  readonly countMax: number;
  /** Batches that wait are sent together up to this many records; 0 sends each alone. */
  readonly joinCountMax: number;
  /** Which batch goes when there are too many. A newer total holds what an older one said, a newer span does not. */
  readonly whenFull: "drop the newest" | "drop the oldest";
}

export class WaitingBatches {
  readonly #policy: WaitingPolicy;
  /** In no request yet. */
  #batches: SealedBatch[] = [];
  #count = 0;
  #itemCount = 0;
  #sizeBytes = 0;

  constructor(policy: WaitingPolicy) {
    this.#policy = policy;
  }

  /** In the policy's unit, with those that are in a request. */
  get count(): number {
    return this.#count;
  }

  /** Spans, log records or metric points. */
  get itemCount(): number {
    return this.#itemCount;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get roomCount(): number {
    return this.#policy.countMax - this.#count;
  }

  get roomSizeBytes(): number {
    return QUEUE_SIZE_BYTES_MAX - this.#sizeBytes;
  }

  /** Whether nothing waits outside a request. */
  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Whether what is in no request yet fills one. */
  get isRequestFull(): boolean {
    const { joinCountMax } = this.#policy;
    if (joinCountMax === 0) return false;
    const itemCount = this.#batches.reduce((sum, batch) => sum + batch.itemCount, 0);
    const sizeBytes = this.#batches.reduce((sum, batch) => sum + batch.sizeBytes, 0);
    return itemCount >= joinCountMax || sizeBytes >= BATCH_SIZE_BYTES_MAX;
  }

  /** Takes a share in the batch. Returns how many records were lost because there is no room for all. */
  add(batch: SealedBatch): number {
    const isFull = this.roomCount < this.#weightOf(batch) || this.roomSizeBytes <= 0;
    if (isFull && this.#policy.whenFull === "drop the newest") return batch.itemCount;
    batch.retain();
    this.#batches.push(batch);
    this.#weigh(batch, 1);
    // What is in a request may be on its way, so it is not among those that may go.
    const oldest = isFull ? this.#batches.shift() : undefined;
    if (oldest === undefined) return 0;
    this.release([oldest]);
    return oldest.itemCount;
  }

  /** The batches of the next request, which are released when it is settled; empty when none waits. */
  takeRequest(): SealedBatch[] {
    const { joinCountMax } = this.#policy;
    let itemCount = 0;
    let sizeBytes = 0;
    const tooMany = this.#batches.findIndex((batch, index) => {
      itemCount += batch.itemCount;
      sizeBytes += batch.sizeBytes;
      return index > 0 && (itemCount > joinCountMax || sizeBytes > BATCH_SIZE_BYTES_MAX);
    });
    return this.#batches.splice(0, tooMany === -1 ? this.#batches.length : tooMany);
  }

  /** Forgets what is in no request yet: something newer stands for it. */
  supersede(): void {
    this.release(this.#batches.splice(0));
  }

  /** Forgets everything. The bytes of a request may still be read, so they are not used again. */
  clear(): void {
    this.#batches = [];
    this.#count = this.#itemCount = this.#sizeBytes = 0;
  }

  /** They wait no longer. */
  release(batches: readonly SealedBatch[]): void {
    for (const batch of batches) {
      this.#weigh(batch, -1);
      batch.release();
    }
  }

  #weigh(batch: SealedBatch, sign: 1 | -1): void {
    this.#count += sign * this.#weightOf(batch);
    this.#itemCount += sign * batch.itemCount;
    this.#sizeBytes += sign * batch.sizeBytes;
  }

  #weightOf(batch: SealedBatch): number {
    return this.#policy.unit === "records" ? batch.itemCount : 1;
  }
}
