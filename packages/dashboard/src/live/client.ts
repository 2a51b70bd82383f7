// client.ts — one page's stream, whatever carries it.
//
// Nothing is queued for a page. While its transport is full, frames pass it by; when there is room again it gets what it
// missed from the ring or, if that is much, a reset and snapshots.

import type { LiveMessage } from "./frame-ring.ts";

/** Where a page's messages go. */
export interface LiveSink {
  /** Takes the message in any case. False: enough for now; the sink calls `drained` when there is room again. */
  write(message: LiveMessage): boolean;
}

export interface LiveClientOptions {
  readonly sink: LiveSink;
  /** Called when there is room again and frames were missed since the one of this number. */
  readonly onBehind: (lastNumber: number, missedCount: number) => void;
  /** Called when the sink threw; the page is closed then. */
  readonly onFailure: () => void;
  readonly onClose: () => void;
}

export class LiveClient {
  readonly #options: LiveClientOptions;
  #isFull = false;
  #isClosed = false;
  /** Number of the last frame that was written. */
  #lastNumber = 0;
  #missedCount = 0;

  constructor(options: LiveClientOptions) {
    this.#options = options;
  }

  /** Whether the transport has enough for now. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Writes a frame, or lets it pass. Returns whether it was written. */
  offer(message: LiveMessage, number: number): boolean {
    if (this.#isFull) {
      this.#missedCount++;
      return false;
    }
    this.write(message, number);
    return true;
  }

  /** Writes whether there is room or not: for what a page cannot do without. */
  write(message: LiveMessage, number: number): void {
    if (this.#isClosed) return;
    this.#lastNumber = number;
    try {
      this.#isFull = !this.#options.sink.write(message) || this.#isFull;
    } catch {
      this.#options.onFailure(); // one broken transport must not cost the others their frame
      this.close();
    }
  }

  /** To be called by the transport when it has room again. */
  drained(): void {
    if (!this.#isFull || this.#isClosed) return;
    this.#isFull = false;
    const missedCount = this.#missedCount;
    this.#missedCount = 0;
    if (missedCount > 0) this.#options.onBehind(this.#lastNumber, missedCount);
  }

  /** To be called by the transport when the page is gone. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.onClose();
  }
}
