// trace-list.ts — traces with at least one span that passes a filter, newest or longest first.
//
// The list is read from telemetry_trace_summary, which has one row per trace and minute. A trace is in a
// time range with those of its rows that overlap it, and its key (what the list is ordered by, and what the
// cursor has) is the earliest start, or the length, of these rows.
//
// Newest first does not look at the whole range: it asks for its newest part, [low, to), and goes on with
// a longer one until the page is full. Every trace whose key is at or after `low` has a row in that part, so
// nothing is missed; a trace that began earlier is put off until its time has come.

import type { TraceList, TraceSummary } from "../contract/contract.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { compileSql, type Filter, type FilterSql } from "./filter/filter.ts";
import type { Params, Runner } from "./runner.ts";
import { timeSql, type TimeRange } from "./time.ts";

export type TraceOrder = "time" | "duration";

export interface TraceQuestion {
  /** On spans; all of its conditions must hold for one span of the trace. */
  readonly filter: Filter;
  readonly range: TimeRange;
  readonly order: TraceOrder;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Throws FilterSyntaxError, QuestionError. */
export async function listTraces(
  runner: Runner,
  question: TraceQuestion,
  signal?: AbortSignal,
): Promise<TraceList> {
  const list = new TraceListing(runner, question, signal);
  const { limit, order } = question;
  const found = order === "time" ? await list.newest() : await list.longest();
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    traces: page.map((trace) => trace.summary),
    ...(found.length > limit && last !== undefined
      ? { nextCursor: encodeCursor(order, last.key, last.summary.traceId) }
      : {}),
  };
}

/** `key` is epoch ns of the start, or the length in ns, within the range. */
interface KeyedSummary {
  readonly key: string;
  readonly summary: TraceSummary;
}

/** Rows of the summary that a first look takes in, in pages of the asked size: room for traces put off. */
const FIRST_LOOK_PAGES = 4;
/** How much longer each further look is. */
const LOOK_GROWTH = 6n;
const SECOND_NS = 1_000_000_000n;

class TraceListing {
  readonly #runner: Runner;
  readonly #question: TraceQuestion;
  readonly #signal: AbortSignal | undefined;
  /** Undefined when every span passes: then otel_traces need not be read. */
  readonly #filter: FilterSql | undefined;
  readonly #after: { key: string; traceId: string } | undefined;

  constructor(runner: Runner, question: TraceQuestion, signal: AbortSignal | undefined) {
    const { filter, order, cursor } = question;
    this.#runner = runner;
    this.#question = question;
    this.#signal = signal;
    this.#filter = filter.type === "everything" ? undefined : compileSql(filter, "traces");
    if (cursor !== undefined) {
      const [key, traceId] = decodeCursor(cursor, order, [/^\d{1,19}$/, /^[0-9a-f]{32}$/]);
      this.#after = { key: key as string, traceId: traceId as string };
    }
  }

  async newest(): Promise<KeyedSummary[]> {
    const { limit, range } = this.#question;
    const { fromNs } = range;
    const first = await this.#firstLook();
    let { lowNs } = first;
    for (;;) {
      const candidates = await this.#candidates(lowNs, START_KEY);
      const traces = await this.#summaries(candidates, START_KEY);
      const settled = traces.filter(({ key }) => BigInt(key) >= lowNs || lowNs <= fromNs);
      if (lowNs <= fromNs || settled.length > limit) return settled;
      lowNs = max(first.highNs - (first.highNs - lowNs) * LOOK_GROWTH, fromNs);
    }
  }

  async longest(): Promise<KeyedSummary[]> {
    const candidates = await this.#candidates(this.#question.range.fromNs, LENGTH_KEY);
    return this.#summaries(candidates, LENGTH_KEY);
  }

