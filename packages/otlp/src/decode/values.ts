// values.ts — KeyValue and AnyValue (opentelemetry/proto/common/v1/common.proto) into columns.
//
//   KeyValue { string key = 1; AnyValue value = 2 }
//   AnyValue { oneof: string 1, bool 2, int64 3, double 4, ArrayValue 5, KeyValueList 6, bytes 7 }
//
// Scalars become two words. Arrays and key-value lists stay encoded in the arena, but are walked once here, so
// that whoever reads them later may trust their bytes. A value that is sent twice keeps its last form.
// hot: see decode.bench.ts

import { AttributeType } from "../batch.ts";
import type { ArenaColumn, AttributeColumns, ValueColumn } from "../batch.ts";
import type { ColumnAllocator } from "./column-allocator.ts";
import { WireError } from "../wire/wire.ts";
import type { WireReader } from "../wire/wire.ts";

/** Levels of arrays and key-value lists inside one another. */
const NESTING_DEPTH_MAX = 100;

export function attributeColumns(allocator: ColumnAllocator, count: number): AttributeColumns {
  return { count, key: allocator.arena(count), ...allocator.values(count) };
}

/** Reads the string or bytes that starts here into `row` of `column`. */
export function readArena(reader: WireReader, end: number, column: ArenaColumn, row: number): void {
  const valueEnd = reader.readEnd(end);
  column.start[row] = reader.position;
  column.length[row] = valueEnd - reader.position;
  reader.position = valueEnd;
}

/**
 * Reads the KeyValue that starts here, after its `tag` of one byte, and all that follow it directly with the same
 * tag. Returns the row after the last one that was filled.
 */
export function readKeyValues(
  reader: WireReader,
  end: number,
  tag: number,
  attributes: AttributeColumns,
  firstRow: number,
): number {
  const { bytes } = reader;
  let { position } = reader;
  for (let row = firstRow; ; row++) {
    const valueEnd = readShortKeyValue(reader, position, end, attributes, row);
    if (valueEnd > 0) position = valueEnd;
    else {
      reader.position = position;
      readLongKeyValue(reader, reader.readEnd(end), attributes, row);
      position = reader.position;
    }
    if (position >= end || bytes[position] !== tag) {
      reader.position = position;
      return row + 1;
    }
    position++;
  }
}

/**
 * Reads a KeyValue of the form that all senders write: under 128 bytes, the key, then a scalar. Returns its end, or
 * 0 when it has another form.
 */
function readShortKeyValue(
  { bytes }: WireReader,
  position: number,
  parentEnd: number,
  attributes: AttributeColumns,
  row: number,
): number {
  const size = bytes[position] as number;
  const keySize = bytes[position + 2] as number;
  const end = position + 1 + size;
  const value = position + 3 + keySize;
  if (
    (size | keySize) >= 0x80 ||
    end > parentEnd ||
    bytes[position + 1] !== 0x0a ||
    bytes[value] !== 0x12 ||
    value + 2 + (bytes[value + 1] as number) !== end
  ) {
    return 0;
  }
  if (!readShortScalar(bytes, value + 2, end, attributes, row)) return 0;
  attributes.key.start[row] = position + 3;
  attributes.key.length[row] = keySize;
  return end;
}

