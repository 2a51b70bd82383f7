// attributes.ts — attributes as the repeated KeyValue field that resources, scopes, spans, events, links, log
// records and metric points all have (under different field numbers).
//
// The SDK keeps attributes flat, [key, value, key, value, …]: no object per attribute, no hidden classes.

import { encodeAnyValueFields, encodeNumber, numberSizeBytes, REDACTED } from "./any-value.ts";
import type { AnyValue } from "./any-value.ts";
import type { EncodedKey, KeyTable } from "./key-table.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

/**
 * Keys and values by turns: `[key, value, key, value, …]`. A key is its text or what a KeyTable says about it,
 * which saves looking it up again.
 */
export type FlatAttributes = (string | EncodedKey | AnyValue)[];

/** The flat form of an object's own entries; `undefined` values are left out. */
export function flattenAttributes(
  attributes: Readonly<Record<string, AnyValue | undefined>>,
): FlatAttributes {
  const flat: FlatAttributes = [];
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== undefined) flat.push(key, value);
  }
  return flat;
}

/** Encodes each attribute as field `field` of the message in progress. hot: see bench/trace. */
export function encodeAttributes(
  writer: ProtobufWriter,
  field: number,
  attributes: Readonly<FlatAttributes>,
  keys: KeyTable,
): void {
  for (let i = 0; i < attributes.length; i += 2) {
    const key = attributes[i] as string | EncodedKey;
    const entry = typeof key === "string" ? keys.get(key) : key;
    const value = attributes[i + 1] as AnyValue;
    if (typeof value === "string" && !entry.redacted) {
      writer.stringAttribute(field, entry.bytes, value);
    } else {
      encodeAttribute(writer, field, entry, value, keys);
    }
  }
}

function encodeAttribute(
  writer: ProtobufWriter,
  field: number,
  key: EncodedKey,
  value: AnyValue,
  keys: KeyTable,
): void {
  if (key.redacted) {
    writer.stringAttribute(field, key.bytes, REDACTED);
  } else if (typeof value === "number") {
    writer.beginSmallAttribute(field, key.bytes, numberSizeBytes(value));
    encodeNumber(writer, value);
  } else if (typeof value === "boolean") {
    writer.beginSmallAttribute(field, key.bytes, 2);
    encodeAnyValueFields(writer, value, keys);
  } else {
    const pair = writer.beginMessage(field);
    writer.raw(key.bytes);
    const mark = writer.beginMessage(2);
    encodeAnyValueFields(writer, value, keys);
    writer.endMessage(mark);
    writer.endMessage(pair);
  }
}
