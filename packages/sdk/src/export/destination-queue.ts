// destination-queue.ts — what waits for one destination, and its way there: in order, one request at a time.
//
//   offer ─▶ held until the destination's own pace ─▶ request ─▶ Sender ─▶ delivered or refused
//                                                        ▲          │
//                                                        └── pause ─┘ unavailable: the same bytes again
//
// Each destination has such a queue for each signal, bounded by itself: one that is away or slow delays nobody, and
// what it loses is counted for it alone. A receiver that comes back within the capacity misses nothing.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { SignalName } from "../options/options.ts";
import { Delivery } from "./delivery.ts";
import type { ExportRequest } from "./delivery.ts";
import { DeliveryCounts } from "./delivery-counts.ts";
import { labelOf } from "./destination.ts";
import type { Destination } from "./destination.ts";
import { MemoryRequest } from "./memory-request.ts";
import type { AnnouncedPace } from "./pace.ts";
import type { SealedBatch } from "./sealed-batch.ts";
import { WaitingBatches } from "./waiting-batches.ts";
import type { WaitingPolicy } from "./waiting-batches.ts";

/** The first batch leaves at once, so that the receiver's pace is known early. */
const FIRST_DELAY_MS = 10;
/** After a failed request the next try waits this long, twice as long each time. */
const PAUSE_MS = { first: 1_000, max: 30_000 };

export interface DestinationQueueOptions {
  readonly signal: SignalName;
  /** What is lost, in sentences: "spans". */
  readonly noun: string;
  readonly destination: Destination;
  readonly waiting: WaitingPolicy;
  /** Whether a batch that is held for this destination's pace is replaced by the next one: totals are. */
  readonly replacesHeld?: boolean;
  /** Between two requests at this pace of the receiver; undefined where it has none. */
  readonly delayMs: (pace: AnnouncedPace | undefined) => number;
  /** For one request and its retries, where the destination's own timeout is not shorter. */
  readonly timeoutMs?: number;
  readonly diagnostics: Diagnostics;
  /** There is more or less room than before. */
  readonly onRoom?: () => void;
  /** `delayMs` has changed. */
  readonly onPace?: () => void;
}

/** What one destination's queue holds and has done. */
export interface DestinationQueueStatus {
  /** Spans and log records, or requests of metrics, that wait in memory, and how many may. */
  readonly waiting: number;
  readonly waitingMax: number;
  readonly waitingBytes: number;
  /** Spans, log records or metric points that the receiver accepted. */
  readonly delivered: number;
  /** The same that it did not want: whole requests, or single records of an accepted one. */
  readonly refused: number;
  /** The same that were given up: no room, too large alone, or the end of the process. */
  readonly dropped: number;
  /** Requests that were sent again. */
  readonly retried: number;
  /** Whether the last try failed, so that the next one waits. */
  readonly isAway: boolean;
}

export class DestinationQueue {
  readonly #options: DestinationQueueOptions;
  readonly #waiting: WaitingBatches;
  readonly #counts: DeliveryCounts;
  readonly #fullText: string;
  #requests: ExportRequest[] = [];
  #delivery: Delivery | undefined;
  #settledCount = 0;
  #retriedCount = 0;
  #isDue = false;
  #holdTimer: NodeJS.Timeout | undefined;
  #pauseTimer: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  #sending: Promise<void> | undefined;
  #hasStarted = false;
  #isClosed = false;

