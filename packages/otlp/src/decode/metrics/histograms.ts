// histograms.ts — HistogramDataPoint: buckets with explicit bounds.

import type { AttributeColumns, ExemplarColumns, HistogramPointColumns } from "../../batch.ts";
import { wordsOf } from "../column-allocator.ts";
import type { ColumnAllocator } from "../column-allocator.ts";
import type { Findings } from "../findings.ts";
import type { WireReader } from "../../wire/wire.ts";
import { ExemplarFill, ExemplarMeasure } from "./exemplars.ts";
import { countFixed64, pointColumns, PointFill, readFixed64s } from "./points.ts";
import type { FirstRows, PointKindFill, PointKindMeasure } from "./point-kind.ts";

/** Bits of `present`: fields whose absence is not the same as 0. */
export const HAS_SUM = 1;
export const HAS_MIN = 2;
export const HAS_MAX = 4;

/** bucket_counts, explicit_bounds, exemplars, attributes */
const MEASURED = (1 << 6) | (1 << 7) | (1 << 8) | (1 << 9);

export class HistogramMeasure implements PointKindMeasure {
  points = 0;
  attributes = 0;
  bucketCounts = 0;
  explicitBounds = 0;
  readonly exemplars: ExemplarMeasure;

  constructor(findings: Findings) {
    this.exemplars = new ExemplarMeasure(findings);
  }

  measure(reader: WireReader, end: number): void {
    this.points++;
    for (let tag; (tag = reader.readTagOf(MEASURED, end)) !== 0;) {
      switch (tag) {
        case 0x32: // bucket_counts = 6
        case 0x31:
          this.bucketCounts += countFixed64(reader, end, tag);
          break;
        case 0x3a: // explicit_bounds = 7
        case 0x39:
          this.explicitBounds += countFixed64(reader, end, tag);
          break;
        case 0x42: // exemplars = 8
          this.exemplars.measure(reader, reader.readEnd(end));
          break;
        case 0x4a: // attributes = 9
          this.attributes += reader.skipRun(tag, end);
          break;
        default:
          reader.skip(tag, end);
      }
    }
  }

  columns(allocator: ColumnAllocator): HistogramPointColumns {
    const { points } = this;
    return {
      ...pointColumns(allocator, points),
      countValue: allocator.uint64(points),
      present: allocator.uint8(points),
      sum: allocator.double(points),
      min: allocator.double(points),
      max: allocator.double(points),
      bucketCounts: allocator.ranges(points),
      bucketCountValues: allocator.uint64(this.bucketCounts),
      explicitBounds: allocator.ranges(points),
      explicitBoundValues: allocator.double(this.explicitBounds),
      exemplars: allocator.ranges(points),
    };
  }
}

export class HistogramFill implements PointKindFill {
  readonly #histograms: HistogramPointColumns;
  readonly #points: PointFill;
  readonly #exemplars: ExemplarFill;
  readonly #counts: Uint32Array;
  readonly #sums: Uint32Array;
  readonly #mins: Uint32Array;
  readonly #maxes: Uint32Array;
  readonly #bucketCountWords: Uint32Array;
  readonly #explicitBoundWords: Uint32Array;
  #bucketCount = 0;
  #explicitBound = 0;

  constructor(
    histograms: HistogramPointColumns,
    attributes: AttributeColumns,
    exemplars: ExemplarColumns,
    first: FirstRows,
  ) {
    this.#histograms = histograms;
    this.#points = new PointFill(histograms, attributes, first.attribute);
    this.#exemplars = new ExemplarFill(exemplars, attributes, first.exemplars);
    this.#counts = wordsOf(histograms.countValue);
    this.#sums = wordsOf(histograms.sum);
    this.#mins = wordsOf(histograms.min);
    this.#maxes = wordsOf(histograms.max);
    this.#bucketCountWords = wordsOf(histograms.bucketCountValues);
    this.#explicitBoundWords = wordsOf(histograms.explicitBoundValues);
    histograms.exemplars[0] = this.#exemplars.next;
  }

  fill(reader: WireReader, end: number, metric: number): void {
    const points = this.#points;
    const histograms = this.#histograms;
    const row = points.startRow(metric);
    let present = 0;
    while (reader.position < end) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x11: // start_time_unix_nano = 2
          points.readStartTime(reader);
          break;
        case 0x19: // time_unix_nano = 3
          points.readTime(reader);
          break;
        case 0x21: // count = 4
          reader.readFixed64Into(this.#counts, row);
          break;
        case 0x29: // sum = 5
          reader.readFixed64Into(this.#sums, row);
          present |= HAS_SUM;
          break;
        case 0x32: // bucket_counts = 6
        case 0x31:
          this.#bucketCount = readFixed64s(
            reader,
            end,
            tag,
            this.#bucketCountWords,
            this.#bucketCount,
          );
          break;
        case 0x3a: // explicit_bounds = 7
        case 0x39:
          this.#explicitBound = readFixed64s(
            reader,
            end,
            tag,
            this.#explicitBoundWords,
            this.#explicitBound,
          );
          break;
        case 0x42: // exemplars = 8
          this.#exemplars.fill(reader, reader.readEnd(end));
          break;
        case 0x4a: // attributes = 9
          points.readAttributes(reader, end, tag);
          break;
        case 0x50: // flags = 10
          points.readFlags(reader);
          break;
        case 0x59: // min = 11
          reader.readFixed64Into(this.#mins, row);
          present |= HAS_MIN;
          break;
        case 0x61: // max = 12
          reader.readFixed64Into(this.#maxes, row);
          present |= HAS_MAX;
          break;
        default:
          reader.skip(tag, end);
      }
    }
    points.endRow();
    histograms.present[row] = present;
    histograms.bucketCounts[row + 1] = this.#bucketCount;
    histograms.explicitBounds[row + 1] = this.#explicitBound;
    histograms.exemplars[row + 1] = this.#exemplars.next;
  }
}
