// sealed-batch.ts — encoded records that are complete, and shared by every destination that has to get them.
//
//   collector ──seals──▶ SealedBatch ──retain──▶ destination, destination, …
//                             │ the last one releases it
//                             ▼
//                   its chunks are written to again
//
// The bytes never change while anybody holds them, so that a repeat of a request is the same request.

import { encodeRequest } from "@telemetry/otlp/encode";
import type { ScopeRecords } from "@telemetry/otlp/encode";

export interface SealedBatchOptions {
  /** From `encodeResource`. */
  readonly encodedResource: Uint8Array;
  readonly scopes: readonly ScopeRecords[];
  /** Spans, log records or metric points in it. */
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** Takes the chunks back once nobody reads them any more. */
  readonly recycle?: () => void;
}

export class SealedBatch {
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly #options: SealedBatchOptions;
  #chunks: readonly Uint8Array[] | undefined;
  #holderCount = 1;

  /** Whoever seals it holds it, too, and releases it after handing it out. */
  constructor(options: SealedBatchOptions) {
    this.#options = options;
    this.itemCount = options.itemCount;
    this.sizeBytes = options.sizeBytes;
  }

  /** A whole OTLP request. Made when the first destination needs it. */
  get chunks(): readonly Uint8Array[] {
    const { encodedResource, scopes } = this.#options;
    return (this.#chunks ??= encodeRequest(encodedResource, scopes));
  }

  retain(): void {
    this.#holderCount++;
  }

  release(): void {
    if (--this.#holderCount === 0) this.#options.recycle?.();
  }
}
