// batch-queue.ts — collects encoded records and sends them in batches, without the app ever waiting.
//
//   begin ─▶ encode into the scope's bytes ─▶ commit ──┐ 512 records, 1 MiB, or the time is up
//                                                      ▼
//                                            batch ──▶ Sender, one at a time, in order
//
// The queue is bounded by records and by bytes: the newest beyond are dropped and counted. A batch that could
// not be delivered stays at the head and is tried again with the same bytes, so a receiver that comes back
// within the queue's capacity misses nothing. A batch that the receiver refuses is dropped and counted.

import { encodeRequest, ProtobufWriter } from "@telemetry/otlp/encode";
import type { ScopeRecords } from "@telemetry/otlp/encode";
import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { BatchLimits, SignalName } from "../options/options.ts";
import type { Waiting } from "./outage.ts";
import type { Sender, SendResult } from "./sender.ts";

/** A request never gets larger than this plus one record; collectors accept four times as much. */
const BATCH_SIZE_BYTES_MAX = 1_048_576;
/** All that waits. */
const QUEUE_SIZE_BYTES_MAX = 16 * BATCH_SIZE_BYTES_MAX;
/** The first batch leaves at once, so that the receiver's pace is known early. */
const FIRST_DELAY_MS = 10;
/** After a failed batch the next try waits this long, twice as long each time. */
const PAUSE_MS = { first: 1_000, max: 30_000 };

export interface BatchQueueOptions {
  signal: SignalName;
  noun: Waiting["noun"];
  encodedResource: Uint8Array;
  limits: BatchLimits;
  /** Between exports where neither the limits nor the receiver say something else. */
  defaultDelayMs: number;
  sender: Sender;
  diagnostics: Diagnostics;
}

interface Batch {
  readonly scopes: (ScopeRecords & { readonly owner: ScopeBuffer })[];
  readonly itemCount: number;
  readonly sizeBytes: number;
}

/** What a queue holds and has done, for `status()`. */
export interface BatchQueueStatus {
  readonly waiting: number;
  readonly waitingMax: number;
  readonly waitingBytes: number;
  readonly droppedCount: number;
}

export class BatchQueue {
  readonly #options: BatchQueueOptions;
  readonly #limits: BatchLimits;
  readonly #scopes: ScopeBuffer[] = [];
  #pending: Batch[] = [];
  #openCount = 0;
  #openSizeBytes = 0;
  #pendingCount = 0;
  #pendingSizeBytes = 0;
  #droppedCount = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #pauseMs = 0;
  #hasSent = false;
  #isClosed = false;

