// memory-request.ts — one request made of the batches that wait for a destination.
//
// Batches that piled up are sent together: OTLP's requests can be joined by writing one behind the other.

import type { QueuedRequest, RequestBytes } from "./delivery.ts";
import type { SealedBatch } from "./sealed-batch.ts";

export class MemoryRequest implements QueuedRequest {
  readonly isOnDisk = false;
  readonly batches: readonly SealedBatch[];
  readonly itemCount: number;
  readonly #release: (batches: readonly SealedBatch[]) => void;

  constructor(batches: readonly SealedBatch[], release: (batches: readonly SealedBatch[]) => void) {
    this.batches = batches;
    this.itemCount = batches.reduce((sum, { itemCount }) => sum + itemCount, 0);
    this.#release = release;
  }

  get chunks(): readonly Uint8Array[] {
    const [first, ...others] = this.batches;
    if (first !== undefined && others.length === 0) return first.chunks;
    return this.batches.flatMap(({ chunks }) => chunks);
  }

  read(): Promise<RequestBytes> {
    return Promise.resolve({ chunks: this.chunks });
  }

  remove(): Promise<void> {
    this.#release(this.batches);
    return Promise.resolve();
  }
}
