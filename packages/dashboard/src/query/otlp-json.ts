// otlp-json.ts — OTLP JSON's AnyValue and KeyValue, as the `…Exact` columns hold them, to the JSON of our
// answers. What the store writes is well formed, so nothing is checked here.

import type { AttributeValue, Attributes } from "../contract/contract.ts";
import { doubleValue, emptyAttributes, integerValue } from "./json-values.ts";

/** Exactly one field is set; none is "no value". */
export interface OtlpAnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly arrayValue?: { readonly values?: readonly OtlpAnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly OtlpKeyValue[] };
  readonly bytesValue?: string;
}

export interface OtlpKeyValue {
  readonly key: string;
  readonly value: OtlpAnyValue;
}

/** Of a key sent twice the last value is kept. */
export function attributesOfOtlp(entries: readonly OtlpKeyValue[]): Attributes {
  const attributes = emptyAttributes();
  for (const { key, value } of entries) attributes[key] = valueOfOtlp(value);
  return attributes;
}

export function valueOfOtlp(value: OtlpAnyValue): AttributeValue {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return integerValue(value.intValue);
  if (value.doubleValue !== undefined) return doubleValue(String(value.doubleValue));
  if (value.bytesValue !== undefined) return { bytesValue: value.bytesValue };
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(valueOfOtlp);
  if (value.kvlistValue !== undefined) return attributesOfOtlp(value.kvlistValue.values ?? []);
  return null;
}
