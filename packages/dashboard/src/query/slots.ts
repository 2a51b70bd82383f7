// slots.ts — lets a bounded number of questions run and a bounded number wait.

import { UnavailableError } from "./failures.ts";

export class Slots {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #waiting = new Set<() => void>();
  #runningCount = 0;

  constructor(runningMax: number, waitingMax: number) {
    this.#runningMax = runningMax;
    this.#waitingMax = waitingMax;
  }

  /** Resolves with the function that gives the slot back. Rejects when too many wait, or with the signal's reason. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#runningCount < this.#runningMax) this.#runningCount++;
    else await this.#wait(signal);

    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#passOn();
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#waitingMax) {
      throw new UnavailableError(`Cannot run the query: ${this.#waitingMax} others wait already`);
    }
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(proceed);
        reject(signal.reason as Error);
      };
      const proceed = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(proceed);
    });
  }

  /** The slot goes to whoever waits longest. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#runningCount--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
