// contract-values.ts — attribute values of a Batch in the JSON of contract.ts, exactly as query answers have them.

import { readString, readValueAs, type Batch, type ValueMaker } from "@telemetry/otlp";
import type { Attributes, AttributeValue } from "../contract/contract.ts";
import { doubleValue, emptyAttributes, integerValue } from "../query/query.ts";

export const contractValues: ValueMaker<AttributeValue> = {
  none: () => null,
  string: (text) => text,
  bool: (value) => value,
  int: (value) => (typeof value === "number" ? value : integerValue(String(value))),
  double: (value) => doubleValue(Object.is(value, -0) ? "-0" : String(value)),
  bytes: (bytes) => ({ bytesValue: Buffer.from(bytes).toString("base64") }),
  array: (values) => values,
  kvlist: (entries) => collect(entries),
};

/** Attribute rows `[start, end)`. Of a key sent twice the last value is kept. */
export function readAttributes(batch: Batch, start: number, end: number): Attributes {
  const { attributes } = batch;
  const collected = emptyAttributes();
  for (let row = start; row < end; row++) {
    collected[readString(batch, attributes.key, row)] = readValueAs(
      batch,
      attributes,
      row,
      contractValues,
    );
  }
  return collected;
}

function collect(entries: readonly [string, AttributeValue][]): Attributes {
  const collected = emptyAttributes();
  for (const [key, value] of entries) collected[key] = value;
  return collected;
}

/** What OTLP leaves out when it is the default is left out here too: 0 and ''. */
export function unlessEmpty<Key extends string, Value extends string | number>(
  key: Key,
  value: Value,
): { [K in Key]?: Exclude<Value, "" | 0> } {
  return (value === "" || value === 0 ? {} : { [key]: value }) as {
    [K in Key]?: Exclude<Value, "" | 0>;
  };
}
