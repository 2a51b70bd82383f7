// plan.ts — decides what a question about a metric means, before anything of its points is read.
//
// What an aggregate is depends on what was recorded:
//
//               sum                    rate          avg, min, max, count      last                pXX
//   gauge       of the series' last    –             of the points             newest point        –
//   up-down     of the series' last    –             of the points             sum of series' last –
//   counter     increase               increase/s    of the points             sum of series' last –
//   histogram,  of the values          values/s      of the values             –                   of the values
//   summary
//
// An up-down counter is a sum that is cumulative and not monotonic; its value is a level, like a gauge's.

import type { MetricAggregate, MetricKind } from "../../contract/contract.ts";
import { QuestionError } from "../failures.ts";
import { compileSql, compileText, keyOf, type Filter, type FilterSql } from "../filter/filter.ts";
import { parseDuration } from "../filter/literals.ts";
import type { TimeRange } from "../time.ts";

export interface SeriesQuestion {
  readonly name: string;
  /** Needed only for a name that was used for two kinds of metrics. Default: the one with the newest point. */
  readonly type?: MetricKind | undefined;
  /** Default: rate of a counter, p95 of a histogram, avg of a gauge or summary, sum of an up-down counter. */
  readonly aggregate?: MetricAggregate | undefined;
  /** Keys as in filters: `service`, `http.route`, `resource.host.name`. */
  readonly groupBy: readonly string[];
  readonly range: TimeRange;
  /** `30s` or a number of seconds. Default: so that there are at most 120 points. */
  readonly step?: string | undefined;
  readonly filter: Filter;
}

/** What the catalogue knows of the metric. */
export interface MetricShape {
  readonly kind: MetricKind;
  readonly unit: string;
  readonly isMonotonic: boolean;
  /** Whether some of its points are cumulative. */
  readonly isCumulative: boolean;
}

export interface SeriesPlan {
  readonly name: string;
  readonly shape: MetricShape;
  readonly aggregate: MetricAggregate;
  readonly groupBy: readonly string[];
  /** One expression per key of groupBy. */
  readonly groups: readonly FilterSql[];
  readonly filter: FilterSql;
  readonly range: TimeRange;
  readonly buckets: Buckets;
}

/** Points are `originNs + n * stepNs`. */
export interface Buckets {
  readonly originNs: bigint;
  readonly stepNs: bigint;
}

const GROUPS_MAX = 8;
const BUCKETS_MAX = 11_000n;
const BUCKETS_DEFAULT = 120n;
const SECOND_NS = 1_000_000_000n;
const STEP_NS_MIN = SECOND_NS / 10n;
const STEPS_SECONDS = [1n, 2n, 5n, 10n, 15n, 30n, 60n, 120n, 300n, 600n, 900n, 1_800n, 3_600n, 7_200n, 10_800n, 21_600n, 43_200n, 86_400n]; // prettier-ignore

/** Throws QuestionError, FilterSyntaxError. */
export function planSeries(question: SeriesQuestion, shape: MetricShape): SeriesPlan {
  const { name, groupBy, range, filter } = question;
  if (groupBy.length > GROUPS_MAX) {
    throw new QuestionError(`Cannot group by ${groupBy.length} keys: ${GROUPS_MAX} at most`);
  }
  const aggregate = question.aggregate ?? defaultAggregate(shape);
  requireMeaning(name, aggregate, shape);
  return {
    name,
    shape,
    aggregate,
    groupBy,
    groups: groupBy.map((key, index) => compileText(keyOf(key), "metrics", `group${index}_`)),
    filter: compileSql(filter, "metrics"),
    range,
    buckets: planBuckets(range, question.step),
  };
}

/** Whether the values of the metric are levels, which are not added up over time. */
export function isLevel({ kind, isMonotonic, isCumulative }: MetricShape): boolean {
  return kind === "gauge" || (kind === "sum" && isCumulative && !isMonotonic);
}

export function isDistribution({ kind }: MetricShape): boolean {
  return kind === "histogram" || kind === "exponential_histogram" || kind === "summary";
}

/** 0.95 of p95; undefined for the other aggregates. */
export function quantileOf(aggregate: MetricAggregate): number | undefined {
  return aggregate.startsWith("p") ? Number(aggregate.slice(1)) / 100 : undefined;
}

function defaultAggregate(shape: MetricShape): MetricAggregate {
  if (shape.kind === "gauge" || shape.kind === "summary") return "avg";
  if (shape.kind !== "sum") return "p95";
  return isLevel(shape) ? "sum" : "rate";
}

function requireMeaning(name: string, aggregate: MetricAggregate, shape: MetricShape): void {
  const refuse = (reason: string): never => {
    throw new QuestionError(`Cannot aggregate "${name}" as ${aggregate}: ${reason}`);
  };
  if (quantileOf(aggregate) !== undefined && !isDistribution(shape)) {
    refuse(`it is a ${shape.kind}, and percentiles need a histogram or a summary`);
  }
  if (aggregate === "rate" && isLevel(shape)) refuse("its values are levels, and have no rate");
  if (aggregate === "last" && isDistribution(shape)) refuse(`it is a ${shape.kind}`);
}

/**
 * Buckets begin at multiples of the step since 1970, so that a chart that moves on keeps its points. A
 * range of one step is one bucket, whatever its start.
 */
export function planBuckets({ fromNs, toNs }: TimeRange, step: string | undefined): Buckets {
  const stepNs = step === undefined ? defaultStep(toNs - fromNs) : parseStep(step);
  if ((toNs - fromNs) / stepNs > BUCKETS_MAX) {
    throw new QuestionError(
      `Cannot use step "${step ?? ""}": it would make more than ${BUCKETS_MAX} points per series`,
    );
  }
  return { stepNs, originNs: stepNs >= toNs - fromNs ? fromNs : 0n };
}

function defaultStep(lengthNs: bigint): bigint {
  const wanted = lengthNs / BUCKETS_DEFAULT;
  const step = STEPS_SECONDS.find((seconds) => seconds * SECOND_NS >= wanted);
  return step === undefined ? wanted : step * SECOND_NS;
}

function parseStep(text: string): bigint {
  const stepNs = parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
  if (stepNs === undefined || stepNs < STEP_NS_MIN) {
    throw new QuestionError(
      `Cannot use step "${text}": write seconds or a duration such as 30s, at least 100ms`,
    );
  }
  return stepNs;
}
