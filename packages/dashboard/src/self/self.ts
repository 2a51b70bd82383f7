// self.ts — what a station of the dashboard tells about itself: the counters, limits and state that
// `GET /api/v1/pipeline` shows.
//
// Everything dropped is counted, and the counts stand beside the data. A station owns one `Station`
// and writes into it; nobody else does. Counting is one property write, so it may stand on a hot path.

import type { StationStatus } from "../contract/contract.ts";

export { openLog, type Log } from "./log.ts";

export type StationName = StationStatus["station"];
export type StationState = StationStatus["state"];

/** One station's counters, limits and state since the dashboard started. */
export class Station {
  readonly name: StationName;
  readonly #limits: Readonly<Record<string, number>>;
  readonly #counters: Record<string, number> = {};
  #state: StationState = "ok";
  #message: string | undefined;

  /** Limits are what the station refuses to exceed, by name with the unit at its end (`bytes_max`). */
  constructor(name: StationName, limits: Record<string, number> = {}) {
    this.name = name;
    this.#limits = { ...limits };
  }

  /** Adds to a counter, which starts at 0. Names are snake_case and stay once they are public. */
  count(counter: string, by = 1): void {
    this.#counters[counter] = (this.#counters[counter] ?? 0) + by;
  }

  /** Sets a value that goes up and down, such as the bytes held now. */
  set(counter: string, value: number): void {
    this.#counters[counter] = value;
  }

  /** The message is a sentence that a person can act on; it belongs to "degraded" and "down". */
  setState(state: StationState, message?: string): void {
    this.#state = state;
    this.#message = state === "ok" ? undefined : message;
  }

  /** A copy: it does not change any more. */
  status(): StationStatus {
    return {
      station: this.name,
      state: this.#state,
      counters: { ...this.#counters },
      limits: { ...this.#limits },
      ...(this.#message === undefined ? {} : { message: this.#message }),
    };
  }
}