  /** From where a few pages of traces lie before the newest one. */
  async #firstLook(): Promise<{ lowNs: bigint; highNs: bigint }> {
    const { range, limit } = this.#question;
    const [row] = await this.#rows<{ oldest: number; newest: number }>(FIRST_LOOK_SQL, {
      ...this.#rangeParams(range.fromNs),
      before: this.#after?.key ?? String(range.toNs),
      wanted: (limit + 1) * FIRST_LOOK_PAGES,
    });
    const { oldest = 0, newest = 0 } = row ?? {};
    return {
      lowNs: max(BigInt(oldest) * SECOND_NS, range.fromNs),
      highNs: BigInt(newest + 60) * SECOND_NS,
    };
  }

  /** Ids of one page and one more, of the traces in `[lowNs, to)`, in order. */
  async #candidates(lowNs: bigint, key: string): Promise<string[]> {
    const { limit } = this.#question;
    const matching =
      this.#filter === undefined
        ? ""
        : `AND TraceId IN (SELECT TraceId FROM otel_traces WHERE Timestamp >= ${timeSql("from")} AND Timestamp < ${timeSql("to")} AND ${this.#filter.sql})`;
    const after =
      this.#after === undefined
        ? ""
        : "HAVING (key, TraceId) < ({afterKey:Int64}, {afterId:String})";
    const rows = await this.#rows<{ id: string }>(
      `SELECT TraceId AS id, ${key} AS key FROM telemetry_trace_summary WHERE ${OVERLAP_SQL} ${matching}
GROUP BY TraceId ${after} ORDER BY key DESC, TraceId DESC LIMIT {take:UInt32}`,
      {
        ...this.#filter?.params,
        ...this.#rangeParams(lowNs),
        // Some may be put off; a page of them in reserve saves another look.
        take: (limit + 1) * 2,
      },
    );
    return rows.map(({ id }) => id);
  }

  /** The whole traces, also what of them is outside of the range; in the order of their keys, after the cursor. */
  async #summaries(ids: readonly string[], key: string): Promise<KeyedSummary[]> {
    if (ids.length === 0) return [];
    const traces = await this.#rows<KeyedSummary>(
      `SELECT ${keyWithin(key)} AS key, ${SUMMARY_SQL} AS summary FROM telemetry_trace_summary
WHERE TraceId IN {ids:Array(String)} AND Minute >= (SELECT toStartOfMinute(min(Start)) ${RANGE_OF_IDS_SQL}) AND Minute <= (SELECT max(End) ${RANGE_OF_IDS_SQL})
GROUP BY TraceId ORDER BY key DESC, TraceId DESC`,
      { ...this.#rangeParams(this.#question.range.fromNs), ids },
    );
    return traces.filter((trace) => this.#isAfterCursor(trace));
  }

  #isAfterCursor({ key, summary: { traceId } }: KeyedSummary): boolean {
    if (this.#after === undefined) return true;
    const distance = BigInt(key) - BigInt(this.#after.key);
    return distance < 0n || (distance === 0n && traceId < this.#after.traceId);
  }

  #rangeParams(fromNs: bigint): Params {
    return {
      from: String(fromNs),
      to: String(this.#question.range.toNs),
      afterKey: this.#after?.key ?? "0",
      afterId: this.#after?.traceId ?? "",
    };
  }

  #rows<Row>(sql: string, params: Params): Promise<Row[]> {
    return this.#runner.rows<Row>({ sql, params, signal: this.#signal });
  }
}

/** Rows of the summary that have something in `[from, to)`. */
const OVERLAP_SQL = `Minute >= toStartOfMinute(${timeSql("from")}) AND Minute <= toStartOfMinute(${timeSql("to")}) AND End >= ${timeSql("from")} AND Start < ${timeSql("to")}`;

const RANGE_OF_IDS_SQL = "FROM otel_traces_trace_id_ts WHERE TraceId IN {ids:Array(String)}";

const START_KEY = "toUnixTimestamp64Nano(min(Start))";
const LENGTH_KEY = "toUnixTimestamp64Nano(max(End)) - toUnixTimestamp64Nano(min(Start))";

/** The same key over the overlapping rows among all rows of a trace. */
function keyWithin(key: string): string {
  return key
    .replaceAll("min(Start)", `minIf(Start, ${OVERLAP_SQL})`)
    .replaceAll("max(End)", `maxIf(End, ${OVERLAP_SQL})`);
}

/** A TraceSummary as a named tuple, which is an object in JSON. */
const SUMMARY_SQL = `CAST((
  TraceId,
  tupleElement(min(Root), 'Name'),
  tupleElement(min(Root), 'Service'),
  arraySort(groupUniqArrayArray(Services)),
  sum(SpanCount),
  sum(ErrorCount),
  toString(toUnixTimestamp64Nano(min(Start))),
  toString(toUnixTimestamp64Nano(max(End)) - toUnixTimestamp64Nano(min(Start)))
), 'Tuple(traceId String, rootName String, rootService String, services Array(String), spanCount Float64, errorCount Float64, startTimeUnixNano String, durationNano String)')`;

/** The newest minutes that together have enough rows. */
const FIRST_LOOK_SQL = `SELECT toUnixTimestamp(min(Minute)) AS oldest, toUnixTimestamp(max(Minute)) AS newest FROM (
SELECT Minute, count() AS found, sum(found) OVER (ORDER BY Minute DESC) AS total FROM telemetry_trace_summary
WHERE Minute >= toStartOfMinute(${timeSql("from")}) AND Minute <= toStartOfMinute(${timeSql("to")}) AND Minute <= toStartOfMinute(${timeSql("before")})
GROUP BY Minute) WHERE total - found < {wanted:UInt32}`;

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
