// backoff.ts — how long to wait before the next try: twice as long each time, up to a maximum.

export interface BackoffRange {
  /** Before the first retry. */
  readonly first: number;
  readonly max: number;
}

const FACTOR = 2;
/** Waits vary by this share, so that a thousand processes do not come back at once. */
const JITTER = 0.2;

export class Backoff {
  readonly #maxMs: number;
  #nextMs: number;

  constructor({ first, max }: BackoffRange) {
    this.#nextMs = first;
    this.#maxMs = max;
  }

  /** The next wait; at least as long as the receiver asked for. */
  takeMs(askedMs = 0): number {
    const waitMs = this.#nextMs * (1 + JITTER * (2 * Math.random() - 1));
    this.#nextMs = Math.min(this.#nextMs * FACTOR, this.#maxMs);
    return Math.max(waitMs, askedMs);
  }
}
