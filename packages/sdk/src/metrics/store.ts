// store.ts — what every aggregation has in common: rows of numbers for one metric stream.
//
//   rowOf(attributes) ──row──▶ record(row, value) … ──collect──▶ encodePoints ─▶ endInterval
//
// Numbers live in typed arrays, indexed by row, that grow by doubling: no object per series, nothing
// allocated per measurement, and a collection reads them in order.

import type { Attributes, Context } from "@opentelemetry/api";
import {
  encodePointAttributes,
  flattenAttributes,
  ProtobufWriter,
  Temporality,
} from "@telemetry/otlp/encode";
import type { AnyValue, ExemplarPoint, KeyTable, RecordedMetricType } from "@telemetry/otlp/encode";

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
  /** Writes a point per row with measurements, and returns how many. */
  encodePoints(target: PointTarget): number;
  /** After `encodePoints`: delta rows are empty again, exemplars begin anew. */
  endInterval(timeMs: number): void;
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

/** Where points go. */
export interface PointTarget {
  readonly writer: ProtobufWriter;
  readonly keys: KeyTable;
  /** Epoch milliseconds. */
  readonly timeMs: number;
}

/** What points of every type begin with. */
export interface PointStart {
  readonly attributes: Uint8Array;
  readonly startMs: number;
  readonly timeMs: number;
  readonly exemplars: readonly ExemplarPoint[];
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
    this.exemplars = new ExemplarReservoir(options.exemplars, exemplarsPerRow);
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

  /** A cumulative series starts with its first measurement, a delta with the collection before (metrics/sdk.md, "Start timestamps"). */
  startOf(store: Store, row: number, target: PointTarget): PointStart {
    return {
      attributes: this.series.encodedOf(row, (attributes) =>
        encodePointAttributes(
          new ProtobufWriter({ chunkSizeBytes: 256 }),
          store.type,
          flattenAttributes(attributes as Record<string, AnyValue>),
          target.keys,
        ),
      ),
      startMs: this.isDelta ? this.#intervalStartMs : this.#startMs[row]!,
      timeMs: target.timeMs,
      exemplars: this.exemplars.of(row),
    };
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