/** Reads an AnyValue whose only field is a string, bool, int of at most 28 bits or double. Returns whether it was that. */
function readShortScalar(
  bytes: Uint8Array,
  start: number,
  end: number,
  values: ValueColumn,
  row: number,
): boolean {
  const first = bytes[start + 1] as number;
  switch (bytes[start]) {
    case 0x0a: // string_value = 1
      if (start + 2 + first !== end) return false;
      values.type[row] = AttributeType.string;
      values.low[row] = start + 2;
      values.high[row] = first;
      return true;
    case 0x10: // bool_value = 2
      if (start + 2 !== end || first > 1) return false;
      values.type[row] = AttributeType.bool;
      values.low[row] = first;
      return true;
    case 0x18: {
      // int_value = 3
      let low = 0;
      let at = start + 1;
      for (let shift = 0; at < end && shift < 28; shift += 7) {
        const byte = bytes[at++] as number;
        low |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      if (at !== end || (bytes[end - 1] as number) >= 0x80 || at === start + 1) return false;
      values.type[row] = AttributeType.int;
      values.low[row] = low;
      return true;
    }
    case 0x21: // double_value = 4
      if (start + 9 !== end) return false;
      values.type[row] = AttributeType.double;
      values.low[row] = wordAt(bytes, start + 1);
      values.high[row] = wordAt(bytes, start + 5);
      return true;
    default:
      return false;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function readLongKeyValue(
  reader: WireReader,
  end: number,
  attributes: AttributeColumns,
  row: number,
): void {
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag === 0x0a) readArena(reader, end, attributes.key, row);
    else if (tag === 0x12) readAnyValue(reader, end, attributes, row);
    else reader.skip(tag, end);
  }
  reader.finish(end);
}

/** Reads the AnyValue that starts here, with its length, into `row`. */
export function readAnyValue(
  reader: WireReader,
  parentEnd: number,
  values: ValueColumn,
  row: number,
): void {
  const end = reader.readEnd(parentEnd);
  while (reader.position < end) {
    const tag = reader.readTag();
    switch (tag) {
      case 0x0a: // string_value = 1
      case 0x3a: // bytes_value = 7
        readSlice(reader, end, tag, values, row);
        break;
      case 0x10: // bool_value = 2
        setValue(values, row, AttributeType.bool, reader.readBool() ? 1 : 0, 0);
        break;
      case 0x18: // int_value = 3
        reader.readVarint64();
        setValue(values, row, AttributeType.int, reader.low, reader.high);
        break;
      case 0x21: // double_value = 4
        reader.readFixed64();
        setValue(values, row, AttributeType.double, reader.low, reader.high);
        break;
      case 0x2a: // array_value = 5
      case 0x32: // kvlist_value = 6
        checkNested(reader, end, tag, 1);
        readSlice(reader, end, tag, values, row);
        break;
      default:
        reader.skip(tag, end);
    }
  }
  reader.finish(end);
}

function readSlice(
  reader: WireReader,
  end: number,
  tag: number,
  values: ValueColumn,
  row: number,
): void {
  const valueEnd = reader.readEnd(end);
  setValue(values, row, (tag >>> 3) as AttributeType, reader.position, valueEnd - reader.position);
  reader.position = valueEnd;
}

function setValue(
  values: ValueColumn,
  row: number,
  type: AttributeType,
  low: number,
  high: number,
): void {
  values.type[row] = type;
  values.low[row] = low;
  values.high[row] = high;
}

/** Walks the ArrayValue (tag 0x2a) or KeyValueList that starts here with all it contains, and goes back to its start. */
function checkNested(reader: WireReader, parentEnd: number, tag: number, depth: number): void {
  const start = reader.position;
  if (depth > NESTING_DEPTH_MAX) {
    throw new WireError(`the value is nested more than ${NESTING_DEPTH_MAX} levels deep`, start);
  }
  const end = reader.readEnd(parentEnd);
  while (reader.position < end) {
    const elementTag = reader.readTag();
    if (elementTag !== 0x0a) reader.skip(elementTag, end);
    else if (tag === 0x2a) checkAnyValue(reader, end, depth);
    else checkKeyValue(reader, end, depth);
  }
  reader.finish(end);
  reader.position = start;
}

function checkKeyValue(reader: WireReader, parentEnd: number, depth: number): void {
  const end = reader.readEnd(parentEnd);
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag === 0x12) checkAnyValue(reader, end, depth);
    else reader.skip(tag, end);
  }
  reader.finish(end);
}

function checkAnyValue(reader: WireReader, parentEnd: number, depth: number): void {
  const end = reader.readEnd(parentEnd);
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag === 0x2a || tag === 0x32) checkNested(reader, end, tag, depth + 1);
    reader.skip(tag, end);
  }
  reader.finish(end);
}
