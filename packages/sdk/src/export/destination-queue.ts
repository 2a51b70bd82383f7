// destination-queue.ts — what waits for one destination, and its way there: in order, one request at a time.
//
//   offer ─▶ held until the destination's own pace ─▶ request ─▶ Sender ─▶ delivered or refused
//                                                      │    ▲      │
//                       with a spool: written to disk ─┘    └pause─┘ unavailable: the same bytes again
//
// Each destination has such a queue for each signal, bounded by itself: one that is away or slow delays nobody, and
// what it loses is counted for it alone. A receiver that comes back within the capacity misses nothing. With a spool
// only what is being written waits in memory; where the disk takes no more, requests stay in memory, in their place.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { SignalName } from "../options/options.ts";
import type { QueuedRequest } from "./delivery.ts";
import { inBackground } from "./background.ts";
import { DeliveryCounts } from "./delivery-counts.ts";
import { DeliveryLine } from "./delivery-line.ts";
import { labelOf } from "./destination.ts";
import type { Destination } from "./destination.ts";
import { MemoryRequest } from "./memory-request.ts";
import type { AnnouncedPace } from "./pace.ts";
import type { SpoolLane } from "./spool/spool-lane.ts";
import type { SealedBatch } from "./sealed-batch.ts";
import { WaitingBatches } from "./waiting-batches.ts";
import type { WaitingPolicy } from "./waiting-batches.ts";

/** The first batch leaves at once, so that the receiver's pace is known early. */
const FIRST_DELAY_MS = 10;

/** What is to be kept is written, also when the time was spent on sending. */
const TO_DISK_MS_MIN = 500;

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
  /** The same that are in the spool, also of processes that have ended, and the size of their files. */
  readonly onDisk: number;
  readonly onDiskBytes: number;
  /** Whether the last try failed, so that the next one waits. */
  readonly isAway: boolean;
}

