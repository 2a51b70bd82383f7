// chance.ts — decisions that the same seed makes again.

import { seededRandom } from "../chaos/random.ts";

export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** From 0 up to `below`. */
  integer(below: number): number {
    return Math.floor(this.#random() * below);
  }

  of(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.integer(values.length)] as Value;
  }
}
