// span-weight.ts — how many spans a span of a batch stands for; the rule is at the head of store/tables/weight.ts.
// hot: see live.bench.ts

import { readString, type TraceBatch } from "@telemetry/otlp";

const THRESHOLD = /(?:^|,)[ \t]*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})[ \t]*(?:[;,]|$)/;
const TWO_POW_56 = 2 ** 56;

export class SpanWeights {
  readonly #batch: TraceBatch;
  /** Spans of one service mostly say the same. */
  #lastState = "";
  #lastWeight = 1;

  constructor(batch: TraceBatch) {
    this.#batch = batch;
  }

  /** Of the span in this row: 1 unless its tracestate says with which probability it was kept. */
  of(row: number): number {
    const { traceState } = this.#batch.spans;
    if (traceState.length[row] === 0) return 1;
    const state = readString(this.#batch, traceState, row);
    if (state !== this.#lastState) {
      this.#lastState = state;
      this.#lastWeight = weightOf(state);
    }
    return this.#lastWeight;
  }
}

function weightOf(traceState: string): number {
  const digits = THRESHOLD.exec(traceState)?.[1];
  if (digits === undefined) return 1;
  const threshold = Number.parseInt(digits.padEnd(14, "0"), 16);
  return TWO_POW_56 / Math.max(TWO_POW_56 - threshold, 1);
}