  constructor(options: BatchQueueOptions) {
    this.#options = options;
    this.#limits = options.limits;
    const { sender, noun, limits } = options;
    sender.outage.watch({ noun, count: () => this.#count, countMax: limits.queueSize });
    sender.pace.onChange(() => this.#rearm());
  }

  /** The bytes of one scope, from `encodeScope`. A queue has as many as the app has tracers or loggers. */
  openScope(scope: Uint8Array): ScopeBuffer {
    const buffer = new ScopeBuffer(this, scope);
    this.#scopes.push(buffer);
    return buffer;
  }

  get #count(): number {
    return this.#openCount + this.#pendingCount;
  }

  status(): BatchQueueStatus {
    return {
      waiting: this.#count,
      waitingMax: this.#limits.queueSize,
      waitingBytes: this.#openSizeBytes + this.#pendingSizeBytes,
      droppedCount: this.#droppedCount,
    };
  }

  /** Whether there is room for one more record. A record without room counts as dropped. hot: see bench/trace. */
  admit(): boolean {
    if (
      this.#openCount + this.#pendingCount < this.#limits.queueSize &&
      this.#openSizeBytes + this.#pendingSizeBytes < QUEUE_SIZE_BYTES_MAX &&
      !this.#isClosed
    ) {
      return true;
    }
    this.#drop(1, this.#isClosed ? "it is shut down" : "its queue is full");
    return false;
  }

  /** Counts a record that was encoded. hot: see bench/trace. */
  commit(sizeBytes: number): void {
    this.#openSizeBytes += sizeBytes;
    if (++this.#openCount >= this.#limits.size || this.#openSizeBytes >= BATCH_SIZE_BYTES_MAX) {
      this.#seal();
      this.#pump();
    } else if (this.#timer === undefined) {
      this.#arm();
    }
  }

  /**
   * Sends everything that was committed. Resolves with whether all of it arrived: false after `timeoutMs`,
   * or as soon as a batch could not be delivered. Keeps the process alive meanwhile.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    const keepAlive = setTimeout(() => {}, timeoutMs);
    try {
      this.#seal();
      this.#options.sender.wake();
      while (this.#pending.length > 0) {
        const leftMs = deadlineMs - performance.now();
        if (leftMs <= 0) return false;
        const before = this.#pending[0];
        await Promise.race([this.#send(leftMs), elapsed(leftMs)]);
        if (this.#pending[0] === before) return false;
      }
      return true;
    } finally {
      clearTimeout(keepAlive);
    }
  }

  /** Flushes; refuses and counts everything that comes later. */
  async close(timeoutMs: number): Promise<boolean> {
    const isDelivered = await this.flush(timeoutMs);
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.#count > 0) this.#drop(this.#count, "the process ended before they could be sent");
    this.#pending = [];
    this.#pendingCount = 0;
    this.#pendingSizeBytes = 0;
    return isDelivered;
  }

  #drop(count: number, reason: string): void {
    const { signal, noun, diagnostics } = this.#options;
    this.#droppedCount += count;
    diagnostics.count(`export.${signal}.dropped`, count);
    diagnostics.sayOnce(
      "warn",
      `queue.${signal}.dropped`,
      `Cannot keep all ${noun}: ${reason}; up to ${this.#limits.queueSize} wait, further ones are dropped and counted`,
    );
  }

  #seal(): void {
    if (this.#openCount === 0) return;
    const scopes = this.#scopes.filter((scope) => scope.sizeBytes > 0).map((scope) => scope.take());
    this.#pending.push({ scopes, itemCount: this.#openCount, sizeBytes: this.#openSizeBytes });
    this.#pendingCount += this.#openCount;
    this.#pendingSizeBytes += this.#openSizeBytes;
    this.#openCount = 0;
    this.#openSizeBytes = 0;
  }

  get #delayMs(): number {
    if (!this.#hasSent) return FIRST_DELAY_MS;
    const { limits, defaultDelayMs, sender } = this.#options;
    return limits.delayMs ?? sender.pace.announced.spansMs ?? defaultDelayMs;
  }

  /** One timer per interval, not per record. */
  #arm(delayMs = this.#delayMs): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#guard(() => {
        this.#seal();
        this.#pump();
      });
    }, delayMs);
    this.#timer.unref();
  }

  /** Nothing above a timer would catch an error. */
  #guard(work: () => void): void {
    try {
      work();
    } catch {
      this.#options.diagnostics.count(`export.${this.#options.signal}.failed`);
    }
  }

  /** The receiver wants another pace: what waits now should leave by it. */
  #rearm(): void {
    if (this.#timer === undefined || this.#pauseMs > 0) return;
    clearTimeout(this.#timer);
    this.#arm();
  }

  #pump(): void {
    if (this.#pauseMs === 0) void this.#send();
  }

  /** Sends batches until none is left or one fails. One call at a time: exports are serial. */
  #send(timeoutMs?: number): Promise<void> {
    return (this.#sending ??= this.#sendPending(timeoutMs).finally(() => {
      this.#sending = undefined;
    }));
  }

  async #sendPending(timeoutMs: number | undefined): Promise<void> {
    for (let batch = this.#pending[0]; batch !== undefined; batch = this.#pending[0]) {
      const result = await this.#sendBatch(batch, timeoutMs);
      this.#hasSent = true;
      if (result.outcome === "unavailable" && !this.#isClosed) {
        this.#pause();
        return;
      }
      this.#endPause();
      this.#remove(batch);
      if (result.outcome === "refused") {
        this.#drop(batch.itemCount, `the receiver refused them (${result.reason})`);
      }
    }
  }

  async #sendBatch(batch: Batch, timeoutMs: number | undefined): Promise<SendResult> {
    const { sender, signal, encodedResource } = this.#options;
    try {
      const chunks = encodeRequest(encodedResource, batch.scopes);
      const options = timeoutMs === undefined ? {} : { timeoutMs };
      return await sender.send(signal, chunks, batch.itemCount, options);
    } catch (error) {
      // A batch that cannot be sent at all must not stop those behind it.
      return { outcome: "refused", reason: String(error) };
    }
  }

  #pause(): void {
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, PAUSE_MS.first), PAUSE_MS.max);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#guard(() => {
        this.#seal();
        void this.#send();
      });
    }, this.#pauseMs);
    this.#timer.unref();
  }

  #endPause(): void {
    if (this.#pauseMs === 0) return;
    this.#pauseMs = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#openCount > 0) this.#arm();
  }

  #remove(batch: Batch): void {
    if (this.#pending[0] !== batch) return; // closed meanwhile
    this.#pending.shift();
    this.#pendingCount -= batch.itemCount;
    this.#pendingSizeBytes -= batch.sizeBytes;
    for (const { owner, chunks } of batch.scopes) owner.writer.recycle(chunks);
  }
}

/** The records of one scope that are not in a batch yet. */
export class ScopeBuffer {
  readonly writer = new ProtobufWriter();
  readonly #queue: BatchQueue;
  readonly #scope: Uint8Array;
  #startSizeBytes = 0;

  constructor(queue: BatchQueue, scope: Uint8Array) {
    this.#queue = queue;
    this.#scope = scope;
  }

  get sizeBytes(): number {
    return this.writer.sizeBytes;
  }

  /** Whether a record may be written to `writer` now; then `commit` or `discard` must follow. */
  begin(): boolean {
    if (!this.#queue.admit()) return false;
    this.#startSizeBytes = this.writer.sizeBytes;
    this.writer.beginRecord();
    return true;
  }

  commit(): void {
    this.writer.endRecord();
    this.#queue.commit(this.writer.sizeBytes - this.#startSizeBytes);
  }

  discard(): void {
    this.writer.discardRecord();
  }

  /** Hands over what was written; used by the queue. */
  take(): ScopeRecords & { owner: ScopeBuffer } {
    return { scope: this.#scope, chunks: this.writer.takeChunks(), owner: this };
  }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
