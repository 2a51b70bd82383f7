// any-value.ts — OTLP's AnyValue, from the JavaScript values that the SDK keeps.
//
//   string_value 1   bool_value 2   int_value 3   double_value 4   array_value 5   kvlist_value 6   bytes_value 7
//
// A number without a fraction is an int while it is a safe integer, else a double. A bigint beyond 64
// bits becomes its decimal text, as the specification wants. null is an AnyValue without a field.

import type { KeyTable } from "./key-table.ts";
import { varintSizeBytes } from "./protobuf-writer.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

/** A value that can be encoded. The SDK has copied and checked it: no cycles, getters or exotic objects. */
export type AnyValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly AnyValue[]
  | { readonly [key: string]: AnyValue };

/** What stands on the wire instead of a secret. */
export const REDACTED = "[REDACTED]";

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** The fields of an AnyValue, without a tag and length around them. */
export function encodeAnyValueFields(
  writer: ProtobufWriter,
  value: AnyValue,
  keys: KeyTable,
): void {
  switch (typeof value) {
    case "string":
      writer.tag(1, 2);
      writer.text(value);
      return;
    case "boolean":
      writer.tag(2, 0);
      writer.varint(value ? 1 : 0);
      return;
    case "number":
      encodeNumber(writer, value);
      return;
    case "bigint":
      encodeBigint(writer, value);
      return;
    default:
      encodeComposite(writer, value, keys);
  }
}

/** An AnyValue as field `field` of the message in progress. */
export function encodeAnyValue(
  writer: ProtobufWriter,
  field: number,
  value: AnyValue,
  keys: KeyTable,
): void {
  const mark = writer.beginMessage(field);
  encodeAnyValueFields(writer, value, keys);
  writer.endMessage(mark);
}

/** Bytes of the AnyValue that `encodeNumber` writes. */
export function numberSizeBytes(value: number): number {
  if (!Number.isSafeInteger(value)) return 9;
  return 1 + (value < 0 ? 10 : varintSizeBytes(value));
}

export function encodeNumber(writer: ProtobufWriter, value: number): void {
  if (Number.isSafeInteger(value)) {
    writer.tag(3, 0);
    writer.signedVarint(value);
  } else {
    writer.double(4, value);
  }
}

function encodeBigint(writer: ProtobufWriter, value: bigint): void {
  if (value < INT64_MIN || value > INT64_MAX) {
    writer.tag(1, 2);
    writer.text(value.toString());
    return;
  }
  writer.tag(3, 0);
  writer.varint64(Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)));
}

function encodeComposite(
  writer: ProtobufWriter,
  value: Exclude<AnyValue, string | number | bigint | boolean>,
  keys: KeyTable,
): void {
  if (value === null) return;
  if (value instanceof Uint8Array) {
    writer.bytes(7, value);
    return;
  }
  if (Array.isArray(value)) {
    const mark = writer.beginMessage(5);
    for (const item of value as readonly AnyValue[]) encodeAnyValue(writer, 1, item, keys);
    writer.endMessage(mark);
    return;
  }
  const mark = writer.beginMessage(6);
  for (const [key, item] of Object.entries(value as Readonly<Record<string, AnyValue>>)) {
    const entry = keys.get(key);
    const pair = writer.beginMessage(1);
    writer.raw(entry.bytes);
    encodeAnyValue(writer, 2, entry.redacted ? REDACTED : item, keys);
    writer.endMessage(pair);
  }
  writer.endMessage(mark);
}
