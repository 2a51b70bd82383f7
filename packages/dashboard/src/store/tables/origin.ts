// origin.ts — the columns that every telemetry row has: where it comes from (resource and scope).
//
// ATTRIBUTE COLUMNS come in threes:
//
//   XAttributes       JSON. For filters, grouping and ordinary reading. Dots nest: the OTLP key
//                     "http.route" is the path `http.route`. Always present, best effort when a set
//                     does not fit (NaN as the string "NaN", bytes as base64, null and empty left out).
//   XAttributesKeys   the paths of XAttributes, sorted; computed when read. Stored, they cost as much as all
//                     that is not JSON (docs/adr/011-json-as-paths.md). The paths of spans, logs and points
//                     have a bloom filter, which any condition on a path uses: rare keys are found quickly.
//   XAttributesExact  '' when XAttributes holds the set exactly. Otherwise the whole set as OTLP JSON,
//                     `[{"key":"a","value":{"intValue":"1"}},…]`: reading prefers it.
//
// A set does not fit when it has bytes, NaN, infinities, null, a nested map, an empty, nested or mixed array,
// a key twice, one key that continues another after a dot (`error`, `error.type`), or half a
// surrogate pair. So where Exact is '', a nested object in the JSON only ever means dots in a key.
//
// Text attributes (events, links, exemplars, metric metadata) are one String: `{…}` is a JSON object
// by OTLP key, doubles written with a point or an exponent; `[…]` is OTLP JSON as above.

import type { Column } from "./table.ts";
import { ATTRIBUTES_TYPE, KEYS_TYPE, NAME_TYPE, RESOURCE_TYPE, column } from "./table.ts";

/** The three columns of one attribute set. */
export function attributeColumns(name: string, of: string, type = ATTRIBUTES_TYPE): Column[] {
  return [
    column(name, type, `Attributes of the ${of}; see ${name}Exact`),
    column(`${name}Keys`, KEYS_TYPE, `Paths of ${name}, sorted`, {
      alias: `JSONAllPaths(${name})`,
    }),
    column(
      `${name}Exact`,
      "String",
      `'' if ${name} holds the set exactly, else the set as an OTLP JSON list of KeyValue`,
    ),
  ];
}

/** Whose data a row is. `ServiceName` is the resource's `service.name`, '' without one. */
export const originColumns: readonly Column[] = [
  column("ServiceName", NAME_TYPE, "service.name of the resource, '' without one"),
  ...attributeColumns("ResourceAttributes", "resource", RESOURCE_TYPE),
  column("ResourceDroppedAttrCount", "UInt32", "Attributes the sender dropped from the resource"),
  column("ResourceSchemaUrl", NAME_TYPE, "schema_url of the ResourceSpans, -Logs or -Metrics"),
  column("ScopeName", NAME_TYPE, "Name of the instrumentation scope"),
  column("ScopeVersion", NAME_TYPE, "Version of the instrumentation scope, '' without one"),
  ...attributeColumns("ScopeAttributes", "instrumentation scope", RESOURCE_TYPE),
  column("ScopeDroppedAttrCount", "UInt32", "Attributes the sender dropped from the scope"),
  column("ScopeSchemaUrl", NAME_TYPE, "schema_url of the ScopeSpans, -Logs or -Metrics"),
];

export const timestampSource = column(
  "TimestampSource",
  NAME_TYPE,
  "'' if the time column is the sender's; 'observed' if it is the observed time of a log without a time; 'received' if the row had no time and got that of its arrival",
);
