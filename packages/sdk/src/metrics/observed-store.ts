// observed-store.ts — the aggregations of observable instruments: callbacks report totals, not additions.
//
// A series exists while callbacks observe it. A cumulative sum is what was observed last; a delta is the
// difference to the collection before. Where a view drops attributes, or the limit is reached, several
// observations meet in one row: sums add up there, and of a gauge the last one stays.
//
// The limit holds for each collection, first come first served. The table has room for twice as many, because
// the sets of the collection before are still there: their values make the next difference.

import type { Attributes } from "@opentelemetry/api";
import { MetricType } from "@telemetry/otlp/encode";

import { CARDINALITY_LIMIT_DEFAULT, OVERFLOW_ROW } from "./series-table.ts";
import { grownDoubles, Rows } from "./store.ts";
import type { NumberData, RowArrays, Store, StoreOptions } from "./store.ts";

export class ObservedStore implements Store, RowArrays {
  readonly type: typeof MetricType.sum | typeof MetricType.gauge;
  readonly rows: Rows;
  readonly #isInteger: boolean;
  readonly #isSum: boolean;
  readonly #isFiltered: boolean;
  readonly #limit: number;
  /** NaN where nothing was observed in this collection. */
  #observed = new Float64Array(0);
  #before = new Float64Array(0);
  /** Sets observed in this collection. */
  #observedCount = 0;

  constructor(type: typeof MetricType.sum | typeof MetricType.gauge, options: StoreOptions) {
    this.type = type;
    this.#isInteger = options.isInteger;
    this.#isSum = type === MetricType.sum;
    this.#isFiltered = options.keepsKey !== undefined;
    this.#limit = options.cardinalityLimit ?? CARDINALITY_LIMIT_DEFAULT;
    this.rows = new Rows(
      { ...options, cardinalityLimit: this.#limit * 2, isObserved: true },
      0,
      this,
    );
  }

  observe(value: number, attributes: Attributes | undefined): void {
    this.record(this.rows.series.rowOf(attributes), value);
  }

  record(found: number, value: number): void {
    const row = this.#admit(found);
    const before = this.#observed[row]!;
    const isShared = this.#isSum && (row === OVERFLOW_ROW || this.#isFiltered);
    this.#observed[row] = isShared && !Number.isNaN(before) ? before + value : value;
  }

  read(row: number): NumberData {
    const observed = this.#observed[row]!;
    return {
      kind: "number",
      value: this.rows.isDelta && this.#isSum ? observed - this.#before[row]! : observed,
      isInteger: this.#isInteger,
    };
  }

  endInterval(timeMs: number): void {
    const gone: number[] = [];
    for (let row = 0; row < this.rows.series.rowsEnd; row++) {
      if (this.isRecorded(row)) this.#before[row] = this.#observed[row]!;
      else gone.push(row);
    }
    this.rows.series.release(gone);
    this.#observed.fill(Number.NaN);
    this.#observedCount = 0;
    this.rows.endInterval(timeMs);
  }

  grow(capacity: number): void {
    this.#observed = grownDoubles(this.#observed, capacity);
    this.#before = grownDoubles(this.#before, capacity);
  }

  clear(row: number): void {
    this.#observed[row] = Number.NaN;
    this.#before[row] = 0;
  }

  isRecorded(row: number): boolean {
    return !Number.isNaN(this.#observed[row]);
  }

  /** The row itself, or the overflow row when the collection has enough sets. */
  #admit(row: number): number {
    if (row === OVERFLOW_ROW || !Number.isNaN(this.#observed[row])) return row;
    if (this.#observedCount === this.#limit) return OVERFLOW_ROW;
    this.#observedCount++;
    return row;
  }
}
