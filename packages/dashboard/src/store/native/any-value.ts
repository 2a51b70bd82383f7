// any-value.ts — one OTLP AnyValue as text: as JSON for filters and display, as OTLP JSON where JSON
// would lose something.
//
//   AnyValue      { string 1, bool 2, int 3, double 4, ArrayValue 5, KeyValueList 6, bytes 7 }
//   ArrayValue    { repeated AnyValue values = 1 }
//   KeyValueList  { repeated KeyValue values = 1 }        KeyValue { string key = 1; AnyValue value = 2 }
//
// Arrays and lists are read from their protobuf bytes in the arena, which the decoder has walked and
// found well formed, at most 100 levels deep.
// hot: see native.bench.ts

import { AttributeType, WireReader } from "@telemetry/otlp";
import type { ByteWriter } from "./byte-writer.ts";
import { doubleOf, writeDouble, writeInt64, writeJsonString } from "./json-text.ts";
import { writeOtlpString } from "./otlp-string.ts";

/** What plain JSON loses of a value; bits to be OR-ed over a set. 0: nothing. */
export const Loss = {
  none: 0,
  /** A JSON column loses it, JSON text does not: null, a nested map, an empty or mixed array. */
  inColumn: 1,
  /** Also JSON text loses it: bytes, NaN, infinities, a key twice, half a surrogate pair. */
  inText: 2,
} as const;

/** An AnyValue in the words of {@link AttributeColumns}. */
export interface Value {
  type: number;
  low: number;
  high: number;
}

/** Writes the value as JSON, as near as JSON comes, and returns what was lost as {@link Loss} bits. */
export function writeJsonValue(
  out: ByteWriter,
  arena: Uint8Array,
  type: number,
  low: number,
  high: number,
): number {
  switch (type) {
    case AttributeType.string:
      return writeJsonString(out, arena, low, high) ? Loss.none : Loss.inText;
    case AttributeType.bool:
      out.writeAscii(low === 0 ? "false" : "true");
      return Loss.none;
    case AttributeType.int:
      writeInt64(out, low, high);
      return Loss.none;
    case AttributeType.double:
      return writeJsonDouble(out, doubleOf(low, high));
    case AttributeType.array:
      return writeJsonArray(out, arena, low, high);
    case AttributeType.kvlist:
      return writeJsonObject(out, arena, low, high);
    case AttributeType.bytes:
      out.writeAscii(`"${base64(arena, low, high)}"`);
      return Loss.inText;
    default:
      out.writeAscii("null");
      return Loss.inColumn;
  }
}

function writeJsonDouble(out: ByteWriter, value: number): number {
  if (Number.isFinite(value)) {
    writeDouble(out, value);
    return Loss.none;
  }
  out.writeAscii(`"${value}"`);
  return Loss.inText;
}

function writeJsonArray(out: ByteWriter, arena: Uint8Array, start: number, length: number): number {
  let lost: number = Loss.none;
  let firstType: number | undefined;
  out.writeByte(0x5b);
  for (const { type, low, high } of elementsOf(arena, start, length)) {
    if (firstType === undefined) firstType = type;
    else out.writeByte(0x2c);
    if (type !== firstType || type >= AttributeType.array) lost |= Loss.inColumn;
    lost |= writeJsonValue(out, arena, type, low, high);
  }
  out.writeByte(0x5d);
  return firstType === undefined ? Loss.inColumn : lost;
}

function writeJsonObject(
  out: ByteWriter,
  arena: Uint8Array,
  start: number,
  length: number,
): number {
  let lost: number = Loss.inColumn;
  const keys = new Set<string>();
  out.writeByte(0x7b);
  for (const { keyStart, keyLength, value } of entriesOf(arena, start, length)) {
    if (keys.size > 0) out.writeByte(0x2c);
    const key = Buffer.from(arena.buffer, arena.byteOffset + keyStart, keyLength).toString(
      "latin1",
    );
    if (keys.has(key)) lost |= Loss.inText;
    keys.add(key);
    if (!writeJsonString(out, arena, keyStart, keyLength)) lost |= Loss.inText;
    out.writeByte(0x3a);
    lost |= writeJsonValue(out, arena, value.type, value.low, value.high);
  }
  out.writeByte(0x7d);
  return lost;
}

