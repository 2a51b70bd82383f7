// store.ts — what every aggregation has in common: rows of numbers for one metric stream.
//
//   rowOf(attributes) ──row──▶ record(row, value) … ──collect──▶ read(row) ─▶ endInterval
//
// Numbers live in typed arrays, indexed by row, that grow by doubling: no object per series, nothing
// allocated per measurement, and a collection reads them in order.

import type { Attributes, Context } from "@opentelemetry/api";
import { Temporality } from "@telemetry/otlp/encode";
import type { RecordedMetricType } from "@telemetry/otlp/encode";

import { ExemplarReservoir } from "./exemplars.ts";
import type { ExemplarSource } from "./exemplars.ts";
import { SeriesTable } from "./series-table.ts";

export interface Store {
  /** Field number of the points in OTLP's Metric. */
  readonly type: RecordedMetricType;
  readonly rows: Rows;
  /** hot: see bench/metrics. `attributes` and `context` are those of the measurement, for its exemplar. */
  record(
    row: number,
    value: number,
    attributes: Attributes | undefined,
    context: Context | undefined,
  ): void;
  /** What a row adds up to. Bucket counts may be a view of the store: read them at once. */
  read(row: number): PointData;
  /** After everything was read: delta rows are empty again, exemplars begin anew. */
  endInterval(timeMs: number): void;
}

/** What a collection reads of a row; the names are those of OTLP's points. */
export type PointData = NumberData | HistogramData | ExponentialData;

export interface NumberData {
  readonly kind: "number";
  readonly value: number;
  readonly isInteger: boolean;
}

interface DistributionData {
  readonly count: number;
  readonly sum: number;
  /** Undefined when the aggregation does not keep them. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly bucketCounts: ArrayLike<number>;
}

export interface HistogramData extends DistributionData {
  readonly kind: "histogram";
  readonly bounds: readonly number[];
}

export interface ExponentialData extends DistributionData {
  readonly kind: "exponential";
  readonly scale: number;
  readonly zeroCount: number;
  readonly offset: number;
}

export interface StoreOptions {
  readonly temporality: Temporality;
  readonly cardinalityLimit?: number | undefined;
  readonly keepsKey?: ((key: string) => boolean) | undefined;
  readonly isInteger: boolean;
  readonly exemplars: ExemplarSource;
  /** Whether a series that is new in a collection has existed since the one before: what callbacks observe. */
  readonly isObserved?: boolean;
}

/** The store's own arrays. */
export interface RowArrays {
  /** Makes room for rows below `capacity`. */
  grow(capacity: number): void;
  /** Empties a row that is about to be used, or used again. */
  clear(row: number): void;
  isRecorded(row: number): boolean;
}

const FIRST_CAPACITY = 8;
/** A delta store forgets its sets after an interval in which this share of its limit was taken. */
const RELEASE_SHARE = 0.75;

/** The rows of a store: their attribute sets, start times and exemplars. */
export class Rows {
  readonly series: SeriesTable;
  readonly exemplars: ExemplarReservoir;
  readonly isDelta: boolean;
  readonly #arrays: RowArrays;
  readonly #now: () => number;
  readonly #isObserved: boolean;
  #capacity = 0;
  #startMs = new Float64Array(0);
  #intervalStartMs: number;

  constructor(options: StoreOptions, exemplarsPerRow: number, arrays: RowArrays) {
    this.isDelta = options.temporality === Temporality.delta;
    this.#arrays = arrays;
    this.#now = options.exemplars.now;
    this.#isObserved = options.isObserved ?? false;
    this.#intervalStartMs = this.#now();
    this.exemplars = new ExemplarReservoir(options.exemplars, exemplarsPerRow, (attributes) =>
      this.series.droppedFrom(attributes),
    );
    this.series = new SeriesTable({
      limit: options.cardinalityLimit,
      keepsKey: options.keepsKey,
      addRow: (row) => this.#addRow(row),
    });
  }

  /** The rows with measurements. */
  *recorded(): Generator<number> {
    for (let row = 0; row < this.series.rowsEnd; row++) {
      if (this.#arrays.isRecorded(row)) yield row;
    }
  }

  /**
   * Epoch milliseconds from which on the row counts: a cumulative series begins with its first measurement, a
   * delta with the collection before (metrics/sdk.md, "Start timestamps").
   */
  startMsOf(row: number): number {
    return this.isDelta ? this.#intervalStartMs : this.#startMs[row]!;
  }

  endInterval(timeMs: number): void {
    this.exemplars.beginInterval();
    this.#intervalStartMs = timeMs;
    if (!this.isDelta || this.#isObserved) return;
    const rows = Array.from({ length: this.series.rowsEnd }, (_, row) => row);
    if (this.series.size >= this.series.limit * RELEASE_SHARE) this.series.release(rows);
    for (const row of rows) this.#arrays.clear(row);
  }

  #addRow(row: number): void {
    if (row >= this.#capacity) {
      this.#capacity = Math.max(FIRST_CAPACITY, this.#capacity * 2);
      this.#startMs = grownDoubles(this.#startMs, this.#capacity);
      this.exemplars.grow(this.#capacity);
      this.#arrays.grow(this.#capacity);
    }
    this.#startMs[row] = this.#isObserved ? this.#intervalStartMs : this.#now();
    this.#arrays.clear(row);
  }
}

export function grownDoubles(
  array: Float64Array<ArrayBuffer>,
  length: number,
): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(array);
  return larger;
}
