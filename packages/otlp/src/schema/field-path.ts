// field-path.ts — the name of the field at a byte of a request, for error messages.
//
// Walks the message again from its start, so that the decoder need not remember where it is.

import { WireError, WireReader } from "../wire/wire.ts";
import type { FieldSchema, MessageSchema } from "./messages.ts";

/** Levels of messages that a path names; deeper ones would only be nested attribute values. */
const PATH_DEPTH_MAX = 16;

/** JSON names fields in lowerCamelCase, protobuf in snake_case. */
type NameStyle = "name" | "jsonName";

/** For instance `resource_spans[0].scope_spans[0].spans[3].trace_id`; empty when the offset is in no field. */
export function findFieldPath(
  bytes: Uint8Array,
  offset: number,
  schema: MessageSchema,
  style: NameStyle,
): string {
  const names: string[] = [];
  let reader = new WireReader(bytes);
  let end = bytes.length;
  let message: MessageSchema | undefined = schema;
  while (message !== undefined && names.length < PATH_DEPTH_MAX) {
    const found: FoundField | undefined = findField(reader, end, offset, message);
    if (found === undefined) break;
    names.push(nameOf(found, style));
    if (found.payload === undefined) break;
    reader = new WireReader(bytes, found.payload.start);
    end = found.payload.end;
    message = found.field?.message;
  }
  return names.join(".");
}

interface FoundField {
  readonly number: number;
  readonly field: FieldSchema | undefined;
  /** Which of the repeated fields it is. */
  readonly index: number;
  /** Where its content lies, if it has a length that can be right. */
  readonly payload?: { readonly start: number; readonly end: number };
}

/** The field of the message from the reader's position to `end` that the byte at `offset` belongs to. */
function findField(
  reader: WireReader,
  end: number,
  offset: number,
  message: MessageSchema,
): FoundField | undefined {
  const counts = new Map<number, number>();
  let number = 0;
  try {
    while (reader.position < end) {
      number = 0;
      const tag = reader.readTag();
      number = tag >>> 3;
      const index = counts.get(number) ?? 0;
      counts.set(number, index + 1);
      const payload = (tag & 7) === 2 ? payloadOf(reader, end) : undefined;
      if (payload === undefined) reader.skip(tag, end);
      if (reader.position > offset) {
        const found = { number, field: fieldOf(message, number), index };
        return payload === undefined || offset < payload.start ? found : { ...found, payload };
      }
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    if (number === 0) return undefined;
    return { number, field: fieldOf(message, number), index: (counts.get(number) ?? 1) - 1 };
  }
}

function payloadOf(reader: WireReader, end: number): { start: number; end: number } {
  const payloadEnd = reader.readEnd(end);
  const start = reader.position;
  reader.position = payloadEnd;
  return { start, end: payloadEnd };
}

function fieldOf(message: MessageSchema, number: number): FieldSchema | undefined {
  return message.fields.find((field) => field.number === number);
}

function nameOf({ number, field, index }: FoundField, style: NameStyle): string {
  if (field === undefined) return `field ${number}`;
  return field.isRepeated ? `${field[style]}[${index}]` : field[style];
}