export class DestinationQueue {
  readonly #options: DestinationQueueOptions;
  readonly #waiting: WaitingBatches;
  readonly #counts: DeliveryCounts;
  readonly #fullText: string;
  readonly #line: DeliveryLine;
  readonly #lane: SpoolLane | undefined;
  #isDue = false;
  #holdTimer: NodeJS.Timeout | undefined;
  #storing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: DestinationQueueOptions) {
    this.#options = options;
    const { signal, noun, destination, diagnostics, timeoutMs } = options;
    const { sender } = destination;
    this.#waiting = new WaitingBatches(options.waiting);
    const label = labelOf(destination, signal);
    this.#counts = new DeliveryCounts({ signal, noun, destination: label, diagnostics });
    const { countMax, whenFull } = options.waiting;
    this.#fullText =
      whenFull === "drop the newest"
        ? `its queue is full, ${countMax} wait already`
        : `the oldest of more than ${countMax} requests were given up`;
    this.#line = new DeliveryLine({
      signal,
      sender,
      counts: this.#counts,
      timeoutMs,
      diagnostics,
      refill: () => (this.#lane === undefined ? this.#takeRequest() : undefined),
      onChange: () => options.onPace?.(),
    });
    this.#lane = destination.spool?.openLane(destination.name, signal, (leftovers) =>
      this.#line.addLeftovers(leftovers),
    );
    sender.outage.watch(() => this.#waitingText());
    sender.pace.onChange(() => {
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
    if (!this.#line.hasStarted) return FIRST_DELAY_MS;
    const { destination, delayMs } = this.#options;
    // Who does not answer has no pace.
    return delayMs(this.#line.isAway ? undefined : destination.sender.pace.announced);
  }

  /** Whether a request is on its way. */
  get isSending(): boolean {
    return this.#line.isSending;
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
      retried: this.#line.retriedCount + destination.sender.retriedCount[signal],
      onDisk: this.#lane?.itemCount ?? 0,
      onDiskBytes: this.#lane?.sizeBytes ?? 0,
      isAway: this.#line.isAway,
    };
  }

  /**
   * Takes a share in each batch, or counts what is lost. `waitedMs`: how long the records may have waited already;
   * what is left of this destination's own delay, they wait here.
   */
  offer(batches: readonly SealedBatch[], waitedMs: number): void {
    if (this.#isClosed) {
      for (const { itemCount } of batches) this.refuse(itemCount, "shut down");
      return;
    }
    const isHeld = this.#holdTimer !== undefined;
    if (isHeld && this.#options.replacesHeld === true) this.#waiting.supersede();
    for (const batch of batches) {
      this.#counts.dropped(this.#waiting.add(batch), this.#fullText, "full");
    }
    this.#options.onRoom?.();
    const holdMs = this.delayMs - waitedMs;
    if (holdMs <= 0 || this.#waiting.isRequestFull) this.#leave();
    else this.#hold(holdMs);
  }

  /** Counts records that came too late, or when there was no room for any. */
  refuse(itemCount: number, why: "full" | "shut down"): void {
    const reason = why === "full" ? this.#fullText : "telemetry is shut down";
    this.#counts.dropped(itemCount, reason, why);
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
    while (this.#hasWork) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return false;
      const before = this.#line.progress;
      const storing = this.#storing;
      await Promise.race([storing ?? this.#line.send(deadlineMs), elapsed(leftMs)]);
      if (storing === undefined && this.#line.progress === before) return false;
    }
    return this.#counts.lostCount === lostBefore;
  }

  /** What waits in memory goes to the spool, if there is one, or is dropped and counted, and all that comes later. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#lane !== undefined) {
      const leftMs = Math.max(timeoutMs, TO_DISK_MS_MIN);
      await Promise.race([this.#keepOnDisk(this.#lane), elapsed(leftMs)]);
    }
    this.#isClosed = true;
    clearTimeout(this.#holdTimer);
    this.#line.close();
    this.#counts.dropped(this.#waiting.itemCount, "telemetry ended before they could be sent");
    this.#waiting.clear();
  }

  get #hasWork(): boolean {
    return this.#line.own.length > 0 || !this.#waiting.isEmpty || this.#storing !== undefined;
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
    if (this.#lane === undefined) this.#line.pump();
    else void this.#store(this.#lane);
  }

  /** The next request of what waits in memory. */
  #takeRequest(): MemoryRequest | undefined {
    const batches = this.#isDue ? this.#waiting.takeRequest() : [];
    if (batches.length > 0) {
      return new MemoryRequest(batches, () => {
        this.#waiting.release(batches);
        this.#options.onRoom?.();
      });
    }
    this.#isDue = false;
    return undefined;
  }

  // ---- to disk

  /** Writes requests in order, one at a time. */
  #store(lane: SpoolLane): Promise<void> {
    const { diagnostics } = this.#options;
    const work = (): Promise<void> => this.#storeAll(lane);
    return (this.#storing ??= inBackground(work, diagnostics, "spool.failed").finally(() => {
      this.#storing = undefined;
    }));
  }

  async #storeAll(lane: SpoolLane): Promise<void> {
    for (let next = this.#takeRequest(); next !== undefined; next = this.#takeRequest()) {
      const request = await this.#stored(lane, next);
      if (this.#isClosed) return;
      this.#line.add(request);
    }
  }

  /** The request on disk, or as it is where the disk does not take it. */
  async #stored(lane: SpoolLane, request: MemoryRequest): Promise<QueuedRequest> {
    const onDisk = await lane.append(request);
    if (onDisk === undefined || this.#isClosed) return request;
    await request.remove();
    return onDisk;
  }

  /** Another try for what the disk did not take before: it will not be sent any more. */
  async #keepOnDisk(lane: SpoolLane): Promise<void> {
    this.#isDue = true;
    await this.#store(lane);
    for (const request of this.#line.own) {
      if (request instanceof MemoryRequest) await this.#stored(lane, request);
    }
  }

  // ---- sentences

  #waitingText(): string | undefined {
    const { noun, waiting } = this.#options;
    if (waiting.unit !== "records") return undefined;
    const onDiskCount = this.#lane?.itemCount ?? 0;
    if (onDiskCount > 0) return `${onDiskCount} ${noun} wait on disk`;
    if (this.#waiting.count === 0) return undefined;
    return `${this.#waiting.count} ${noun} wait, up to ${waiting.countMax} are kept`;
  }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
