// read.ts — from the columns of a Batch back to JavaScript values, one at a time.
//
// Nothing here is cached: who reads the same string a thousand times keeps it.

import type { ArenaColumn, AttributeColumns, Batch, ValueColumn } from "../batch.ts";
import { anyValues, valueOf } from "./nested.ts";
import type { AnyValue, ValueMaker } from "./nested.ts";
import { decodeText, encodeHex } from "../wire/wire.ts";

export type { AnyValue, ValueMaker };
export { decodeText, encodeHex };

/** What every reader needs of a batch. */
type Arena = Pick<Batch, "arena">;
type WithAttributes = Pick<Batch, "arena" | "attributes">;

/** The string of a row. Bytes that are no UTF-8 read as U+FFFD. */
export function readString({ arena }: Arena, column: ArenaColumn, row: number): string {
  return decodeText(arena, column.start[row] as number, column.length[row] as number);
}

/** The value of a row: of a log body, or of an attribute with `batch.attributes` as the column. */
export function readValue(batch: Arena, column: ValueColumn, row: number): AnyValue {
  return readValueAs(batch, column, row, anyValues);
}

/** The value of a row, in a form of the caller's. */
export function readValueAs<Value>(
  { arena }: Arena,
  column: ValueColumn,
  row: number,
  make: ValueMaker<Value>,
): Value {
  return valueOf(
    arena,
    column.type[row] as number,
    column.low[row] as number,
    column.high[row] as number,
    make,
  );
}

/** Attribute rows `[start, end)` as an object. Of a key sent twice the last value is kept. */
export function readAttributes(
  batch: WithAttributes,
  start: number,
  end: number,
): Record<string, AnyValue> {
  return Object.fromEntries(readAttributeEntries(batch, start, end));
}

/** Attribute rows `[start, end)` as they were sent, in order, with keys that occur twice. */
export function readAttributeEntries(
  batch: WithAttributes,
  start: number,
  end: number,
): [key: string, value: AnyValue][] {
  const { attributes } = batch;
  const entries: [string, AnyValue][] = [];
  for (let row = start; row < end; row++) {
    entries.push([readString(batch, attributes.key, row), readValue(batch, attributes, row)]);
  }
  return entries;
}

/** The first row of `[start, end)` whose key is `key` (its UTF-8 bytes), or -1. */
export function findAttribute(
  { arena, attributes }: WithAttributes,
  start: number,
  end: number,
  key: Uint8Array,
): number {
  for (let row = start; row < end; row++) {
    if (isKey(arena, attributes, row, key)) return row;
  }
  return -1;
}

function isKey(
  arena: Uint8Array,
  { key: column }: AttributeColumns,
  row: number,
  key: Uint8Array,
): boolean {
  if (column.length[row] !== key.length) return false;
  const start = column.start[row] as number;
  for (let at = 0; at < key.length; at++) if (arena[start + at] !== key[at]) return false;
  return true;
}

/** A trace id column's row as 32 hex digits. */
export function readTraceId(column: Uint8Array, row: number): string {
  return encodeHex(column, row * 16, 16);
}

/** A span id column's row as 16 hex digits. */
export function readSpanId(column: Uint8Array, row: number): string {
  return encodeHex(column, row * 8, 8);
}

/** Whether the id of a row is absent: all zero. */
export function isZeroId(column: Uint8Array, row: number, sizeBytes: 8 | 16): boolean {
  for (let at = row * sizeBytes; at < (row + 1) * sizeBytes; at++) {
    if (column[at] !== 0) return false;
  }
  return true;
}
