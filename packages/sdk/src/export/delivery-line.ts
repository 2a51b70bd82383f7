// delivery-line.ts — the requests for one destination in their order, and the one that is on its way.
//
//   own        ─▶ ─▶ ─▶ ┐                     ┌─ settled ─▶ the next one
//   leftovers  ─▶ ─▶ ─▶ ┴─ in turns ─▶ Sender ┤
//                              ▲              └─ unavailable ─┐
//                              └── a growing pause ◀──────────┘
//
// One at a time: exports are serial. A request stays the first until it is settled.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { SignalName } from "../options/options.ts";
import { inBackground } from "./background.ts";
import { Delivery } from "./delivery.ts";
import type { QueuedRequest, Settled } from "./delivery.ts";
import type { DeliveryCounts } from "./delivery-counts.ts";
import type { Sender } from "./sender.ts";

/** After a failed request the next try waits this long, twice as long each time. */
const PAUSE_MS = { first: 1_000, max: 30_000 };

export interface DeliveryLineOptions {
  readonly signal: SignalName;
  readonly sender: Sender;
  readonly counts: DeliveryCounts;
  /** For one request and its retries, where the destination's own timeout is not shorter. */
  readonly timeoutMs: number | undefined;
  readonly diagnostics: Diagnostics;
  /** Makes the next request of what waits elsewhere, when none of this process is here. */
  readonly refill: () => QueuedRequest | undefined;
  /** The destination is away, or there again. */
  readonly onChange: () => void;
}

export class DeliveryLine {
  readonly #options: DeliveryLineOptions;
  /** Of this process, in order. */
  #own: QueuedRequest[] = [];
  /** Of processes that have ended, in order. While there are any, every second request is one of them. */
  #leftovers: QueuedRequest[] = [];
  #isTurnOfLeftovers = false;
  /** Of the request that is on its way, or waits to be sent again. */
  #delivery: Delivery | undefined;
  #sending: Promise<void> | undefined;
  #pauseTimer: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  #progress = 0;
  #retriedCount = 0;
  #hasStarted = false;
  #isClosed = false;
  #waiters: (() => void)[] = [];

  constructor(options: DeliveryLineOptions) {
    this.#options = options;
  }

  /** Requests of this process. */
  get own(): readonly QueuedRequest[] {
    return this.#own;
  }

  /** Whether anything was sent yet. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  get isSending(): boolean {
    return this.#sending !== undefined;
  }

  /** Whether the last try failed, so that the next one waits. */
  get isAway(): boolean {
    return this.#pauseMs > 0;
  }

  /** Grows whenever something is settled. */
  get progress(): number {
    return this.#progress;
  }

  get retriedCount(): number {
    return this.#retriedCount;
  }

  add(request: QueuedRequest): void {
    this.#own.push(request);
    this.pump();
  }

  addLeftovers(requests: readonly QueuedRequest[]): void {
    if (this.#isClosed) return;
    this.#leftovers.push(...requests);
    this.pump();
  }

  /** Sends, unless the destination is away: then it goes on after the pause. */
  pump(): void {
    if (this.#pauseMs === 0) void this.#send();
  }

  /**
   * Sends now, also during a pause. Resolves when nothing of this process is left, or when a request could not be
   * delivered. Requests take until `deadlineMs` at most, on the clock of `performance`.
   */
  send(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      void this.#send(deadlineMs);
    });
  }

  /** Forgets everything. What is on its way is not waited for. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#pauseTimer);
    this.#own = [];
    this.#leftovers = [];
  }

  #send(deadlineMs = 0): Promise<void> {
    const { diagnostics, signal } = this.#options;
    const work = (): Promise<void> => this.#sendAll(deadlineMs);
    return (this.#sending ??= inBackground(work, diagnostics, `export.${signal}.failed`).finally(
      () => {
        this.#sending = undefined;
        this.#wakeAll();
      },
    ));
  }

  async #sendAll(deadlineMs: number): Promise<void> {
    for (let delivery = this.#next(); delivery !== undefined; delivery = this.#next()) {
      this.#hasStarted = true;
      const leftMs = deadlineMs - performance.now();
      const outcome = await delivery.run(leftMs > 0 ? leftMs : this.#options.timeoutMs);
      if (this.#isClosed) return;
      if (outcome === "later") return this.#pause();
      this.#endPause();
      await this.#finish(delivery.request, outcome);
    }
  }

  #next(): Delivery | undefined {
    if (this.#delivery !== undefined) {
      this.#retriedCount++;
      return this.#delivery;
    }
    const { signal, sender, refill } = this.#options;
    const refilled = this.#own.length === 0 ? refill() : undefined;
    if (refilled !== undefined) this.#own.push(refilled);
    const [own, leftover] = [this.#own[0], this.#leftovers[0]];
    const request = this.#isTurnOfLeftovers ? (leftover ?? own) : (own ?? leftover);
    if (own === undefined) this.#wakeAll();
    if (request === undefined) return undefined;
    this.#isTurnOfLeftovers = request !== leftover;
    const onSettled = (settled: Settled): void => this.#count(settled);
    this.#delivery = new Delivery({ request, signal, sender, onSettled });
    return this.#delivery;
  }

  #count(settled: Settled): void {
    if (this.#isClosed) return; // it was counted as dropped, or is sent again from the spool
    const { counts } = this.#options;
    this.#progress++;
    counts.delivered(settled.deliveredCount);
    counts.refused(settled.refusedCount, settled.reason);
    counts.dropped(settled.droppedCount, settled.reason, "unsendable");
  }

  async #finish(request: QueuedRequest, outcome: "done" | "unreadable"): Promise<void> {
    this.#delivery = undefined;
    this.#progress++;
    const line = this.#own[0] === request ? this.#own : this.#leftovers;
    line.shift();
    if (outcome === "unreadable") {
      if (request.isOnDisk) return; // a later process tries again
      this.#options.counts.dropped(request.itemCount, "they cannot be encoded");
    }
    await request.remove();
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
    this.#options.onChange();
  }

  #wakeAll(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
