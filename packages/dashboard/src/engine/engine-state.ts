// engine-state.ts — what an engine says of itself, for both kinds of engine.

import { EngineStartError } from "./errors.ts";
import type { EngineState } from "./engine.ts";

/** Holds the state, tells listeners of changes, and answers `whenReady`. */
export class StateTeller {
  #state: EngineState = "starting";
  #fatal: Error | undefined;
  readonly #listeners = new Set<(state: EngineState) => void>();

  get state(): EngineState {
    return this.#state;
  }

  /** Why the engine will not come up by itself. */
  get fatal(): Error | undefined {
    return this.#fatal;
  }

  set(state: EngineState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  /** Down for good. */
  fail(error: Error): void {
    this.#fatal = error;
    if (this.#state === "down") for (const listener of this.#listeners) listener("down");
    else this.set("down");
  }

  onChange(listener: (state: EngineState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async whenReady(timeoutMs: number, describe: () => string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = (): boolean => {
        if (this.#fatal !== undefined) reject(this.#fatal);
        else if (this.#state === "ready") resolve();
        else return false;
        clearTimeout(timer);
        stop();
        return true;
      };
      const stop = this.onChange(() => void settle());
      const timer = setTimeout(() => {
        stop();
        reject(new EngineStartError(describe()));
      }, timeoutMs);
      settle();
    });
  }
}
