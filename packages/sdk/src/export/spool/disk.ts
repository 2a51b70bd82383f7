// disk.ts — the file system, one operation at a time.
//
// Node has four threads for files, name look-ups and more, and the app needs them: a disk that hangs must not take
// more than one. While it hangs nothing further is tried, and who asks is told so at once. Nothing in here is traced.

import { runSuppressed } from "../../context/context.ts";

/** An operation of a healthy disk, however busy, takes less. */
const PATIENCE_MS = 5_000;

export class Disk {
  readonly #patienceMs: number;
  #last: Promise<unknown> = Promise.resolve();
  #isStuck = false;

  constructor(options: { patienceMs?: number } = {}) {
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
  }

  /**
   * Does the work when everything before it is done. Rejects with its error, or when it takes too long; then the
   * work may still end some time, and is told by `isLate` that nobody counts on it any more.
   */
  run<T>(work: (isLate: () => boolean) => Promise<T>): Promise<T> {
    if (this.#isStuck) return Promise.reject(this.#stuckError());
    const turn = this.#last.then(() => this.#within(work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #within<T>(work: (isLate: () => boolean) => Promise<T>): Promise<T> {
    if (this.#isStuck) return Promise.reject(this.#stuckError());
    let isLate = false;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        isLate = this.#isStuck = true;
        reject(this.#stuckError());
      }, this.#patienceMs);
      timer.unref();
      runSuppressed(() => work(() => isLate))
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          if (isLate) this.#isStuck = false;
        });
    });
  }

  #stuckError(): Error {
    return new Error(`the disk has not answered for ${this.#patienceMs} ms`);
  }
}
