// column-writers.ts — columns of ClickHouse's Native format while they grow, row by row.
//
//   String        per row: LEB128 length, bytes
//   numbers       per row: little-endian, 1, 4 or 8 bytes (DateTime64(9) is an Int64 of nanoseconds)
//   Array(T)      per row: UInt64 end of the row in the elements; then the elements as a column of T
//
// https://clickhouse.com/docs/en/interfaces/formats/Native
// hot: see native.bench.ts

import type { ArenaColumn } from "@telemetry/otlp";
import { giveBufferBack, takeBuffer } from "./buffer-pool.ts";
import { ByteWriter } from "./byte-writer.ts";

/** Texts, JSON and ids: everything that ClickHouse gets as String. */
export class StringColumn {
  readonly out = new ByteWriter();
  rowCount = 0;

  /** Opens a row whose text is then written into `out`; `endRow` takes what this returns. */
  beginRow(): number {
    const start = this.out.length;
    this.out.ensure(2);
    this.out.length += 2;
    return start;
  }

  /** Puts the length before the text. Two bytes were left for it: 128 to 16 383 need no move. */
  endRow(start: number): void {
    const { out } = this;
    const length = out.length - start - 2;
    this.rowCount++;
    if (length < 128) this.#close(start, length, 1);
    else if (length < 16_384) this.#close(start, length, 2);
    else this.#close(start, length, length < 2_097_152 ? 3 : length < 268_435_456 ? 4 : 5);
  }

  #close(start: number, length: number, prefixBytes: number): void {
    const { out } = this;
    if (prefixBytes !== 2) {
      out.ensure(prefixBytes);
      out.bytes.copyWithin(start + prefixBytes, start + 2, start + 2 + length);
    }
    out.length = start;
    out.writeVarint(length);
    out.length += length;
  }

  appendEmpty(times = 1): void {
    const { out } = this;
    this.rowCount += times;
    out.ensure(times);
    if (times === 1) out.bytes[out.length] = 0;
    else out.bytes.fill(0, out.length, out.length + times);
    out.length += times;
  }

  /** The text as `times` rows. Returns false where U+FFFD stands for what was not UTF-8. */
  appendText(source: Uint8Array, start: number, length: number, times = 1): boolean {
    const row = this.out.length;
    this.rowCount++;
    const isWhole = this.out.writeString(source, start, length);
    if (times > 1) this.repeatRow(row, times - 1);
    return isWhole;
  }

  /** The last row, which begins at `start`, again. */
  repeatRow(start: number, times: number): void {
    this.rowCount += times;
    this.out.repeatFrom(start, times);
  }

  /** Hex digits of an id, or '' when every byte is 0: the id is absent. */
  appendId(source: Uint8Array, start: number, end: number): void {
    if (isZero(source, start, end)) return this.appendEmpty();
    this.rowCount++;
    this.out.writeVarint((end - start) * 2);
    this.out.writeHex(source, start, end);
  }

  /** A row made before by another column; see {@link encodeRow}. */
  appendEncoded(encoded: Uint8Array, times = 1): void {
    const row = this.out.length;
    this.rowCount++;
    this.out.writeBytes(encoded);
    if (times > 1) this.repeatRow(row, times - 1);
  }

  appendArena(arena: Uint8Array, column: ArenaColumn, row: number): void {
    this.appendText(arena, column.start[row] as number, column.length[row] as number);
  }

  get sizeBytes(): number {
    return this.out.length;
  }

  take(): Uint8Array[] {
    return [this.out.take()];
  }

  release(): void {
    this.out.release();
  }
}

/** One row of a String column by itself, to be appended many times. */
export function encodeRow(write: (column: StringColumn) => void): Uint8Array {
  const column = new StringColumn();
  write(column);
  return column.out.take();
}

function isZero(source: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (source[index] !== 0) return false;
  return true;
}

/** One-byte numbers and Bool. */
export class ByteColumn {
  readonly out = new ByteWriter();

  append(value: number, times = 1): void {
    const { out } = this;
    out.ensure(times);
    if (times === 1) out.bytes[out.length] = value;
    else out.bytes.fill(value, out.length, out.length + times);
    out.length += times;
  }

  get rowCount(): number {
    return this.out.length;
  }

  get sizeBytes(): number {
    return this.out.length;
  }

  take(): Uint8Array[] {
    return [this.out.take()];
  }

  release(): void {
    this.out.release();
  }
}

const NO_WORDS = new Uint32Array(0);

/** Four-byte (`Wide` false) or eight-byte numbers as 32-bit words, low half first. */
export class WordColumn {
  readonly #wordsPerRow: 1 | 2;
  #words = new Uint32Array(new ArrayBuffer(1_024));
  #length = 0;

  constructor(wordsPerRow: 1 | 2) {
    this.#wordsPerRow = wordsPerRow;
  }

  /** The low word of a row; signed numbers as two's complement. */
  append(word: number): void {
    if (this.#length === this.#words.length) this.#grow(1);
    this.#words[this.#length++] = word;
  }

  append64(low: number, high: number, times = 1): void {
    if (this.#length + 2 * times > this.#words.length) this.#grow(2 * times);
    const words = this.#words;
    let at = this.#length;
    for (let time = 0; time < times; time++) {
      words[at++] = low;
      words[at++] = high;
    }
    this.#length = at;
  }

  /** Rows `[start, end)` of a batch column of the same width, as they are. */
  appendSlice(values: ArrayBufferView, start: number, end: number): void {
    if (start === end) return;
    const words = wordsOf(values);
    const width = this.#wordsPerRow;
    const count = (end - start) * width;
    if (this.#length + count > this.#words.length) this.#grow(count);
    this.#words.set(words.subarray(start * width, end * width), this.#length);
    this.#length += count;
  }

  #grow(words: number): void {
    const length = Math.max(this.#words.length * 2, this.#length + words);
    const grown = new Uint32Array(takeBuffer(length * 4));
    grown.set(this.#words.subarray(0, this.#length));
    giveBufferBack(this.#words.buffer);
    this.#words = grown;
  }

  release(): void {
    giveBufferBack(this.#words.buffer);
    this.#words = NO_WORDS;
    this.#length = 0;
  }

  get rowCount(): number {
    return this.#length / this.#wordsPerRow;
  }

  get sizeBytes(): number {
    return this.#length * 4;
  }

  take(): Uint8Array[] {
    return [new Uint8Array(this.#words.buffer, 0, this.sizeBytes)];
  }
}

/** A batch's 64-bit column as words; row r is words 2r (low) and 2r + 1 (high). */
export function wordsOf(values: ArrayBufferView): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4);
}

export type ElementColumn = StringColumn | ByteColumn | WordColumn;

/** Array(T): write a row's elements into `elements`, then end the row. */
export class ArrayColumn<Elements extends ElementColumn = ElementColumn> {
  readonly elements: Elements;
  readonly #ends = new WordColumn(2);

  constructor(elements: Elements) {
    this.elements = elements;
  }

  endRow(): void {
    this.#ends.append64(this.elements.rowCount, 0);
  }

  /** Rows without elements. */
  appendEmptyRows(count: number): void {
    this.#ends.append64(this.elements.rowCount, 0, count);
  }

  get rowCount(): number {
    return this.#ends.rowCount;
  }

  get sizeBytes(): number {
    return this.#ends.sizeBytes + this.elements.sizeBytes;
  }

  take(): Uint8Array[] {
    return [...this.#ends.take(), ...this.elements.take()];
  }

  release(): void {
    this.#ends.release();
    this.elements.release();
  }
}

export type ColumnWriter = ElementColumn | ArrayColumn;