/** Writes the value as OTLP's JSON form of AnyValue, `{"intValue":"5"}`; `{}` is no value. */
export function writeOtlpValue(
  out: ByteWriter,
  arena: Uint8Array,
  type: number,
  low: number,
  high: number,
): void {
  switch (type) {
    case AttributeType.string:
      out.writeAscii('{"stringValue":');
      writeOtlpString(out, arena, low, high);
      break;
    case AttributeType.bool:
      out.writeAscii(`{"boolValue":${low !== 0}`);
      break;
    case AttributeType.int:
      out.writeAscii('{"intValue":"');
      writeInt64(out, low, high);
      out.writeByte(0x22);
      break;
    case AttributeType.double:
      out.writeAscii('{"doubleValue":');
      writeJsonDouble(out, doubleOf(low, high));
      break;
    case AttributeType.array:
      out.writeAscii('{"arrayValue":');
      writeOtlpArray(out, arena, low, high);
      break;
    case AttributeType.kvlist:
      out.writeAscii('{"kvlistValue":');
      writeOtlpObject(out, arena, low, high);
      break;
    case AttributeType.bytes:
      out.writeAscii(`{"bytesValue":"${base64(arena, low, high)}"`);
      break;
    default:
      out.writeByte(0x7b);
  }
  out.writeByte(0x7d);
}

function writeOtlpArray(out: ByteWriter, arena: Uint8Array, start: number, length: number): void {
  out.writeAscii('{"values":[');
  let isFirst = true;
  for (const { type, low, high } of elementsOf(arena, start, length)) {
    if (!isFirst) out.writeByte(0x2c);
    isFirst = false;
    writeOtlpValue(out, arena, type, low, high);
  }
  out.writeAscii("]}");
}

function writeOtlpObject(out: ByteWriter, arena: Uint8Array, start: number, length: number): void {
  out.writeAscii('{"values":[');
  let isFirst = true;
  for (const { keyStart, keyLength, value } of entriesOf(arena, start, length)) {
    if (!isFirst) out.writeByte(0x2c);
    isFirst = false;
    out.writeAscii('{"key":');
    writeOtlpString(out, arena, keyStart, keyLength);
    out.writeAscii(',"value":');
    writeOtlpValue(out, arena, value.type, value.low, value.high);
    out.writeByte(0x7d);
  }
  out.writeAscii("]}");
}

export function* elementsOf(arena: Uint8Array, start: number, length: number): Generator<Value> {
  const reader = new WireReader(arena);
  const end = start + length;
  for (reader.position = start; reader.position < end;) {
    const tag = reader.readTag();
    if (tag === 0x0a) yield readValue(reader, end);
    else reader.skip(tag, end);
  }
}

interface Entry {
  keyStart: number;
  keyLength: number;
  value: Value;
}

function* entriesOf(arena: Uint8Array, start: number, length: number): Generator<Entry> {
  const reader = new WireReader(arena);
  const end = start + length;
  for (reader.position = start; reader.position < end;) {
    const tag = reader.readTag();
    if (tag === 0x0a) yield readEntry(reader, end);
    else reader.skip(tag, end);
  }
}

function readEntry(reader: WireReader, parentEnd: number): Entry {
  const entry: Entry = { keyStart: 0, keyLength: 0, value: { type: 0, low: 0, high: 0 } };
  const end = reader.readEnd(parentEnd);
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag === 0x0a) {
      const keyEnd = reader.readEnd(end);
      entry.keyStart = reader.position;
      entry.keyLength = keyEnd - reader.position;
      reader.position = keyEnd;
    } else if (tag === 0x12) entry.value = readValue(reader, end);
    else reader.skip(tag, end);
  }
  return entry;
}

/** Tags of AnyValue's fields, by field number. */
const VALUE_TAGS = [0, 0x0a, 0x10, 0x18, 0x21, 0x2a, 0x32, 0x3a];

/** Reads the AnyValue that starts here, with its length. The last of several values counts. */
function readValue(reader: WireReader, parentEnd: number): Value {
  const value: Value = { type: AttributeType.empty, low: 0, high: 0 };
  const end = reader.readEnd(parentEnd);
  while (reader.position < end) {
    const tag = reader.readTag();
    const field = tag >>> 3;
    if (tag !== VALUE_TAGS[field]) {
      reader.skip(tag, end);
      continue;
    }
    value.type = field;
    if (field === AttributeType.bool) {
      value.low = reader.readBool() ? 1 : 0;
    } else if (field === AttributeType.int || field === AttributeType.double) {
      if (field === AttributeType.int) reader.readVarint64();
      else reader.readFixed64();
      value.low = reader.low;
      value.high = reader.high;
    } else {
      const valueEnd = reader.readEnd(end);
      value.low = reader.position;
      value.high = valueEnd - reader.position;
      reader.position = valueEnd;
    }
  }
  return value;
}

export function base64(arena: Uint8Array, start: number, length: number): string {
  return Buffer.from(arena.buffer, arena.byteOffset + start, length).toString("base64");
}
