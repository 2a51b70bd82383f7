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

/** The value that `type` and its two words stand for, as AttributeColumns describes them. */
export function valueOf(arena: Uint8Array, type: number, low: number, high: number): AnyValue {
  switch (type) {
    case AttributeType.string:
      return decodeText(arena, low, high);
    case AttributeType.bool:
      return low !== 0;
    case AttributeType.int:
      return intOf(low, high);
    case AttributeType.double:
      return doubleOf(low, high);
    case AttributeType.array:
      return readArray(arena, low, high);
    case AttributeType.kvlist:
      return Object.fromEntries(readEntries(arena, low, high));
    case AttributeType.bytes:
      return arena.slice(low, low + high);
    default:
      return null;
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

function readArray(arena: Uint8Array, start: number, length: number): AnyValue[] {
  const values: AnyValue[] = [];
  const reader = new WireReader(arena, start);
  for (const end = start + length; reader.position < end;) {
    const tag = reader.readTag();
    if (tag === 0x0a) values.push(readAnyValue(reader, reader.readEnd(end)));
    else reader.skip(tag, end);
  }
  return values;
}

function readEntries(arena: Uint8Array, start: number, length: number): [string, AnyValue][] {
  const entries: [string, AnyValue][] = [];
  const reader = new WireReader(arena, start);
  for (const end = start + length; reader.position < end;) {
    const tag = reader.readTag();
    if (tag === 0x0a) entries.push(readEntry(reader, reader.readEnd(end)));
    else reader.skip(tag, end);
  }
  return entries;
}

function readEntry(reader: WireReader, end: number): [string, AnyValue] {
  let key = "";
  let value: AnyValue = null;
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag === 0x0a) key = takeText(reader, reader.readEnd(end));
    else if (tag === 0x12) value = readAnyValue(reader, reader.readEnd(end));
    else reader.skip(tag, end);
  }
  return [key, value];
}

function readAnyValue(reader: WireReader, end: number): AnyValue {
  let value: AnyValue = null;
  while (reader.position < end) {
    const tag = reader.readTag();
    const type = tag >>> 3;
    if (tag === 0x0a || tag === 0x3a || tag === 0x2a || tag === 0x32) {
      const valueEnd = reader.readEnd(end);
      value = valueOf(reader.bytes, type, reader.position, valueEnd - reader.position);
      reader.position = valueEnd;
    } else if (tag === 0x10) value = reader.readBool();
    else if (tag === 0x18) {
      reader.readVarint64();
      value = intOf(reader.low, reader.high);
    } else if (tag === 0x21) {
      reader.readFixed64();
      value = doubleOf(reader.low, reader.high);
    } else reader.skip(tag, end);
  }
  return value;
}

function takeText(reader: WireReader, end: number): string {
  const text = decodeText(reader.bytes, reader.position, end - reader.position);
  reader.position = end;
  return text;
}
