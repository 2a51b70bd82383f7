// points.ts — what data points of all kinds have: attributes, times, flags, and repeated numbers.

import type { AttributeColumns, PointColumns } from "../../batch.ts";
import { wordsOf } from "../column-allocator.ts";
import type { ColumnAllocator } from "../column-allocator.ts";
import { readKeyValues } from "../values.ts";
import { WireError } from "../../wire/wire.ts";
import type { WireReader } from "../../wire/wire.ts";

export function pointColumns(allocator: ColumnAllocator, count: number): PointColumns {
  return {
    count,
    metric: allocator.uint32(count),
    attributes: allocator.ranges(count),
    startTimeUnixNano: allocator.uint64(count),
    timeUnixNano: allocator.uint64(count),
    flags: allocator.uint32(count),
  };
}

/** Fills the columns of PointColumns, row after row. */
export class PointFill {
  readonly #points: PointColumns;
  readonly #attributes: AttributeColumns;
  readonly #startTimes: Uint32Array;
  readonly #times: Uint32Array;
  #attribute: number;
  /** The row that is being filled. */
  row = -1;

  constructor(points: PointColumns, attributes: AttributeColumns, firstAttribute: number) {
    this.#points = points;
    this.#attributes = attributes;
    this.#startTimes = wordsOf(points.startTimeUnixNano);
    this.#times = wordsOf(points.timeUnixNano);
    this.#attribute = firstAttribute;
    points.attributes[0] = firstAttribute;
  }

  startRow(metric: number): number {
    this.row++;
    this.#points.metric[this.row] = metric;
    return this.row;
  }

  endRow(): void {
    this.#points.attributes[this.row + 1] = this.#attribute;
  }

  readAttributes(reader: WireReader, end: number, tag: number): void {
    this.#attribute = readKeyValues(reader, end, tag, this.#attributes, this.#attribute);
  }

  readStartTime(reader: WireReader): void {
    reader.readFixed64Into(this.#startTimes, this.row);
  }

  readTime(reader: WireReader): void {
    reader.readFixed64Into(this.#times, this.row);
  }

  readFlags(reader: WireReader): void {
    this.#points.flags[this.row] = reader.readVarint32();
  }
}

/** Counts and passes over a `repeated fixed64` or `repeated double` field, packed (wire type 2) or not (1). */
export function countFixed64(reader: WireReader, end: number, tag: number): number {
  if ((tag & 7) !== 2) {
    reader.skip(tag, end);
    return 1;
  }
  const valueEnd = reader.readEnd(end);
  const size = valueEnd - reader.position;
  if (size % 8 !== 0) {
    throw new WireError(`${size} bytes hold no list of 8-byte numbers`, reader.position);
  }
  reader.position = valueEnd;
  return size / 8;
}

/** Reads such a field into `words` from `row` on. Returns the row after the last. */
export function readFixed64s(
  reader: WireReader,
  end: number,
  tag: number,
  words: Uint32Array,
  row: number,
): number {
  if ((tag & 7) !== 2) {
    reader.readFixed64Into(words, row);
    return row + 1;
  }
  const valueEnd = reader.readEnd(end);
  const count = (valueEnd - reader.position) / 8;
  reader.copyWords(valueEnd, words, row * 2);
  reader.position = valueEnd;
  return row + count;
}

/** Counts and passes over a `repeated uint64` field, packed (wire type 2) or not (0). */
export function countVarints(reader: WireReader, end: number, tag: number): number {
  if ((tag & 7) !== 2) {
    reader.skip(tag, end);
    return 1;
  }
  const valueEnd = reader.readEnd(end);
  let count = 0;
  for (; reader.position < valueEnd; count++) reader.readVarint64();
  reader.finish(valueEnd);
  return count;
}

/** Reads such a field into `words` from `row` on. Returns the row after the last. */
export function readVarints(
  reader: WireReader,
  end: number,
  tag: number,
  words: Uint32Array,
  row: number,
): number {
  const valueEnd = (tag & 7) === 2 ? reader.readEnd(end) : reader.position + 1;
  let next = row;
  for (; reader.position < valueEnd; next++) {
    reader.readVarint64();
    words[next * 2] = reader.low;
    words[next * 2 + 1] = reader.high;
  }
  return next;
}
