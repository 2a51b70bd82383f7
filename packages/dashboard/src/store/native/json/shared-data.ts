// shared-data.ts — the values of a JSON column whose paths have no column of their own.
//
//   per row: UInt64 end of its entries; the entries' paths as String; their values as String, each the type
//   in ClickHouse's binary encoding, then the value. The entries of a row are sorted by path.

import { StringColumn, WordColumn } from "../column-writers.ts";
import type { PlainValue } from "./values.ts";
import { ARRAY, KIND_CODES, writePlain } from "./values.ts";

/** A value under a path; an array has its elements as `values`. */
export interface SharedEntry {
  readonly path: Uint8Array;
  readonly isArray: boolean;
  readonly values: readonly PlainValue[];
}

export class SharedData {
  readonly #ends = new WordColumn(2);
  readonly #paths = new StringColumn();
  readonly #values = new StringColumn();

  /** The entries of one row, sorted by path. Returns false where U+FFFD stands for what was not UTF-8. */
  append(row: number, entries: readonly SharedEntry[]): boolean {
    this.#skipTo(row);
    let isWhole = true;
    for (const { path, isArray, values } of entries) {
      this.#paths.appendText(path, 0, path.length);
      const start = this.#values.beginRow();
      isWhole = this.#writeValue(isArray, values) && isWhole;
      this.#values.endRow(start);
    }
    this.#ends.append64(this.#paths.rowCount, 0);
    return isWhole;
  }

  get sizeBytes(): number {
    return this.#ends.sizeBytes + this.#paths.sizeBytes + this.#values.sizeBytes;
  }

  take(rowCount: number): Uint8Array[] {
    this.#skipTo(rowCount);
    return [...this.#ends.take(), ...this.#paths.take(), ...this.#values.take()];
  }

  release(): void {
    for (const column of [this.#ends, this.#paths, this.#values]) column.release();
  }

  #writeValue(isArray: boolean, values: readonly PlainValue[]): boolean {
    const { out } = this.#values;
    const [first] = values as readonly [PlainValue];
    for (const code of KIND_CODES[first.kind + (isArray ? ARRAY : 0)] ?? []) out.writeByte(code);
    if (!isArray) return writePlain(out, first);
    out.writeVarint(values.length);
    let isWhole = true;
    for (const value of values) {
      out.writeByte(0); // not null
      isWhole = writePlain(out, value) && isWhole;
    }
    return isWhole;
  }

  /** Rows up to `row` have no entries. */
  #skipTo(row: number): void {
    const missing = row - this.#ends.rowCount;
    if (missing > 0) this.#ends.append64(this.#paths.rowCount, 0, missing);
  }
}
