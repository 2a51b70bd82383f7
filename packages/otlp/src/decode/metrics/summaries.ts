// summaries.ts — SummaryDataPoint: quantiles that the sender computed.

import type { AttributeColumns, SummaryPointColumns } from "../../batch.ts";
import { wordsOf } from "../column-allocator.ts";
import type { ColumnAllocator } from "../column-allocator.ts";
import type { WireReader } from "../../wire/wire.ts";
import { pointColumns, PointFill } from "./points.ts";
import type { PointKindFill, PointKindMeasure } from "./point-kind.ts";

/** quantile_values, attributes */
const MEASURED = (1 << 6) | (1 << 7);

export class SummaryMeasure implements PointKindMeasure {
  points = 0;
  attributes = 0;
  quantiles = 0;

  measure(reader: WireReader, end: number): void {
    this.points++;
    for (let tag; (tag = reader.readTagOf(MEASURED, end)) !== 0;) {
      if (tag === 0x32) this.#measureQuantile(reader, reader.readEnd(end));
      else if (tag === 0x3a) this.attributes += reader.skipRun(tag, end);
      else reader.skip(tag, end);
    }
  }

  #measureQuantile(reader: WireReader, end: number): void {
    this.quantiles++;
    reader.readTagOf(0, end);
  }

  columns(allocator: ColumnAllocator): SummaryPointColumns {
    const { points } = this;
    return {
      ...pointColumns(allocator, points),
      countValue: allocator.uint64(points),
      sum: allocator.double(points),
      quantiles: allocator.ranges(points),
      quantileProbabilities: allocator.double(this.quantiles),
      quantileValues: allocator.double(this.quantiles),
    };
  }
}

export class SummaryFill implements PointKindFill {
  readonly #summaries: SummaryPointColumns;
  readonly #points: PointFill;
  readonly #counts: Uint32Array;
  readonly #sums: Uint32Array;
  readonly #probabilities: Uint32Array;
  readonly #values: Uint32Array;
  #quantile = 0;

  constructor(
    summaries: SummaryPointColumns,
    attributes: AttributeColumns,
    firstAttribute: number,
  ) {
    this.#summaries = summaries;
    this.#points = new PointFill(summaries, attributes, firstAttribute);
    this.#counts = wordsOf(summaries.countValue);
    this.#sums = wordsOf(summaries.sum);
    this.#probabilities = wordsOf(summaries.quantileProbabilities);
    this.#values = wordsOf(summaries.quantileValues);
  }

  fill(reader: WireReader, end: number, metric: number): void {
    const points = this.#points;
    const row = points.startRow(metric);
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
          break;
        case 0x32: // quantile_values = 6
          this.#fillQuantile(reader, reader.readEnd(end));
          break;
        case 0x3a: // attributes = 7
          points.readAttributes(reader, end, tag);
          break;
        case 0x40: // flags = 8
          points.readFlags(reader);
          break;
        default:
          reader.skip(tag, end);
      }
    }
    points.endRow();
    this.#summaries.quantiles[row + 1] = this.#quantile;
  }

  #fillQuantile(reader: WireReader, end: number): void {
    const row = this.#quantile++;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x09) reader.readFixed64Into(this.#probabilities, row);
      else if (tag === 0x11) reader.readFixed64Into(this.#values, row);
      else reader.skip(tag, end);
    }
  }
}
