// exponentials.ts — ExponentialHistogramDataPoint: buckets whose bounds are powers of 2^(2^-scale).

import type { AttributeColumns, ExemplarColumns, ExponentialPointColumns } from "../../batch.ts";
import { wordsOf } from "../column-allocator.ts";
import type { ColumnAllocator } from "../column-allocator.ts";
import type { Findings } from "../findings.ts";
import type { WireReader } from "../../wire/wire.ts";
import { ExemplarFill, ExemplarMeasure } from "./exemplars.ts";
import { HAS_MAX, HAS_MIN, HAS_SUM } from "./histograms.ts";
import { countVarints, pointColumns, PointFill, readVarints } from "./points.ts";
import type { FirstRows, PointKindFill, PointKindMeasure } from "./point-kind.ts";

/** attributes, positive, negative, exemplars */
const MEASURED = (1 << 1) | (1 << 8) | (1 << 9) | (1 << 11);
/** Buckets.bucket_counts */
const BUCKETS_MEASURED = 1 << 2;

export class ExponentialMeasure implements PointKindMeasure {
  points = 0;
  attributes = 0;
  positive = 0;
  negative = 0;
  readonly exemplars: ExemplarMeasure;

  constructor(findings: Findings) {
    this.exemplars = new ExemplarMeasure(findings);
  }

  measure(reader: WireReader, end: number): void {
    this.points++;
    for (let tag; (tag = reader.readTagOf(MEASURED, end)) !== 0;) {
      switch (tag) {
        case 0x0a: // attributes = 1
          this.attributes += reader.skipRun(tag, end);
          break;
        case 0x42: // positive = 8
          this.positive += countBuckets(reader, reader.readEnd(end));
          break;
        case 0x4a: // negative = 9
          this.negative += countBuckets(reader, reader.readEnd(end));
          break;
        case 0x5a: // exemplars = 11
          this.exemplars.measure(reader, reader.readEnd(end));
          break;
        default:
          reader.skip(tag, end);
      }
    }
  }

  columns(allocator: ColumnAllocator): ExponentialPointColumns {
    const { points } = this;
    return {
      ...pointColumns(allocator, points),
      countValue: allocator.uint64(points),
      present: allocator.uint8(points),
      sum: allocator.double(points),
      min: allocator.double(points),
      max: allocator.double(points),
      scale: allocator.int32(points),
      zeroCount: allocator.uint64(points),
      zeroThreshold: allocator.double(points),
      positiveOffset: allocator.int32(points),
      positive: allocator.ranges(points),
      positiveValues: allocator.uint64(this.positive),
      negativeOffset: allocator.int32(points),
      negative: allocator.ranges(points),
      negativeValues: allocator.uint64(this.negative),
      exemplars: allocator.ranges(points),
    };
  }
}

function countBuckets(reader: WireReader, end: number): number {
  let count = 0;
  for (let tag; (tag = reader.readTagOf(BUCKETS_MEASURED, end)) !== 0;) {
    if (tag === 0x12 || tag === 0x10) count += countVarints(reader, end, tag);
    else reader.skip(tag, end);
  }
  return count;
}

/** The buckets on one side of zero. */
class BucketsFill {
  readonly #offsets: Int32Array;
  readonly #ranges: Uint32Array;
  readonly #words: Uint32Array;
  #next = 0;

  constructor(offsets: Int32Array, ranges: Uint32Array, values: BigUint64Array) {
    this.#offsets = offsets;
    this.#ranges = ranges;
    this.#words = wordsOf(values);
  }

  fill(reader: WireReader, end: number, row: number): void {
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x08) this.#offsets[row] = reader.readZigzag32();
      else if (tag === 0x12 || tag === 0x10) {
        this.#next = readVarints(reader, end, tag, this.#words, this.#next);
      } else reader.skip(tag, end);
    }
  }

  endRow(row: number): void {
    this.#ranges[row + 1] = this.#next;
  }
}

export class ExponentialFill implements PointKindFill {
  readonly #exponentials: ExponentialPointColumns;
  readonly #points: PointFill;
  readonly #exemplars: ExemplarFill;
  readonly #positive: BucketsFill;
  readonly #negative: BucketsFill;
  readonly #counts: Uint32Array;
  readonly #sums: Uint32Array;
  readonly #mins: Uint32Array;
  readonly #maxes: Uint32Array;
  readonly #zeroCounts: Uint32Array;
  readonly #zeroThresholds: Uint32Array;

  constructor(
    columns: ExponentialPointColumns,
    attributes: AttributeColumns,
    exemplars: ExemplarColumns,
    first: FirstRows,
  ) {
    this.#exponentials = columns;
    this.#points = new PointFill(columns, attributes, first.attribute);
    this.#exemplars = new ExemplarFill(exemplars, attributes, first.exemplars);
    this.#positive = new BucketsFill(
      columns.positiveOffset,
      columns.positive,
      columns.positiveValues,
    );
    this.#negative = new BucketsFill(
      columns.negativeOffset,
      columns.negative,
      columns.negativeValues,
    );
    this.#counts = wordsOf(columns.countValue);
    this.#sums = wordsOf(columns.sum);
    this.#mins = wordsOf(columns.min);
    this.#maxes = wordsOf(columns.max);
    this.#zeroCounts = wordsOf(columns.zeroCount);
    this.#zeroThresholds = wordsOf(columns.zeroThreshold);
    columns.exemplars[0] = this.#exemplars.next;
  }

  fill(reader: WireReader, end: number, metric: number): void {
    const points = this.#points;
    const row = points.startRow(metric);
    let present = 0;
    while (reader.position < end) {
      const tag = reader.readTag();
      switch (tag) {
        case 0x0a: // attributes = 1
          points.readAttributes(reader, end, tag);
          break;
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
        case 0x30: // scale = 6
          this.#exponentials.scale[row] = reader.readZigzag32();
          break;
        case 0x39: // zero_count = 7
          reader.readFixed64Into(this.#zeroCounts, row);
          break;
        case 0x42: // positive = 8
          this.#positive.fill(reader, reader.readEnd(end), row);
          break;
        case 0x4a: // negative = 9
          this.#negative.fill(reader, reader.readEnd(end), row);
          break;
        case 0x50: // flags = 10
          points.readFlags(reader);
          break;
        case 0x5a: // exemplars = 11
          this.#exemplars.fill(reader, reader.readEnd(end));
          break;
        case 0x61: // min = 12
          reader.readFixed64Into(this.#mins, row);
          present |= HAS_MIN;
          break;
        case 0x69: // max = 13
          reader.readFixed64Into(this.#maxes, row);
          present |= HAS_MAX;
          break;
        case 0x71: // zero_threshold = 14
          reader.readFixed64Into(this.#zeroThresholds, row);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    points.endRow();
    this.#positive.endRow(row);
    this.#negative.endRow(row);
    this.#exponentials.present[row] = present;
    this.#exponentials.exemplars[row + 1] = this.#exemplars.next;
  }
}
