// service-window.ts — the last 300 seconds of one service, second by second.
//
//   spans, errors   kept for every second
//   latency         measured while the second is young; then only its three quantiles are kept
//
// A span counts in the second in which it ended, so a late one changes the past.

import type { ServiceSecond } from "../contract/contract.ts";
import { DurationSketch } from "./duration-sketch.ts";

/** Seconds in the window. */
export const WINDOW_SECONDS = 300;
/** Seconds whose latency is still measured; spans that come later count without it. */
const MEASURED_SECONDS = 12;

export class ServiceWindow {
  readonly name: string;
  /** The newest second that a span was counted in. */
  newestSecond = 0;
  readonly #seconds = new Uint32Array(WINDOW_SECONDS);
  /** Sums of weights: what was sent, and what was sampled away. */
  readonly #spans = new Float64Array(WINDOW_SECONDS);
  readonly #errors = new Float64Array(WINDOW_SECONDS);
  /** Three quantiles per second, in milliseconds. */
  readonly #quantiles = new Float64Array(WINDOW_SECONDS * 3);
  readonly #isChanged = new Uint8Array(WINDOW_SECONDS);
  #changedSlots: number[] = [];
  readonly #sketches = Array.from({ length: MEASURED_SECONDS }, () => new DurationSketch());
  readonly #sketchSeconds = new Uint32Array(MEASURED_SECONDS);

  constructor(name: string) {
    this.name = name;
  }

  get hasChanged(): boolean {
    return this.#changedSlots.length > 0;
  }

  /**
   * Counts a span that ended in `second` (epoch) and stands for `weight` spans. `durationNs` is undefined when its
   * duration says nothing about the service. Returns false when the second has left the window.
   */
  add(second: number, isError: boolean, durationNs: number | undefined, weight = 1): boolean {
    const slot = second % WINDOW_SECONDS;
    if (this.#seconds[slot] !== second && !this.#startSecond(slot, second)) return false;
    this.#spans[slot]! += weight;
    if (isError) this.#errors[slot]! += weight;
    if (durationNs !== undefined) this.#sketchOf(second)?.add(durationNs, weight);
    if (this.#isChanged[slot] === 0) {
      this.#isChanged[slot] = 1;
      this.#changedSlots.push(slot);
    }
    return true;
  }

  #startSecond(slot: number, second: number): boolean {
    if (second < (this.#seconds[slot] as number)) return false;
    if (second > this.newestSecond) this.newestSecond = second;
    this.#seconds[slot] = second;
    this.#spans[slot] = 0;
    this.#errors[slot] = 0;
    this.#quantiles.fill(Number.NaN, slot * 3, slot * 3 + 3);
    return true;
  }

  /** The sketch of a young second; of an old one there is none any more. */
  #sketchOf(second: number): DurationSketch | undefined {
    const place = second % MEASURED_SECONDS;
    const sketch = this.#sketches[place] as DurationSketch;
    const held = this.#sketchSeconds[place] as number;
    if (held === second) return sketch;
    if (second < held) return undefined;
    this.#settle(held, sketch);
    this.#sketchSeconds[place] = second;
    sketch.clear();
    return sketch;
  }

  /** Keeps the quantiles of a second and no more. */
  #settle(second: number, sketch: DurationSketch): void {
    const slot = second % WINDOW_SECONDS;
    if (sketch.count === 0 || this.#seconds[slot] !== second) return;
    this.#quantiles[slot * 3] = sketch.quantileMs(0.5);
    this.#quantiles[slot * 3 + 1] = sketch.quantileMs(0.95);
    this.#quantiles[slot * 3 + 2] = sketch.quantileMs(0.99);
  }

  /** The seconds that changed since the last call, oldest first. */
  takeChanged(): ServiceSecond[] {
    const slots = this.#changedSlots;
    this.#changedSlots = [];
    for (const slot of slots) this.#isChanged[slot] = 0;
    return this.#read(slots);
  }

  /** All seconds of the window that ends with `lastSecond` in which there was something, oldest first. */
  snapshot(lastSecond: number): ServiceSecond[] {
    const slots: number[] = [];
    for (const [slot, second] of this.#seconds.entries()) {
      if (second > lastSecond - WINDOW_SECONDS) slots.push(slot);
    }
    return this.#read(slots);
  }

  #read(slots: number[]): ServiceSecond[] {
    for (const [place, sketch] of this.#sketches.entries()) {
      this.#settle(this.#sketchSeconds[place] as number, sketch);
    }
    const seconds = slots.map((slot) => this.#readSlot(slot));
    return seconds.sort((a, b) => a.second - b.second);
  }

  #readSlot(slot: number): ServiceSecond {
    return {
      second: this.#seconds[slot] as number,
      spans: hundredths(this.#spans[slot] as number),
      errors: hundredths(this.#errors[slot] as number),
      p50Ms: milliseconds(this.#quantiles[slot * 3] as number),
      p95Ms: milliseconds(this.#quantiles[slot * 3 + 1] as number),
      p99Ms: milliseconds(this.#quantiles[slot * 3 + 2] as number),
    };
  }
}

/** More digits of a rate that is estimated say nothing. */
function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A tenth of a microsecond is more than a sketch knows. */
function milliseconds(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 10_000) / 10_000;
}
