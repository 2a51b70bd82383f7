// attribute-text.ts — an attribute set as the text that its columns hold; the rules are at the head of
// tables/origin.ts.
// hot: see native.bench.ts

import { AttributeType } from "@telemetry/otlp";
import type { AttributeColumns } from "@telemetry/otlp";
import { Loss, writeJsonValue, writeOtlpValue } from "./any-value.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { StringColumn } from "./column-writers.ts";
import { writeJsonString } from "./json-text.ts";
import { writeOtlpString } from "./otlp-string.ts";

/** Where the attributes of a batch are. */
export interface AttributeSource {
  readonly arena: Uint8Array;
  readonly attributes: AttributeColumns;
}

/** Appends the set `[start, end)` to its JSON column, and to the exact column what JSON cannot hold. */
export function appendAttributes(
  json: StringColumn,
  exact: StringColumn,
  source: AttributeSource,
  start: number,
  end: number,
): void {
  const row = json.beginRow();
  const lost = writeJsonSet(json.out, source, start, end, false);
  json.endRow(row);
  if (lost === Loss.none) exact.appendEmpty();
  else appendOtlpSet(exact, source, start, end);
}

/** Appends the set as a text attribute: `{…}` by key, or `[…]` OTLP JSON where that would lose something. */
export function appendTextAttributes(
  column: StringColumn,
  source: AttributeSource,
  start: number,
  end: number,
): void {
  const row = column.beginRow();
  const { out } = column;
  const textStart = out.length;
  if ((writeJsonSet(out, source, start, end, true) & Loss.inText) !== 0) {
    out.length = textStart;
    writeOtlpSet(out, source, start, end);
  }
  column.endRow(row);
}

function appendOtlpSet(
  column: StringColumn,
  source: AttributeSource,
  start: number,
  end: number,
): void {
  const row = column.beginRow();
  writeOtlpSet(column.out, source, start, end);
  column.endRow(row);
}

/** Writes `{"key":value,…}` and returns what was lost. A JSON column gets no null: it would be a path without a value. */
function writeJsonSet(
  out: ByteWriter,
  source: AttributeSource,
  start: number,
  end: number,
  keepNull: boolean,
): number {
  const { arena, attributes } = source;
  const { key, type, low, high } = attributes;
  let lost = findKeyConflict(source, start, end);
  let isFirst = true;
  out.writeByte(0x7b);
  for (let row = start; row < end; row++) {
    const valueType = type[row] as number;
    if (valueType === AttributeType.empty && !keepNull) {
      lost |= Loss.inColumn;
      continue;
    }
    if (!isFirst) out.writeByte(0x2c);
    isFirst = false;
    if (!writeJsonString(out, arena, key.start[row] as number, key.length[row] as number)) {
      lost |= Loss.inText;
    }
    out.writeByte(0x3a);
    lost |= writeJsonValue(out, arena, valueType, low[row] as number, high[row] as number);
  }
  out.writeByte(0x7d);
  return lost;
}

function writeOtlpSet(out: ByteWriter, source: AttributeSource, start: number, end: number): void {
  const { arena, attributes } = source;
  const { key, type, low, high } = attributes;
  out.writeByte(0x5b);
  for (let row = start; row < end; row++) {
    if (row > start) out.writeByte(0x2c);
    out.writeAscii('{"key":');
    writeOtlpString(out, arena, key.start[row] as number, key.length[row] as number);
    out.writeAscii(',"value":');
    const [rowLow, rowHigh] = [low[row] as number, high[row] as number];
    writeOtlpValue(out, arena, type[row] as number, rowLow, rowHigh);
    out.writeByte(0x7d);
  }
  out.writeByte(0x5d);
}

/** Sets larger than this are compared by a Map: pairs would cost more than 10 µs. */
const PAIRS_MAX = 128;

/** Looks for a key twice (lost in text), or continued by another after a dot (lost in a column). */
function findKeyConflict(source: AttributeSource, start: number, end: number): number {
  if (end - start > PAIRS_MAX) return findKeyConflictInMany(source, start, end);
  const { arena } = source;
  const { key } = source.attributes;
  let lost: number = Loss.none;
  for (let left = start; left < end; left++) {
    const leftStart = key.start[left] as number;
    const leftLength = key.length[left] as number;
    for (let right = left + 1; right < end; right++) {
      const rightStart = key.start[right] as number;
      const rightLength = key.length[right] as number;
      if (leftLength === rightLength) {
        if (startsWith(arena, leftStart, rightStart, leftLength)) lost |= Loss.inText;
      } else if (leftLength < rightLength) {
        if (arena[rightStart + leftLength] !== 0x2e) continue;
        if (startsWith(arena, leftStart, rightStart, leftLength)) lost |= Loss.inColumn;
      } else if (arena[leftStart + rightLength] === 0x2e) {
        if (startsWith(arena, leftStart, rightStart, rightLength)) lost |= Loss.inColumn;
      }
    }
  }
  return lost;
}

/** Compares from the end: keys of one set often begin alike. */
function startsWith(arena: Uint8Array, left: number, right: number, length: number): boolean {
  for (let index = length - 1; index >= 0; index--) {
    if (arena[left + index] !== arena[right + index]) return false;
  }
  return true;
}

function findKeyConflictInMany(source: AttributeSource, start: number, end: number): number {
  const { arena, attributes } = source;
  const keys = new Set<string>();
  let lost: number = Loss.none;
  for (let row = start; row < end; row++) {
    const at = arena.byteOffset + (attributes.key.start[row] as number);
    const key = Buffer.from(arena.buffer, at, attributes.key.length[row]).toString("latin1");
    if (keys.has(key)) lost |= Loss.inText;
    keys.add(key);
  }
  for (const key of keys) {
    for (let dot = key.indexOf("."); dot >= 0; dot = key.indexOf(".", dot + 1)) {
      if (keys.has(key.slice(0, dot))) lost |= Loss.inColumn;
    }
  }
  return lost;
}
