// field-names.ts — finds the field that a JSON key names, by its bytes.
//
// Both names of a field are accepted, as proto3 JSON demands of parsers: lowerCamelCase and the name in the .proto file.

import type { FieldSchema, MessageSchema } from "../schema/schema.ts";

interface NamedField {
  readonly name: Uint8Array;
  readonly field: FieldSchema;
}

/** Fields by the hash of a name; a bucket holds all names with that hash. */
type NameTable = ReadonlyMap<number, readonly NamedField[]>;

/** One table per message of the schema, which has about thirty. */
const tables = new WeakMap<MessageSchema, NameTable>();

/** The field of `message` whose name is the bytes `[start, end)`. */
export function findField(
  message: MessageSchema,
  bytes: Uint8Array,
  start: number,
  end: number,
): FieldSchema | undefined {
  let table = tables.get(message);
  if (table === undefined) tables.set(message, (table = buildTable(message)));
  const bucket = table.get(hash(bytes, start, end));
  if (bucket === undefined) return undefined;
  for (const { name, field } of bucket) if (isEqual(name, bytes, start, end)) return field;
  return undefined;
}

function buildTable(message: MessageSchema): NameTable {
  const encoder = new TextEncoder();
  const table = new Map<number, NamedField[]>();
  for (const field of message.fields) {
    for (const text of new Set([field.jsonName, field.name])) {
      const name = encoder.encode(text);
      const key = hash(name, 0, name.length);
      table.set(key, [...(table.get(key) ?? []), { name, field }]);
    }
  }
  return table;
}

/** FNV-1a, 31 bits. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let at = start; at < end; at++) value = Math.imul(value ^ (bytes[at] as number), 0x01000193);
  return value & 0x3fffffff;
}

function isEqual(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[start + at]) return false;
  return true;
}
