// number-store.ts — the aggregations with one number per series: Sum and LastValue.
//
// A sum that nothing was added to is -0: every addition, also of 0, or of 5 and then -5, makes it
// something else. A last value that was not recorded is NaN, which the instruments reject.

import type { Attributes, Context } from "@opentelemetry/api";
import { MetricType } from "@telemetry/otlp/encode";

import type { ExemplarReservoir } from "./exemplars.ts";
import { grownDoubles, Rows } from "./store.ts";
import type { NumberData, RowArrays, Store, StoreOptions } from "./store.ts";

const NOTHING_ADDED = -0;

export class NumberStore implements Store, RowArrays {
  readonly type: typeof MetricType.sum | typeof MetricType.gauge;
  readonly rows: Rows;
  readonly #exemplars: ExemplarReservoir;
  readonly #isInteger: boolean;
  readonly #nothing: number;
  #values = new Float64Array(0);

  constructor(type: typeof MetricType.sum | typeof MetricType.gauge, options: StoreOptions) {
    this.type = type;
    this.#isInteger = options.isInteger;
    this.#nothing = type === MetricType.sum ? NOTHING_ADDED : Number.NaN;
    this.rows = new Rows(options, 1, this);
    this.#exemplars = this.rows.exemplars;
  }

  record(
    row: number,
    value: number,
    attributes: Attributes | undefined,
    context: Context | undefined,
  ): void {
    if (this.type === MetricType.sum) this.#values[row]! += value;
    else this.#values[row] = value;
    const exemplars = this.#exemplars;
    if (--exemplars.countdown[row]! === 0) {
      exemplars.look(row, value, attributes, context);
    }
  }

  read(row: number): NumberData {
    return { kind: "number", value: this.#values[row]!, isInteger: this.#isInteger };
  }

  endInterval(timeMs: number): void {
    this.rows.endInterval(timeMs);
  }

  grow(capacity: number): void {
    this.#values = grownDoubles(this.#values, capacity);
  }

  clear(row: number): void {
    this.#values[row] = this.#nothing;
  }

  isRecorded(row: number): boolean {
    return !Object.is(this.#values[row], this.#nothing);
  }
}
