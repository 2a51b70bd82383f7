// to-json.ts — an export request from protobuf to OTLP/JSON, for senders that keep protobuf and are asked for JSON.
//
// Follows the proto3 JSON mapping with OTLP's exceptions (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding):
// names in lowerCamelCase, ids in hex, enums as integers, 64-bit integers as decimal text, other bytes in base64,
// NaN and infinities as text. A field is written when it is in the bytes, so what was absent stays absent. Fields that the
// table of messages does not know are left out.
//
// Apart from `json/`, which reads, so that a sender need not load the reader.

import { REQUEST_SCHEMAS } from "../schema/schema.ts";
import type { FieldSchema, MessageSchema } from "../schema/schema.ts";
import { decodeText, encodeHex, WireReader } from "../wire/wire.ts";
import { doubleText, encodeBase64, int64Text, uint64Text } from "./values.ts";

const LENGTH_DELIMITED = 2;

/** The request as UTF-8 JSON. Deterministic. Throws a WireError where the bytes are no protobuf. */
export function encodeJsonRequest(
  signal: keyof typeof REQUEST_SCHEMAS,
  request: Uint8Array,
): Uint8Array {
  const reader = new WireReader(request);
  return new TextEncoder().encode(writeMessage(reader, request.length, REQUEST_SCHEMAS[signal]));
}

/** The message from the reader's position to `end`, as a JSON object. */
function writeMessage(reader: WireReader, end: number, schema: MessageSchema): string {
  const table = tableOf(schema);
  /** By a field's place in the schema; the items of a repeated one separated by commas. */
  const values: string[] = [];
  while (reader.position < end) {
    const tag = reader.readTag();
    const place = table.get(tag >>> 3);
    if (place === undefined || !isReadable(place.field, tag & 7)) {
      reader.skip(tag, end);
      continue;
    }
    const { field, index } = place;
    const value = isPacked(field, tag & 7)
      ? writePacked(reader, end, field)
      : writeValue(reader, end, field);
    const before = field.isRepeated ? values[index] : undefined;
    values[index] = before && value ? `${before},${value}` : before || value;
  }
  reader.finish(end);
  return objectOf(table, values);
}

function objectOf(table: FieldTable, values: readonly string[]): string {
  let text = "{";
  for (const { field, index, key } of table.values()) {
    const value = values[index];
    if (value === undefined) continue;
    if (text.length > 1) text += ",";
    text += key;
    text += field.isRepeated ? `[${value}]` : value;
  }
  return `${text}}`;
}

/** One run of numbers, separated by commas. */
function writePacked(reader: WireReader, messageEnd: number, field: FieldSchema): string {
  const end = reader.readEnd(messageEnd);
  const values: string[] = [];
  while (reader.position < end) values.push(writeValue(reader, end, field));
  reader.finish(end);
  return values.join(",");
}

function writeValue(reader: WireReader, end: number, { kind, message }: FieldSchema): string {
  switch (kind) {
    case "string":
    case "bytes":
    case "id":
      return writeBytes(reader, reader.readEnd(end), kind);
    case "message":
      return writeMessage(reader, reader.readEnd(end), message as MessageSchema);
    case "bool":
      return reader.readBool() ? "true" : "false";
    case "enum":
      return String(reader.readVarint32() | 0);
    case "uint32":
      return String(reader.readVarint32());
    case "sint32":
      return String(reader.readZigzag32());
    case "fixed32":
      return String(reader.readFixed32());
    case "int64":
      reader.readVarint64();
      return int64Text(reader.low, reader.high);
    case "uint64":
      reader.readVarint64();
      return uint64Text(reader.low, reader.high);
    case "fixed64":
      reader.readFixed64();
      return uint64Text(reader.low, reader.high);
    case "sfixed64":
      reader.readFixed64();
      return int64Text(reader.low, reader.high);
    case "double":
      reader.readFixed64();
      return doubleText(reader.low, reader.high);
  }
}

function writeBytes(reader: WireReader, end: number, kind: "string" | "bytes" | "id"): string {
  const { bytes, position } = reader;
  const length = end - position;
  reader.position = end;
  if (kind === "string") return JSON.stringify(decodeText(bytes, position, length));
  return kind === "id"
    ? `"${encodeHex(bytes, position, length)}"`
    : `"${encodeBase64(bytes, position, end)}"`;
}

const WIRE_TYPES: Readonly<Record<FieldSchema["kind"], number>> = {
  string: LENGTH_DELIMITED,
  bytes: LENGTH_DELIMITED,
  id: LENGTH_DELIMITED,
  message: LENGTH_DELIMITED,
  bool: 0,
  enum: 0,
  uint32: 0,
  sint32: 0,
  int64: 0,
  uint64: 0,
  fixed64: 1,
  sfixed64: 1,
  double: 1,
  fixed32: 5,
};

function isReadable(field: FieldSchema, wireType: number): boolean {
  return WIRE_TYPES[field.kind] === wireType || isPacked(field, wireType);
}

/** Repeated numbers may stand in one run. */
function isPacked({ kind, isRepeated }: FieldSchema, wireType: number): boolean {
  return isRepeated && wireType === LENGTH_DELIMITED && WIRE_TYPES[kind] !== LENGTH_DELIMITED;
}

interface Place {
  readonly field: FieldSchema;
  /** In the schema. */
  readonly index: number;
  /** `"name":` */
  readonly key: string;
}

/** The fields of a message by number. */
type FieldTable = ReadonlyMap<number, Place>;

/** One table per message, of which there are about thirty. */
const tables = new WeakMap<MessageSchema, FieldTable>();

function tableOf(schema: MessageSchema): FieldTable {
  const known = tables.get(schema);
  if (known !== undefined) return known;
  const table = new Map(
    schema.fields.map((field, index) => [
      field.number,
      { field, index, key: `"${field.jsonName}":` },
    ]),
  );
  tables.set(schema, table);
  return table;
}
