// values.ts — the types of values in a JSON column, and each type's values as a column.
//
// ClickHouse's type follows from the OTLP type alone, and is the one that its own parser chooses for the
// text of the value. An array has elements of one of the four plain types.
// hot: see native.bench.ts

import type { ByteWriter } from "../byte-writer.ts";
import { ByteColumn, StringColumn, WordColumn } from "../column-writers.ts";

/** Plain types. The type of an array is that of its elements plus {@link ARRAY}. */
export const Kind = { string: 0, bool: 1, int: 2, double: 3 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
export const ARRAY = 4;
export const KIND_COUNT = 8;

const PLAIN_NAMES = ["String", "Bool", "Int64", "Float64"];

/** ClickHouse's names of the types. */
export const KIND_NAMES: readonly string[] = [
  ...PLAIN_NAMES,
  ...PLAIN_NAMES.map((name) => `Array(Nullable(${name}))`),
];

const ARRAY_CODE = 0x1e;
const NULLABLE_CODE = 0x23;
const PLAIN_CODES = [0x15, 0x2d, 0x0a, 0x0e];

/** The types in ClickHouse's binary encoding: https://clickhouse.com/docs/sql-reference/data-types/data-types-binary-encoding */
export const KIND_CODES: readonly (readonly number[])[] = [
  ...PLAIN_CODES.map((code) => [code]),
  ...PLAIN_CODES.map((code) => [ARRAY_CODE, NULLABLE_CODE, code]),
];

/** Values of one plain type. */
export type PlainColumn = StringColumn | ByteColumn | WordColumn;

export function openPlainColumn(kind: Kind): PlainColumn {
  if (kind === Kind.string) return new StringColumn();
  return kind === Kind.bool ? new ByteColumn() : new WordColumn(2);
}

/** A plain value: a place in the arena, or two words. Both as AttributeColumns has them. */
export interface PlainValue {
  readonly kind: Kind;
  readonly arena: Uint8Array;
  readonly low: number;
  readonly high: number;
}

/** A value as in {@link PlainValue}. Returns false where U+FFFD stands for what was not UTF-8. */
export function appendPlain(
  column: PlainColumn,
  arena: Uint8Array,
  low: number,
  high: number,
  times: number,
): boolean {
  if (column instanceof StringColumn) return column.appendText(arena, low, high, times);
  if (column instanceof ByteColumn) column.append(low === 0 ? 0 : 1, times);
  else column.append64(low, high, times);
  return true;
}

/** One value as shared data has it, without its type. Returns as {@link appendPlain}. */
export function writePlain(out: ByteWriter, { kind, arena, low, high }: PlainValue): boolean {
  if (kind === Kind.string) return out.writeString(arena, low, high);
  if (kind === Kind.bool) out.writeByte(low === 0 ? 0 : 1);
  else {
    out.writeWord(low);
    out.writeWord(high);
  }
  return true;
}

/** Array(Nullable(T)) without a null: ends, a zero byte per element, the elements. */
export class ArrayColumnOfKind {
  readonly elements: PlainColumn;
  readonly #ends = new WordColumn(2);

  constructor(kind: Kind) {
    this.elements = openPlainColumn(kind);
  }

  /** Returns as {@link appendPlain}. */
  append(values: readonly PlainValue[]): boolean {
    let isWhole = true;
    for (const { arena, low, high } of values) {
      isWhole = appendPlain(this.elements, arena, low, high, 1) && isWhole;
    }
    this.#ends.append64(this.elements.rowCount, 0);
    return isWhole;
  }

  get sizeBytes(): number {
    return this.#ends.sizeBytes + this.elements.rowCount + this.elements.sizeBytes;
  }

  take(): Uint8Array[] {
    const nulls = new Uint8Array(this.elements.rowCount);
    return [...this.#ends.take(), nulls, ...this.elements.take()];
  }

  release(): void {
    this.#ends.release();
    this.elements.release();
  }
}
