// token-bucket.ts — an amount per second, with a second's worth to spare.
//
// How much a request takes is known when it is over, so the bucket may go into debt: a request is let in while there is
// none, and whoever took too much waits until it is paid. So nothing is refused in its middle, and over time nobody
// gets more than the rate.

export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#tokens = this.#max;
    this.#atMs = nowMs;
  }

  /** How long to wait until there is one again; 0 when there is. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1_000);
  }

  take(amount: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#tokens -= amount;
  }

  get #max(): number {
    return Math.max(1, this.#perSecond);
  }

  #fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs); // a clock that is set back gives nothing
    this.#tokens = Math.min(this.#max, this.#tokens + (elapsedMs / 1_000) * this.#perSecond);
    this.#atMs = nowMs;
  }
}
