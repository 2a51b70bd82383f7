// values.ts — KeyValue and AnyValue (opentelemetry/proto/common/v1/common.proto) into columns.
//
// Scalars become two words. Arrays and key-value lists stay encoded in the arena, but are walked once here, so
// that whoever reads them later may trust their bytes. A value that is sent twice keeps its last form.
// hot: see decode.bench.ts

import { AttributeType } from "../batch.ts";
import type { ArenaColumn, AttributeColumns, ValueColumn } from "../batch.ts";
import type { ColumnAllocator } from "./column-allocator.ts";
import { WireError } from "./wire.ts";
import type { WireReader } from "./wire.ts";

/** Levels of arrays and key-value lists inside one another. Protobuf's own decoders stop at 100. */
const NESTING_DEPTH_MAX = 100;

export function attributeColumns(allocator: ColumnAllocator, count: number): AttributeColumns {
  return { count, key: allocator.arena(count), ...allocator.values(count) };
}

/** Reads the string or bytes that starts here into `column`. */
export function readArena(reader: WireReader, end: number, column: ArenaColumn, row: number): void {
  const valueEnd = reader.readEnd(end);
  column.start[row] = reader.position;
  column.length[row] = valueEnd - reader.position;
  reader.position = valueEnd;
}

/** Reads the KeyValue that starts here, with its length, into `row`. */
export function readKeyValue(
  reader: WireReader,
  parentEnd: number,
  attributes: AttributeColumns,
  row: number,
): void {
  const end = reader.readEnd(parentEnd);
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

/** Walks an ArrayValue or KeyValueList with all it contains, and goes back to its start. */
function checkNested(reader: WireReader, parentEnd: number, tag: number, depth: number): void {
  const start = reader.position;
  if (depth > NESTING_DEPTH_MAX) {
    throw new WireError(`values are nested more than ${NESTING_DEPTH_MAX} levels deep`, start);
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
