// batch-collector.ts — collects encoded records into batches, without the app ever waiting.
//
//   begin ─▶ encode into the scope's bytes ─▶ commit ──┐ 512 records, 1 MiB, or the time is up
//                                                      ▼
//                                             SealedBatch ──▶ every destination's queue
//
// A record is encoded once, however many destinations there are. What the collector holds and what waits in the
// roomiest queue together are bounded: a record beyond that is refused before anything of it is encoded.

import { ProtobufWriter } from "@telemetry/otlp/encode";
import type { ScopeRecords } from "@telemetry/otlp/encode";
import { SealedBatch } from "./sealed-batch.ts";

/** A request never gets larger than this plus one record; collectors accept four times as much. */
export const BATCH_SIZE_BYTES_MAX = 1_048_576;

export interface BatchCollectorOptions {
  readonly encodedResource: Uint8Array;
  /** Records in one batch. */
  readonly size: number;
  /** How long the first record of a batch may wait for others. */
  readonly delayMs: () => number;
  /** Gets each batch, in order, and holds it until it calls `release`. */
  readonly onSealed: (batch: SealedBatch) => void;
  /** A record came for which there is no room. */
  readonly onRefused: () => void;
  /** Something failed where nobody else would notice. */
  readonly onFailure: () => void;
}

export class BatchCollector {
  readonly #options: BatchCollectorOptions;
  readonly #size: number;
  readonly #scopes: ScopeBuffer[] = [];
  #openCount = 0;
  #openSizeBytes = 0;
  #roomCount = 0;
  #roomSizeBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatchCollectorOptions) {
    this.#options = options;
    this.#size = options.size;
  }

  /** Records that are in no batch yet, and their bytes. */
  get openCount(): number {
    return this.#openCount;
  }

  get openSizeBytes(): number {
    return this.#openSizeBytes;
  }

  /** The bytes of one scope, from `encodeScope`. A queue has as many as the app has tracers or loggers. */
  openScope(scope: Uint8Array): ScopeBuffer {
    const buffer = new ScopeBuffer(this, scope);
    this.#scopes.push(buffer);
    return buffer;
  }

  /** How many records, and how many bytes, may be open until some destination has more room. */
  setRoom(count: number, sizeBytes: number): void {
    this.#roomCount = count;
    this.#roomSizeBytes = sizeBytes;
  }

  /** Whether there is room for one more record. A record without room counts as dropped. hot: see bench/trace. */
  admit(): boolean {
    if (this.#openCount < this.#roomCount && this.#openSizeBytes < this.#roomSizeBytes) return true;
    this.#options.onRefused();
    return false;
  }

  /** Counts a record that was encoded. hot: see bench/trace. */
  commit(sizeBytes: number): void {
    this.#openSizeBytes += sizeBytes;
    if (++this.#openCount >= this.#size || this.#openSizeBytes >= BATCH_SIZE_BYTES_MAX) {
      this.seal();
    } else if (this.#timer === undefined) {
      this.#arm();
    }
  }

  /** Makes a batch of what is open. */
  seal(): void {
    if (this.#openCount === 0) return;
    const scopes = this.#scopes.filter((scope) => scope.sizeBytes > 0).map((scope) => scope.take());
    const batch = new SealedBatch({
      encodedResource: this.#options.encodedResource,
      scopes,
      itemCount: this.#openCount,
      sizeBytes: this.#openSizeBytes,
      recycle: () => {
        for (const { owner, chunks } of scopes) owner.writer.recycle(chunks);
      },
    });
    this.#openCount = 0;
    this.#openSizeBytes = 0;
    this.#options.onSealed(batch);
  }

  /** The delay has changed: what is open should leave by the new one. */
  rearm(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#arm();
  }

  /** Refuses everything that comes later. */
  close(): void {
    clearTimeout(this.#timer);
    this.setRoom(0, 0);
  }

  /** One timer per interval, not per record. */
  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      try {
        this.seal();
      } catch {
        this.#options.onFailure(); // nothing above a timer would catch it
      }
    }, this.#options.delayMs());
    this.#timer.unref();
  }
}

/** The records of one scope that are not in a batch yet. */
export class ScopeBuffer {
  readonly writer = new ProtobufWriter();
  readonly #collector: BatchCollector;
  readonly #scope: Uint8Array;
  #startSizeBytes = 0;

  constructor(collector: BatchCollector, scope: Uint8Array) {
    this.#collector = collector;
    this.#scope = scope;
  }

  get sizeBytes(): number {
    return this.writer.sizeBytes;
  }

  /** Whether a record may be written to `writer` now; then `commit` or `discard` must follow. */
  begin(): boolean {
    if (!this.#collector.admit()) return false;
    this.#startSizeBytes = this.writer.sizeBytes;
    this.writer.beginRecord();
    return true;
  }

  commit(): void {
    this.writer.endRecord();
    this.#collector.commit(this.writer.sizeBytes - this.#startSizeBytes);
  }

  discard(): void {
    this.writer.discardRecord();
  }

  /** Hands over what was written; used by the collector. */
  take(): ScopeRecords & { owner: ScopeBuffer } {
    return { scope: this.#scope, chunks: this.writer.takeChunks(), owner: this };
  }
}
