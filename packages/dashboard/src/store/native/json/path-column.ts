// path-column.ts — the values of one path of a JSON column: a Dynamic, in ClickHouse's words.
//
//   per row: the place of its type among the types in use, 255 for no value; then, type by type, the values
//
// Types are in the order of their names, "SharedVariant" among them, which is always empty here. Rows
// without a value are written when the next value or the end comes.
// hot: see native.bench.ts

import { ByteWriter } from "../byte-writer.ts";
import type { Kind, PlainColumn, PlainValue } from "./values.ts";
import {
  ARRAY,
  ArrayColumnOfKind,
  KIND_COUNT,
  KIND_NAMES,
  appendPlain,
  openPlainColumn,
} from "./values.ts";

const NONE = 255;
const SHARED_VARIANT = KIND_COUNT;

/** Types in the order of their names. */
const ORDER = [...KIND_NAMES, "SharedVariant"]
  .map((name, kind) => ({ name, kind }))
  .sort((left, right) => (left.name < right.name ? -1 : 1))
  .map(({ kind }) => kind);

export class PathColumn {
  readonly name: Uint8Array;
  /** Paths that continue this one after a dot, or that this one continues. */
  relatives: readonly PathColumn[] = [];
  readonly #kinds = new ByteWriter();
  readonly #plain: (PlainColumn | undefined)[] = [];
  readonly #arrays: (ArrayColumnOfKind | undefined)[] = [];

  constructor(name: Uint8Array) {
    this.name = name;
  }

  /** Rows up to the last one that has a value. */
  get rowCount(): number {
    return this.#kinds.length;
  }

  /** Whether a relative has a value in a row that is the last one so far. */
  hasRelativeIn(row: number): boolean {
    for (const relative of this.relatives) if (relative.rowCount > row) return true;
    return false;
  }

  isNamed(bytes: Uint8Array, start: number, length: number): boolean {
    const { name } = this;
    if (name.length !== length) return false;
    // From the end: keys of one set often begin alike.
    for (let at = length - 1; at >= 0; at--) if (name[at] !== bytes[start + at]) return false;
    return true;
  }

  /**
   * The value of rows `[row, row + times)`, as in {@link PlainValue}, of which none is made per attribute. Returns false
   * where U+FFFD stands for what was not UTF-8.
   */
  append(
    row: number,
    times: number,
    kind: Kind,
    arena: Uint8Array,
    low: number,
    high: number,
  ): boolean {
    this.#mark(row, times, kind);
    const column = (this.#plain[kind] ??= openPlainColumn(kind));
    return appendPlain(column, arena, low, high, times);
  }

  /** An array of one type, at least one element, as the value of rows `[row, row + times)`. Returns as `append`. */
  appendArray(row: number, times: number, values: readonly PlainValue[]): boolean {
    const { kind } = values[0] as PlainValue;
    this.#mark(row, times, kind + ARRAY);
    const column = (this.#arrays[kind] ??= new ArrayColumnOfKind(kind));
    let isWhole = true;
    for (let time = 0; time < times; time++) isWhole = column.append(values) && isWhole;
    return isWhole;
  }

  get sizeBytes(): number {
    let sizeBytes = this.#kinds.length;
    for (const column of this.#plain) sizeBytes += column?.sizeBytes ?? 0;
    for (const column of this.#arrays) sizeBytes += column?.sizeBytes ?? 0;
    return sizeBytes;
  }

  /** Names of the types in use, in their order. */
  get typeNames(): string[] {
    return this.#order().flatMap((kind) => KIND_NAMES[kind] ?? []);
  }

  /** The data of `rowCount` rows. */
  take(rowCount: number): Uint8Array[] {
    this.#skipTo(rowCount);
    const order = this.#order();
    const places = new Uint8Array(256).fill(NONE);
    for (const [place, kind] of order.entries()) places[kind] = place;
    const discriminators = this.#kinds.take();
    for (let row = 0; row < rowCount; row++) {
      discriminators[row] = places[discriminators[row] as number] as number;
    }
    return [discriminators, ...order.flatMap((kind) => this.#columnOf(kind)?.take() ?? [])];
  }

  release(): void {
    this.#kinds.release();
    for (const column of [...this.#plain, ...this.#arrays]) column?.release();
  }

  #order(): number[] {
    return ORDER.filter((kind) => kind === SHARED_VARIANT || this.#columnOf(kind) !== undefined);
  }

  #columnOf(kind: number): PlainColumn | ArrayColumnOfKind | undefined {
    return kind < ARRAY ? this.#plain[kind] : this.#arrays[kind - ARRAY];
  }

  #mark(row: number, times: number, kind: number): void {
    this.#skipTo(row);
    const out = this.#kinds;
    out.ensure(times);
    if (times === 1) out.bytes[row] = kind;
    else out.bytes.fill(kind, row, row + times);
    out.length = row + times;
  }

  #skipTo(row: number): void {
    const out = this.#kinds;
    if (row <= out.length) return;
    out.ensure(row - out.length);
    out.bytes.fill(NONE, out.length, row);
    out.length = row;
  }
}
