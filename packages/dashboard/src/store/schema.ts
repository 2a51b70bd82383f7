// schema.ts — the schema in ClickHouse: which tables there are and the statements that make them.
//
// Column names are those of the OpenTelemetry Collector's ClickHouse exporter in its JSON form
// (docs/adr/003-schema.md says which version), plus columns of our own for every OTLP field that it
// drops. The column comments in tables/ are the reference for whoever writes a query; how attribute
// columns are read is told at the head of tables/origin.ts.

import { allTables, createTable, createView, materializedViews } from "./tables/tables.ts";

export * from "./tables/tables.ts";

/** Raised when a side table changes, which is then made again from the rows; new columns are found by column list. */
export const SCHEMA_VERSION = 3;

/** The statements that make what is missing, in order. Running them again changes nothing. */
export function schemaStatements(retentionSeconds: number): string[] {
  return [
    ...allTables.map((table) => createTable(table, retentionSeconds)),
    ...materializedViews.map(createView),
  ];
}
