// read-value.ts — what an attribute's value is for a JSON column.

import { AttributeType } from "@telemetry/otlp";
import { base64, elementsOf } from "../any-value.ts";
import { doubleOf } from "../json-text.ts";
import type { PlainValue } from "./values.ts";
import { Kind } from "./values.ts";

/** One plain value, or those of an array. */
export interface ColumnValue {
  readonly isArray: boolean;
  /** At least one, all of one kind. */
  readonly values: readonly PlainValue[];
  /** False where the column gets text instead of what was sent. */
  readonly isExact: boolean;
}

/** Undefined for what has no column of one type: maps, and arrays that are empty, nested or mixed. */
export function readValue(
  arena: Uint8Array,
  type: number,
  low: number,
  high: number,
): ColumnValue | undefined {
  if (type === AttributeType.array) return readArray(arena, low, high);
  if (type === AttributeType.bytes) return asText(base64(arena, low, high));
  if (type === AttributeType.double && !isFiniteDouble(high)) {
    return asText(String(doubleOf(low, high)));
  }
  const kind = kindOf(type);
  if (kind === undefined) return undefined;
  return { isArray: false, values: [{ kind, arena, low, high }], isExact: true };
}

/** The kind of a plain OTLP type. */
export function kindOf(type: number): Kind | undefined {
  return type >= AttributeType.string && type <= AttributeType.double
    ? ((type - AttributeType.string) as Kind)
    : undefined;
}

/** JSON has no NaN and no infinities: their exponent is all ones. */
export function isFiniteDouble(high: number): boolean {
  return (high & 0x7ff0_0000) !== 0x7ff0_0000;
}

function asText(text: string): ColumnValue {
  const arena = Buffer.from(text);
  const value = { kind: Kind.string, arena, low: 0, high: arena.length };
  return { isArray: false, values: [value], isExact: false };
}

function readArray(arena: Uint8Array, start: number, length: number): ColumnValue | undefined {
  const values: PlainValue[] = [];
  for (const { type, low, high } of elementsOf(arena, start, length)) {
    const kind = kindOf(type);
    if (kind === undefined || kind !== (values[0]?.kind ?? kind)) return undefined;
    if (kind === Kind.double && !isFiniteDouble(high)) return undefined;
    values.push({ kind, arena, low, high });
  }
  return values.length === 0 ? undefined : { isArray: true, values, isExact: true };
}
