// frame-ring.ts — the frames of the last 30 seconds, for pages whose connection broke.
//
//   id  "<start of this dashboard, base 36>-<number of the frame>"
//
// Numbers are given to the frames of all topics in one order, so that a page's last id says for each of its topics
// what it has seen.

import type { LiveEvent } from "../contract/contract.ts";

export const RING_AGE_MS_MAX = 30_000;
export const RING_SIZE_BYTES_MAX = 64 * 1_048_576;

/** An event as it goes to pages, encoded once for all of them. */
export interface LiveMessage {
  readonly id: string;
  readonly event: LiveEvent["type"];
  /** JSON. */
  readonly data: string;
}

export interface Frame {
  readonly number: number;
  /** What topic with what filter it is of. */
  readonly key: string;
  readonly message: LiveMessage;
  readonly atMs: number;
}

export class FrameRing {
  readonly #sizeBytesMax: number;
  readonly #ageMsMax: number;
  readonly #epoch: string;
  #frames: Frame[] = [];
  #first = 0;
  #sizeBytes = 0;
  #lastNumber = 0;
  /** Number of the newest frame that is not kept any more. */
  #forgottenNumber = 0;

  constructor(options: { epochMs: number; sizeBytesMax?: number; ageMsMax?: number }) {
    this.#epoch = options.epochMs.toString(36);
    this.#sizeBytesMax = options.sizeBytesMax ?? RING_SIZE_BYTES_MAX;
    this.#ageMsMax = options.ageMsMax ?? RING_AGE_MS_MAX;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Position of a page that has seen everything so far. */
  get lastId(): string {
    return this.#idOf(this.#lastNumber);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(key: string, event: LiveEvent["type"], data: string, nowMs: number): Frame {
    const number = ++this.#lastNumber;
    const frame = { number, key, message: { id: this.#idOf(number), event, data }, atMs: nowMs };
    this.#frames.push(frame);
    this.#sizeBytes += data.length;
    this.#forget(nowMs);
    return frame;
  }

  #forget(nowMs: number): void {
    for (; this.#first < this.#frames.length; this.#first++) {
      const { number, message, atMs } = this.#frames[this.#first] as Frame;
      if (atMs > nowMs - this.#ageMsMax && this.#sizeBytes <= this.#sizeBytesMax) break;
      this.#sizeBytes -= message.data.length;
      this.#forgottenNumber = number;
    }
    if (this.#first * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The number that an id of this ring has; undefined for one of another start. */
  findNumber(id: string): number | undefined {
    const [epoch, digits = ""] = id.split("-");
    if (epoch !== this.#epoch || !/^\d{1,15}$/.test(digits)) return undefined;
    const number = Number(digits);
    return number <= this.#lastNumber ? number : undefined;
  }

  /** The frames after a number of certain topics; undefined when some of that time are not kept any more. */
  after(number: number, isWanted: (key: string) => boolean): Frame[] | undefined {
    if (number < this.#forgottenNumber) return undefined;
    const start = this.#frames.findIndex((frame, at) => at >= this.#first && frame.number > number);
    if (start < 0) return [];
    return this.#frames.slice(start).filter(({ key }) => isWanted(key));
  }

  #idOf(number: number): string {
    return `${this.#epoch}-${number}`;
  }
}
