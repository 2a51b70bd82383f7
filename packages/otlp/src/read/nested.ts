// nested.ts — an encoded ArrayValue or KeyValueList of the arena as JavaScript values.
//
// The decoder has walked these bytes, so their structure and depth are right.

import { AttributeType } from "../batch.ts";
import { WireReader } from "../wire/wire.ts";
import { decodeText } from "../wire/wire.ts";

/**
 * An AnyValue in JavaScript. An int is a number where that is exact and a bigint beyond; the difference between int
 * and double is in the columns. A key-value list is an object; of a key sent twice the last value is kept.
 */
export type AnyValue =
  | null
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | readonly AnyValue[]
  | { readonly [key: string]: AnyValue };

/** How values are made, for readers that want other forms than AnyValue (JSON with exact numbers, for instance). */
export interface ValueMaker<Value> {
  none(): Value;
  string(text: string): Value;
  bool(value: boolean): Value;
  /** A number where that is exact, a bigint beyond. */
  int(value: number | bigint): Value;
  double(value: number): Value;
  /** The bytes are a copy. */
  bytes(bytes: Uint8Array): Value;
  array(values: Value[]): Value;
  /** In the order sent; keys may occur twice. */
  kvlist(entries: [key: string, value: Value][]): Value;
}

export const anyValues: ValueMaker<AnyValue> = {
  none: () => null,
  string: (text) => text,
  bool: (value) => value,
  int: (value) => value,
  double: (value) => value,
  bytes: (bytes) => bytes,
  array: (values) => values,
  kvlist: (entries) => Object.fromEntries(entries),
};

/** The value that `type` and its two words stand for, as AttributeColumns describes them. */
export function valueOf<Value>(
  arena: Uint8Array,
  type: number,
  low: number,
  high: number,
  make: ValueMaker<Value>,
): Value {
  switch (type) {
    case AttributeType.string:
      return make.string(decodeText(arena, low, high));
    case AttributeType.bool:
      return make.bool(low !== 0);
    case AttributeType.int:
      return make.int(intOf(low, high));
    case AttributeType.double:
      return make.double(doubleOf(low, high));
    case AttributeType.array:
      return make.array(readArray(arena, low, high, make));
    case AttributeType.kvlist:
      return make.kvlist(readEntries(arena, low, high, make));
    case AttributeType.bytes:
      return make.bytes(arena.slice(low, low + high));
    default:
      return make.none();
  }
}

/** A 64-bit two's complement integer. */
export function intOf(low: number, high: number): number | bigint {
  const value = (high | 0) * 0x1_0000_0000 + (low >>> 0);
  return Number.isSafeInteger(value)
    ? value
    : BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}

const words = new Uint32Array(2);
const doubles = new Float64Array(words.buffer);

/** The double of these IEEE 754 halves. */
export function doubleOf(low: number, high: number): number {
  words[0] = low;
  words[1] = high;
  return doubles[0] as number;
}

function readArray<Value>(
  arena: Uint8Array,
  start: number,
  length: number,
  make: ValueMaker<Value>,
): Value[] {
  const values: Value[] = [];
  const reader = new WireReader(arena, start);
  for (const end = start + length; reader.position < end;) {
    const tag = reader.readTag();
    if (tag === 0x0a) values.push(readAnyValue(reader, reader.readEnd(end), make));
    else reader.skip(tag, end);
  }
  return values;
}

function readEntries<Value>(
  arena: Uint8Array,
  start: number,
  length: number,
  make: ValueMaker<Value>,
): [string, Value][] {
  const entries: [string, Value][] = [];
  const reader = new WireReader(arena, start);
  for (const end = start + length; reader.position < end;) {
    const tag = reader.readTag();
    if (tag === 0x0a) entries.push(readEntry(reader, reader.readEnd(end), make));
    else reader.skip(tag, end);
  }
  return entries;
}

function readEntry<Value>(
  reader: WireReader,
  end: number,
  make: ValueMaker<Value>,
): [string, Value] {
  let key = "";
  let value = make.none();
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag === 0x0a) key = takeText(reader, reader.readEnd(end));
    else if (tag === 0x12) value = readAnyValue(reader, reader.readEnd(end), make);
    else reader.skip(tag, end);
  }
  return [key, value];
}

function readAnyValue<Value>(reader: WireReader, end: number, make: ValueMaker<Value>): Value {
  let value = make.none();
  while (reader.position < end) {
    const tag = reader.readTag();
    switch (tag) {
      case 0x0a: // string_value = 1
      case 0x2a: // array_value = 5
      case 0x32: // kvlist_value = 6
      case 0x3a: {
        // bytes_value = 7
        const valueEnd = reader.readEnd(end);
        const { bytes, position } = reader;
        value = valueOf(bytes, tag >>> 3, position, valueEnd - position, make);
        reader.position = valueEnd;
        break;
      }
      case 0x10: // bool_value = 2
        value = make.bool(reader.readBool());
        break;
      case 0x18: // int_value = 3
        reader.readVarint64();
        value = make.int(intOf(reader.low, reader.high));
        break;
      case 0x21: // double_value = 4
        reader.readFixed64();
        value = make.double(doubleOf(reader.low, reader.high));
        break;
      default:
        reader.skip(tag, end);
    }
  }
  return value;
}

function takeText(reader: WireReader, end: number): string {
  const text = decodeText(reader.bytes, reader.position, end - reader.position);
  reader.position = end;
  return text;
}
