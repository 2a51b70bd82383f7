// delivery-counts.ts — what became of the records of one signal at one destination. Each loss is counted, and the
// first one of each kind is said in a sentence.

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { SignalName } from "../options/options.ts";

export interface DeliveryCountsOptions {
  readonly signal: SignalName;
  /** What is lost: "spans". */
  readonly noun: string;
  /** Whom it does not reach. */
  readonly destination: string;
  readonly diagnostics: Diagnostics;
}

export class DeliveryCounts {
  readonly #options: DeliveryCountsOptions;
  readonly #counter: string;
  readonly #said = new Set<string>();
  #deliveredCount = 0;
  #refusedCount = 0;
  #droppedCount = 0;

  constructor(options: DeliveryCountsOptions) {
    this.#options = options;
    this.#counter = `export.${options.signal}.dropped`;
  }

  /** Records that the receiver accepted. */
  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  /** Records that were sent and that the receiver did not want. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Records that were given up without having been sent. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  get lostCount(): number {
    return this.#refusedCount + this.#droppedCount;
  }

  delivered(count: number): void {
    this.#deliveredCount += count;
  }

  refused(count: number, reason: string): void {
    this.#refusedCount += count;
    this.#lose(count, reason, "refused");
  }

  /** Each kind of reason is said once. */
  dropped(count: number, reason: string, kind = reason): void {
    this.#droppedCount += count;
    this.#lose(count, reason, kind);
  }

  #lose(count: number, reason: string, kind: string): void {
    if (count === 0) return;
    const { noun, destination, diagnostics } = this.#options;
    diagnostics.count(this.#counter, count);
    if (this.#said.has(kind)) return;
    this.#said.add(kind);
    diagnostics.say(
      "warn",
      `Cannot deliver all ${noun} to "${destination}": ${reason}; what is lost is counted`,
    );
  }
}
