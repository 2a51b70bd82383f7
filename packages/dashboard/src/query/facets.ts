// facets.ts — which keys the rows have that pass a filter, and which values a key has: what a person can
// filter by next. Counted over the newest rows, not over all: the choice is the same, and it is quick.

import type { Signal } from "@telemetry/otlp";
import type { FacetKeys, FacetValues } from "../contract/contract.ts";
import { compileSql, compileText, compileType, keyOf, type Filter } from "./filter/filter.ts";
import { ATTRIBUTES_COLUMN } from "./filter/fields.ts";
import { METRIC_KINDS, metricTable } from "./metric-tables.ts";
import type { Params, Runner } from "./runner.ts";
import { timeSql, type TimeRange } from "./time.ts";

export interface FacetQuestion {
  readonly signal: Signal;
  readonly filter: Filter;
  readonly range: TimeRange;
  /** Keys or values that are answered. */
  readonly limit: number;
}

const ROWS_MAX = 100_000;
/** Longer values are no choice for a list. */
const VALUE_LENGTH_MAX = 1_000;

interface CountRow {
  readonly text: string;
  readonly type: string;
  readonly found: string;
}

/** Throws FilterSyntaxError. */
export async function listKeys(
  runner: Runner,
  question: FacetQuestion,
  signal?: AbortSignal,
): Promise<FacetKeys> {
  const keys = `arrayConcat(arrayMap(key -> toString(key), ${ATTRIBUTES_COLUMN[question.signal]}Keys),
  arrayMap(key -> concat('resource.', key), ResourceAttributesKeys)) AS keys`;
  const { rows, sampledRows } = await count(
    runner,
    question,
    (sample) => `SELECT arrayJoin(keys) AS text, '' AS type FROM (${sample})`,
    { sql: keys, params: {} },
    signal,
  );
  return {
    keys: rows.map(({ text, found }) => ({ key: text, count: Number(found) })),
    sampledRows,
  };
}

/** `key` as in filters, without quotes. Throws FilterSyntaxError. */
export async function listValues(
  runner: Runner,
  key: string,
  question: FacetQuestion,
  signal?: AbortSignal,
): Promise<FacetValues> {
  const text = compileText(keyOf(key), question.signal, "keyText");
  const type = compileType(keyOf(key), question.signal, "keyType");
  const { rows, sampledRows } = await count(
    runner,
    question,
    (sample) =>
      `SELECT text, type FROM (${sample}) WHERE text != '' AND length(text) <= ${VALUE_LENGTH_MAX}`,
    { sql: `${text.sql} AS text, ${type.sql} AS type`, params: { ...text.params, ...type.params } },
    signal,
  );
  const values = rows.map(({ text, type, found }) => ({
    value: text,
    type: typeOf(type),
    count: Number(found),
  }));
  return { values, sampledRows };
}

/** Counts texts by what `texts` makes of the sample, and the rows of the sample. */
async function count(
  runner: Runner,
  { signal: telemetry, filter, range, limit }: FacetQuestion,
  texts: (sample: string) => string,
  columns: { sql: string; params: Params },
  signal?: AbortSignal,
): Promise<{ rows: CountRow[]; sampledRows: number }> {
  const { sql: condition, params: filterParams } = compileSql(filter, telemetry);
  const params = {
    ...filterParams,
    ...columns.params,
    from: String(range.fromNs),
    to: String(range.toNs),
  };
  const sampleOf = (selected: string) =>
    TABLES[telemetry]
      .map(
        ({ table, time, order }) => `(SELECT ${selected} FROM ${table}
WHERE ${time} >= ${timeSql("from")} AND ${time} < ${timeSql("to")} AND ${condition} ORDER BY ${order} LIMIT ${ROWS_MAX})`,
      )
      .join("\nUNION ALL ");
  const [rows, [sample]] = await Promise.all([
    runner.rows<CountRow>({
      sql: `SELECT text, type, count() AS found FROM (${texts(sampleOf(columns.sql))})
GROUP BY text, type ORDER BY found DESC, text LIMIT ${limit}`,
      params,
      signal,
    }),
    runner.rows<{ found: string }>({
      sql: `SELECT count() AS found FROM (${sampleOf("1")})`,
      params,
      signal,
    }),
  ]);
  return { rows, sampledRows: Number(sample?.found ?? 0) };
}

interface SampledTable {
  readonly table: string;
  readonly time: string;
  /** Newest first, along the order of the table. */
  readonly order: string;
}

const byTime = (table: string): SampledTable => ({
  table,
  time: "Timestamp",
  order: "toStartOfFiveMinutes(Timestamp) DESC",
});

const TABLES: Record<Signal, readonly SampledTable[]> = {
  traces: [byTime("otel_traces")],
  logs: [byTime("otel_logs")],
  metrics: METRIC_KINDS.map((kind) => ({
    table: metricTable(kind),
    time: "TimeUnix",
    order: "TimeUnix DESC",
  })),
};

function typeOf(clickhouseType: string): "string" | "number" | "boolean" {
  if (clickhouseType === "Bool") return "boolean";
  return /^(U?Int|Float)\d+$/.test(clickhouseType) ? "number" : "string";
}
