// series.ts — the values of a metric over time.
//
//   question ──catalogue: which kind is it──▶ plan ──points of one table──▶ buckets of time × groups ──▶ series
//
// plan.ts says what each aggregate means, points-sql.ts how counters are followed over restarts.

import type {
  Exemplar,
  MetricKind,
  MetricQueryAnswer,
  MetricSeries,
} from "../../contract/contract.ts";
import { QuestionError } from "../failures.ts";
import type { Runner } from "../runner.ts";
import { timeSql } from "../time.ts";
import { aggregateSql, exemplarsSql, type ValueRow } from "./aggregate-sql.ts";
import { explicitQuantiles, exponentialQuantiles } from "./distributions.ts";
import {
  planBuckets,
  planSeries,
  quantileOf,
  type MetricShape,
  type SeriesPlan,
  type SeriesQuestion,
} from "./plan.ts";
import { pointParams } from "./points-sql.ts";

export type { SeriesQuestion } from "./plan.ts";

/** Lines that a chart can still show; of more, those with the largest values are answered. */
const SERIES_MAX = 100;
const ROWS_MAX = 200_000;
const EXEMPLARS_PER_SERIES = 20;

/** An unknown metric has no series. Throws QuestionError, FilterSyntaxError. */
export async function querySeries(
  runner: Runner,
  question: SeriesQuestion,
  signal?: AbortSignal,
): Promise<MetricQueryAnswer> {
  const shape = await findShape(runner, question, signal);
  if (shape === undefined) {
    const { stepNs } = planBuckets(question.range, question.step);
    return { series: [], stepSeconds: Number(stepNs) / 1e9 };
  }
  const plan = planSeries(question, shape);
  const [rows, exemplars] = await Promise.all([
    readValues(runner, plan, signal),
    readExemplars(runner, plan, signal),
  ]);
  const series = seriesOf(plan, rows, exemplars);
  return {
    series: series.slice(0, SERIES_MAX),
    stepSeconds: Number(plan.buckets.stepNs) / 1e9,
    type: shape.kind,
    unit: shape.unit,
    ...(series.length > SERIES_MAX ? { droppedSeriesCount: series.length - SERIES_MAX } : {}),
  };
}

interface ShapeRow {
  readonly kind: MetricKind;
  readonly unit: string;
  readonly isMonotonic: boolean;
  readonly isCumulative: number;
}

async function findShape(
  runner: Runner,
  { name, type, range }: SeriesQuestion,
  signal?: AbortSignal,
): Promise<MetricShape | undefined> {
  const rows = await runner.rows<ShapeRow>({
    sql: `SELECT Kind AS kind, argMax(MetricUnit, LastSeen) AS unit, max(IsMonotonic) AS isMonotonic, max(AggregationTemporality = 2) AS isCumulative
FROM telemetry_metric_hour WHERE MetricName = {name:String} AND Hour >= toStartOfHour(${timeSql("from")}) AND Hour <= toStartOfHour(${timeSql("to")})
GROUP BY Kind ORDER BY max(LastSeen) DESC`,
    params: { name, from: String(range.fromNs), to: String(range.toNs) },
    signal,
  });
  const row = rows.find(({ kind }) => type === undefined || kind === type);
  return row && { ...row, isCumulative: row.isCumulative === 1 };
}

async function readValues(
  runner: Runner,
  plan: SeriesPlan,
  signal?: AbortSignal,
): Promise<ValueRow[]> {
  const quantile = quantileOf(plan.aggregate);
  if (quantile !== undefined && plan.shape.kind === "histogram") {
    return explicitQuantiles(runner, plan, quantile, signal);
  }
  if (quantile !== undefined && plan.shape.kind === "exponential_histogram") {
    return exponentialQuantiles(runner, plan, quantile, signal);
  }
  const rows = await runner.rows<ValueRow>({
    sql: `${aggregateSql(plan)} LIMIT ${ROWS_MAX + 1}`,
    params: pointParams(plan),
    signal,
  });
  if (rows.length <= ROWS_MAX) return rows;
  throw new QuestionError(
    `Cannot answer for "${plan.name}": more than ${ROWS_MAX} points; use a longer step, a filter, or fewer groups`,
  );
}

interface ExemplarRow {
  readonly groups: readonly string[];
  readonly exemplar: Exemplar;
}

async function readExemplars(
  runner: Runner,
  plan: SeriesPlan,
  signal?: AbortSignal,
): Promise<ExemplarRow[]> {
  if (plan.shape.kind === "summary") return [];
  return runner.rows<ExemplarRow>({
    sql: `${exemplarsSql(plan, EXEMPLARS_PER_SERIES)} LIMIT ${SERIES_MAX * EXEMPLARS_PER_SERIES}`,
    params: pointParams(plan),
    signal,
  });
}

/** Largest first, by the mean of their values. */
function seriesOf(
  plan: SeriesPlan,
  rows: readonly ValueRow[],
  exemplars: readonly ExemplarRow[],
): MetricSeries[] {
  const exemplarsByGroup = Map.groupBy(exemplars, keyOfGroups);
  const byGroup = Map.groupBy(rows, keyOfGroups);
  const series = [...byGroup].map(([key, values]) => ({
    size: meanSize(values),
    series: {
      attributes: attributesOf(plan.groupBy, values[0]?.groups ?? []),
      points: pointsOf(values, plan.buckets.stepNs),
      ...exemplarsPart(exemplarsByGroup.get(key)),
    },
  }));
  return series.sort((a, b) => b.size - a.size).map(({ series }) => series);
}

const keyOfGroups = ({ groups }: { groups: readonly string[] }) => JSON.stringify(groups);

/** Keys that a series does not have are left out. */
function attributesOf(keys: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    keys
      .map((key, index) => [key, values[index] ?? ""] as const)
      .filter(([, value]) => value !== ""),
  );
}

/** In order of time, with one null where buckets are missing, so that a chart shows the gap. */
function pointsOf(rows: readonly ValueRow[], stepNs: bigint): MetricSeries["points"] {
  const points: MetricSeries["points"] = [];
  let lastNs: bigint | undefined;
  for (const { bucket, value } of rows.toSorted((a, b) => compare(a.bucket, b.bucket))) {
    const timeNs = BigInt(bucket);
    if (lastNs !== undefined && timeNs - lastNs > stepNs) {
      points.push([String(lastNs + stepNs), null]);
    }
    points.push([bucket, value]);
    lastNs = timeNs;
  }
  return points;
}

function exemplarsPart(rows: readonly ExemplarRow[] | undefined): { exemplars?: Exemplar[] } {
  return rows === undefined ? {} : { exemplars: rows.map(({ exemplar }) => exemplar) };
}

function meanSize(rows: readonly ValueRow[]): number {
  return rows.reduce((sum, { value }) => sum + Math.abs(value ?? 0), 0) / rows.length;
}

function compare(a: string, b: string): number {
  const distance = BigInt(a) - BigInt(b);
  return distance < 0n ? -1 : distance > 0n ? 1 : 0;
}