  constructor(options: DestinationQueueOptions) {
    this.#options = options;
    const { signal, noun, destination, diagnostics } = options;
    this.#waiting = new WaitingBatches(options.waiting);
    this.#counts = new DeliveryCounts({
      signal,
      noun,
      destination: labelOf(destination, signal),
      diagnostics,
    });
    const { countMax, whenFull } = options.waiting;
    this.#fullText =
      whenFull === "drop the newest"
        ? `its queue is full, ${countMax} wait already`
        : `the oldest of more than ${countMax} requests were given up`;
    const { outage, pace } = destination.sender;
    outage.watch(() => this.#waitingText());
    pace.onChange(() => {
      if (!this.#waiting.isEmpty) this.#leave();
      options.onPace?.();
    });
  }

  get destination(): Destination {
    return this.#options.destination;
  }

  get waiting(): Pick<WaitingBatches, "count" | "itemCount" | "sizeBytes"> {
    return this.#waiting;
  }

  /** How many more records, and bytes, would be taken now. */
  get roomCount(): number {
    return this.#isClosed ? 0 : this.#waiting.roomCount;
  }

  get roomSizeBytes(): number {
    return this.#isClosed ? 0 : this.#waiting.roomSizeBytes;
  }

  /** Between two requests, by this destination's pace. */
  get delayMs(): number {
    if (!this.#hasStarted) return FIRST_DELAY_MS;
    const { destination, delayMs } = this.#options;
    // Who does not answer has no pace.
    return delayMs(this.#pauseMs > 0 ? undefined : destination.sender.pace.announced);
  }

  /** Whether a request is on its way. */
  get isSending(): boolean {
    return this.#sending !== undefined;
  }

  status(): DestinationQueueStatus {
    const { destination, signal, waiting } = this.#options;
    const { deliveredCount, refusedCount, droppedCount } = this.#counts;
    return {
      waiting: this.#waiting.count,
      waitingMax: waiting.countMax,
      waitingBytes: this.#waiting.sizeBytes,
      delivered: deliveredCount,
      refused: refusedCount,
      dropped: droppedCount,
      retried: this.#retriedCount + destination.sender.retriedCount[signal],
      isAway: this.#pauseMs > 0,
    };
  }

  /**
   * Takes a share in each batch, or counts what is lost. `waitedMs`: how long the records may have waited already;
   * what is left of this destination's own delay, they wait here.
   */
  offer(batches: readonly SealedBatch[], waitedMs: number): void {
    const isHeld = this.#holdTimer !== undefined;
    if (isHeld && this.#options.replacesHeld === true) this.#waiting.supersede();
    for (const batch of batches) {
      if (this.#isClosed) this.refuse(batch.itemCount);
      else this.#counts.dropped(this.#waiting.add(batch), this.#fullText, "full");
    }
    this.#options.onRoom?.();
    const holdMs = this.delayMs - waitedMs;
    if (holdMs <= 0 || this.#waiting.isRequestFull) this.#leave();
    else this.#hold(holdMs);
  }

  /** Counts records that came when there was no room for any. */
  refuse(itemCount: number): void {
    if (this.#isClosed) this.#counts.dropped(itemCount, "telemetry is shut down");
    else this.#counts.dropped(itemCount, this.#fullText, "full");
  }

  /**
   * Sends everything that was offered. Resolves with whether all of it was accepted: false after `timeoutMs`, as
   * soon as a request could not be delivered, and when records were lost meanwhile. Never rejects.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    const lostBefore = this.#counts.lostCount;
    this.#options.destination.sender.wake();
    this.#leave();
    while (this.#requests.length > 0 || !this.#waiting.isEmpty) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return false;
      const settledBefore = this.#settledCount;
      await Promise.race([this.#send(leftMs), elapsed(leftMs)]);
      if (this.#settledCount === settledBefore) return false;
    }
    return this.#counts.lostCount === lostBefore;
  }

  /** What could not be sent by now is dropped and counted, and everything that comes later. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#holdTimer);
    clearTimeout(this.#pauseTimer);
    this.#counts.dropped(this.#waiting.itemCount, "telemetry ended before they could be sent");
    this.#requests = [];
    this.#waiting.clear();
  }

  // ---- when it leaves

  #hold(ms: number): void {
    if (this.#holdTimer !== undefined) return;
    this.#holdTimer = setTimeout(() => this.#leave(), ms);
    this.#holdTimer.unref();
  }

  #leave(): void {
    clearTimeout(this.#holdTimer);
    this.#holdTimer = undefined;
    this.#isDue = true;
    if (this.#pauseMs === 0) void this.#send();
  }

  /** The request to send now; it stays the first until it is settled. */
  #next(): ExportRequest | undefined {
    if (this.#requests.length === 0 && this.#isDue) {
      const batches = this.#waiting.takeRequest();
      if (batches.length > 0) this.#requests.push(this.#requestOf(batches));
      else this.#isDue = false;
    }
    return this.#requests[0];
  }

  #requestOf(batches: readonly SealedBatch[]): ExportRequest {
    return new MemoryRequest(batches, () => {
      this.#waiting.release(batches);
      this.#options.onRoom?.();
    });
  }

  // ---- sending

  /** Sends until nothing is left or a request fails. One call at a time: exports are serial. */
  #send(timeoutMs = this.#options.timeoutMs): Promise<void> {
    return (this.#sending ??= this.#sendAll(timeoutMs)
      .catch(() => this.#options.diagnostics.count(`export.${this.#options.signal}.failed`))
      .finally(() => {
        this.#sending = undefined;
      }));
  }

  async #sendAll(timeoutMs: number | undefined): Promise<void> {
    for (let request = this.#next(); request !== undefined; request = this.#next()) {
      this.#hasStarted = true;
      const outcome = await this.#deliveryOf(request).run(timeoutMs);
      if (this.#requests[0] !== request) return; // closed meanwhile
      if (outcome === "later") return this.#pause();
      this.#endPause();
      this.#requests.shift();
      await request.remove();
    }
  }

  #deliveryOf(request: ExportRequest): Delivery {
    if (this.#delivery?.request === request) {
      this.#retriedCount++;
      return this.#delivery;
    }
    const { signal, destination } = this.#options;
    this.#delivery = new Delivery({
      request,
      signal,
      sender: destination.sender,
      onSettled: (settled) => {
        if (this.#isClosed) return; // counted as dropped
        this.#settledCount++;
        this.#counts.delivered(settled.deliveredCount);
        this.#counts.refused(settled.refusedCount, settled.reason);
        this.#counts.dropped(settled.droppedCount, settled.reason, "unsendable");
      },
    });
    return this.#delivery;
  }

  #pause(): void {
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, PAUSE_MS.first), PAUSE_MS.max);
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => void this.#send(), this.#pauseMs);
    this.#pauseTimer.unref();
  }

  #endPause(): void {
    if (this.#pauseMs === 0) return;
    this.#pauseMs = 0;
    clearTimeout(this.#pauseTimer);
    this.#options.onPace?.();
  }

  // ---- sentences

  #waitingText(): string | undefined {
    const { noun, waiting } = this.#options;
    if (this.#waiting.count === 0 || waiting.unit !== "records") return undefined;
    return `${this.#waiting.count} ${noun} wait, up to ${waiting.countMax} are kept`;
  }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
