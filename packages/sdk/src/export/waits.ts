// waits.ts — waits that do not keep the process alive, and that can be ended all at once.

export class Waits {
  readonly #wakers = new Set<() => void>();

  /** Resolves after `ms`, or when somebody calls `wake`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      timer.unref();
      this.#wakers.add(wake);
    });
  }

  wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
