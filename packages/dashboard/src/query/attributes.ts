// attributes.ts — an attribute set as it was sent, from the columns that hold it.
//
// ClickHouse's JSON text of a JSON column is never read: it nests at dots, so that of `error` and
// `error.type` JSON.parse would keep one, and prints 1.0 as 1. Instead a row brings, per set (the
// columns are explained at the head of store/tables/origin.ts):
//
//   {"paths": ["http.route","n"], "types": ["String","Int64"], "values": ["/users","5"], "exact": ""}
//
// paths, types  JSONAllPathsWithTypes, sorted by path
// values        JSONAllValues: each path's value as text, in the same order
// exact         where JSON cannot hold the set: the set as OTLP JSON, and the others are empty

import type { AttributeValue, Attributes } from "../contract/contract.ts";
import { parseArrayText } from "./array-text.ts";
import { doubleValue, emptyAttributes, integerValue, keepNumber } from "./json-values.ts";
import { attributesOfOtlp, type OtlpKeyValue } from "./otlp-json.ts";

/** What {@link attributesSql} selects. */
export interface AttributesRow {
  readonly paths: readonly string[];
  readonly types: readonly string[];
  readonly values: readonly string[];
  readonly exact: string;
}

const ATTRIBUTES_TUPLE =
  "Tuple(paths Array(String), types Array(String), values Array(String), exact String)";

/** Selects the set of a column as a {@link AttributesRow}; the column needs its `…Exact` beside it. */
export function attributesSql(column: string): string {
  const plain = (list: string) => `if(${column}Exact = '', ${list}, [])`;
  const lists = [
    plain(`mapKeys(JSONAllPathsWithTypes(${column}))`),
    plain(`mapValues(JSONAllPathsWithTypes(${column}))`),
    plain(`JSONAllValues(${column})`),
  ];
  return `CAST((${lists.join(", ")}, ${column}Exact), '${ATTRIBUTES_TUPLE}')`;
}

export function readAttributes({ paths, types, values, exact }: AttributesRow): Attributes {
  if (exact !== "") return attributesOfOtlp(JSON.parse(exact) as OtlpKeyValue[]);
  const attributes = emptyAttributes();
  for (const [index, path] of paths.entries()) {
    attributes[path] = valueOfText(values[index] as string, types[index] as string);
  }
  return attributes;
}

/** Text attributes (events, links, exemplars): `{…}` is JSON by key, `[…]` is OTLP JSON, '' is none. */
export function readTextAttributes(text: string): Attributes {
  if (text === "" || text === "{}") return emptyAttributes();
  if (text.startsWith("[")) return attributesOfOtlp(JSON.parse(text) as OtlpKeyValue[]);
  return JSON.parse(text, keepNumber) as Attributes;
}

function valueOfText(text: string, type: string): AttributeValue {
  switch (type) {
    case "String":
      return text;
    case "Bool":
      return text === "true";
    case "Int64":
    case "UInt64":
      return integerValue(text);
    case "Float64":
      return doubleValue(text);
    default:
      return type.startsWith("Array(") ? parseArrayText(text, type) : text;
  }
}
