// filters.ts — the filters that pages look through.

import type { Signal } from "@telemetry/otlp";
import type { Predicate } from "../query/filter/filter.ts";

/** A filter as the API compiled it. Two of the same text are the same filter. */
export interface LiveFilter {
  readonly text: string;
  /** Throws FilterSyntaxError where a field is asked for what it cannot be. */
  predicate(signal: Signal): Predicate;
}

/** Filters on traces at the same time: a trace remembers each that it passed in one bit. */
export const TRACE_FILTERS_MAX = 30;

/** Gives out the bits. */
export class FilterBits {
  #used = 0;

  /** A bit that nobody has; undefined when all are taken. */
  take(): number | undefined {
    for (let place = 0; place < TRACE_FILTERS_MAX; place++) {
      const bit = 1 << place;
      if ((this.#used & bit) !== 0) continue;
      this.#used |= bit;
      return bit;
    }
    return undefined;
  }

  giveBack(bit: number): void {
    this.#used &= ~bit;
  }
}
