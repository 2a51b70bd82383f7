// table.ts — what a table of ours is, and how it becomes a CREATE TABLE.
//
// Tables are data, not text: the DDL, the Native encoder, the migration by column list and the list of
// stored OTLP fields are all made from the same columns.

/** One column. `comment` is also the column's COMMENT in ClickHouse, for people who write SQL. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
  /** Compression; `ZSTD(1)` unless said. */
  readonly codec?: string;
  /** Computed from other columns when it is read: neither sent nor stored. */
  readonly alias?: string;
}

export interface Table {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly Column[];
  readonly indexes: readonly string[];
  readonly engine: string;
  readonly orderBy: string;
  /** The time column that decides the partition, and with it the age; absent for tables that are kept for ever. */
  readonly timeColumn?: string;
  readonly indexGranularity?: number;
}

/** A materialized view: every block inserted into `from` is aggregated into `to` by the same insert. */
export interface MaterializedView {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly select: string;
  /** The version of the schema in which it, or the table it fills, became what it is; 1 unless said. */
  readonly version?: number;
}

/**
 * Attributes of spans, logs and points: 64 paths with columns of their own per part, the others in
 * shared data. The bare `JSON` (1 024) made 14 000 files per part and stopped merging at 1 000 keys.
 */
export const ATTRIBUTES_TYPE = "JSON(max_dynamic_paths=64)";
/** Attributes of resources and scopes: fewer keys, repeated on every row. */
export const RESOURCE_TYPE = "JSON(max_dynamic_paths=32)";
export const KEYS_TYPE = "Array(LowCardinality(String))";
/** Always UTC, so that partitions do not depend on the time zone of the machine. */
export const TIME_TYPE = "DateTime64(9, 'UTC')";
export const NAME_TYPE = "LowCardinality(String)";

export function column(
  name: string,
  type: string,
  comment: string,
  options: Pick<Column, "codec" | "alias"> = {},
): Column {
  return { name, type, comment, ...options };
}

/** Hours, days or months: a few dozen partitions at most, however long rows are kept. */
function partitionExpression(timeColumn: string, retentionSeconds: number): string {
  const days = retentionSeconds / 86_400;
  if (days < 2) return `toStartOfHour(${timeColumn})`;
  return days <= 90 ? `toDate(${timeColumn})` : `toYYYYMM(${timeColumn})`;
}

/**
 * Inserts whose tokens ClickHouse remembers per table. A replay repeats at most the inserts of one open
 * intent, of which halving makes at most 2 001.
 */
const DEDUPLICATION_WINDOW = 10_000;

/**
 * Parts below 1 GiB are compact: one data file however many JSON paths they have. There is no TTL: a TTL
 * that changes waits for every part to be rewritten, and what it drops is not counted. retention.ts drops parts.
 * Merges take more parts at once than by default (5): a row is rewritten less often, and a day has some
 * parts more (12 instead of 8 after 40 inserts; 9.7 instead of 12.6 µs of CPU per span, docs/adr/011-json-as-paths.md).
 */
const SETTINGS = [
  "min_bytes_for_wide_part = 1073741824",
  `non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`,
  "merge_selector_base = 10",
];

/**
 * Of newer ClickHouse, by name. Attributes beyond the paths with columns lie in a few buckets by key: a merge of many
 * such keys is a third cheaper than in the default form, and reading one key takes as long.
 */
export const NEWER_SETTINGS: Readonly<Record<string, string>> = {
  object_shared_data_serialization_version: "'map_with_buckets'",
};

/** `newerSettings` are the names of {@link NEWER_SETTINGS} that the server knows. */
export function createTable(
  table: Table,
  retentionSeconds: number,
  newerSettings: readonly string[] = Object.keys(NEWER_SETTINGS),
): string {
  const { timeColumn } = table;
  const body = [...table.columns.map(columnDefinition), ...table.indexes.map((i) => `INDEX ${i}`)];
  const settings = [
    `index_granularity = ${table.indexGranularity ?? 8192}`,
    ...SETTINGS,
    ...newerSettings.map((name) => `${name} = ${NEWER_SETTINGS[name]}`),
  ];
  return [
    `CREATE TABLE IF NOT EXISTS ${table.name} (\n  ${body.join(",\n  ")}\n)`,
    `ENGINE = ${table.engine}`,
    ...(timeColumn === undefined
      ? []
      : [`PARTITION BY ${partitionExpression(timeColumn, retentionSeconds)}`]),
    `ORDER BY (${table.orderBy})`,
    `SETTINGS ${settings.join(", ")}`,
    `COMMENT ${quote(table.comment)}`,
  ].join("\n");
}

export function createView(view: MaterializedView): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view.name} TO ${view.to} AS ${view.select}`;
}

/** `name type [ALIAS …] COMMENT … [CODEC(…)]`, as CREATE TABLE and ADD COLUMN take it. */
export function columnDefinition({ name, type, alias, comment, codec }: Column): string {
  const value = alias === undefined ? "" : ` ALIAS ${alias}`;
  const compression = alias === undefined ? ` CODEC(${codec ?? "ZSTD(1)"})` : "";
  return `\`${name}\` ${type}${value} COMMENT ${quote(comment)}${compression}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
