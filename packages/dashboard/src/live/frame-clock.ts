// frame-clock.ts — when the next frame is due: at once after silence, then at most one per interval.

export class FrameClock {
  readonly #frameMs: number;
  readonly #onFrame: () => void;
  #cancel: (() => void) | undefined;
  #lastFrameAt = Number.NEGATIVE_INFINITY;

  constructor(frameMs: number, onFrame: () => void) {
    this.#frameMs = frameMs;
    this.#onFrame = onFrame;
  }

  /** Asks for a frame. What is asked for in the same turn of the event loop comes in the same frame. */
  request(): void {
    if (this.#cancel !== undefined) return;
    const waitMs = this.#lastFrameAt + this.#frameMs - performance.now();
    if (waitMs <= 0) {
      const immediate = setImmediate(() => this.frameNow());
      this.#cancel = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => this.frameNow(), waitMs);
      this.#cancel = () => clearTimeout(timer);
    }
  }

  /** Makes the frame now, whether or not one was asked for. */
  frameNow(): void {
    this.close();
    this.#lastFrameAt = performance.now();
    this.#onFrame();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
