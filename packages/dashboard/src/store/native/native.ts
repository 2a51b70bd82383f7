// native.ts — from Batches to the blocks that are inserted.
//
//   Batch ──planRows──▶ rows of each table, in order ──encodeBlock──▶ Native bytes
//                                                       looks at some rows first: json/path-survey.ts
//
// Rows are numbered across the batches of an insert, per table; a part of an insert is a range of these
// numbers. Both steps are functions of the requests' bytes and arrival times alone: a replay makes the
// same blocks.

import { MetricType } from "@telemetry/otlp";
import type { Batch, MetricBatch, NumberPointColumns } from "@telemetry/otlp";
import * as tables from "../tables/tables.ts";
import type { Table } from "../tables/tables.ts";
import { Block } from "./block.ts";
import { openJsonColumn } from "./json/json.ts";
import { PathSurvey } from "./json/path-survey.ts";
import { appendLogs } from "./log-rows.ts";
import type { Origins } from "./origin-rows.ts";
import { encodeOrigins } from "./origin-rows.ts";
import type { PointContext } from "./point-rows.ts";
import {
  appendExponentials,
  appendHistograms,
  appendNumbers,
  appendSummaries,
  encodeMetrics,
} from "./point-rows.ts";
import { appendSpans } from "./span-rows.ts";
import type { RefusedRows, StoredRows, TimeWindow, TimedRows } from "./timed-rows.ts";
import { firstRefused, selectTimedRows, sliceTimedRows } from "./timed-rows.ts";
import type { RowValues } from "./row-values.ts";
import { describeRow } from "./row-values.ts";

export type { RefusedRows } from "./timed-rows.ts";
export type { Block } from "./block.ts";
export { bodyText } from "./log-rows.ts";
export { type RowValues } from "./row-values.ts";

/** Raised whenever the same request would make other rows or another order of rows. */
export const FORMAT_VERSION = 2;

/** How rows are chosen. */
export interface PlanOptions extends TimeWindow {
  /** Called for every resource and scope whose attributes are too large to be stored. */
  readonly countOversized: () => void;
}

/** The rows that one batch has for one table. */
export interface PlannedRows {
  readonly table: Table;
  readonly rowCount: number;
  readonly expired: RefusedRows;
  readonly ahead: RefusedRows;
  /** Appends rows `[from, to)` of these. */
  append(block: Block, from: number, to: number): void;
  /** The first of refused rows, by column. */
  describe(refused: RefusedRows): RowValues;
}

/** Which rows a batch has for which tables, tables in the order of their names in `tables`. */
export function planRows(batch: Batch, window: PlanOptions): PlannedRows[] {
  // Resources, scopes and metrics are encoded once, when the first table asks.
  const origins = lazy(() => encodeOrigins(batch, window.countOversized));
  switch (batch.signal) {
    case "traces": {
      const { startTimeUnixNano, count } = batch.spans;
      const selection = selectTimedRows(rowsUpTo(count), startTimeUnixNano, undefined, window);
      const append: Append = (block, part) => appendSpans(block, batch, origins(), part);
      return [planned(tables.traces, selection, append)];
    }
    case "logs": {
      const { timeUnixNano, observedTimeUnixNano, count } = batch.logs;
      const candidates = rowsUpTo(count);
      const selection = selectTimedRows(candidates, timeUnixNano, observedTimeUnixNano, window);
      const append: Append = (block, part) => appendLogs(block, batch, origins(), part);
      return [planned(tables.logs, selection, append)];
    }
    case "metrics":
      return planPoints(batch, origins, window);
  }
}

/** Rows and bytes of one block, whatever a request holds: it is in memory twice while it is sent. */
const BLOCK_ROWS_MAX = 250_000;
const BLOCK_BYTES_MAX = 128 * 1_048_576;
/** Rows appended between two looks at the block's size. */
const STEP_ROWS = 256;

/** A block, and the number of the first row that is not in it any more. */
export interface EncodedBlock {
  readonly block: Block;
  readonly to: number;
}

/**
 * The block of rows `[from, to)` among the planned rows of many batches, all of one table. It ends before
 * `to` where it would get too large; the rest is another block.
 */
export function encodeBlock(
  table: Table,
  planned: readonly PlannedRows[],
  from: number,
  to: number,
): EncodedBlock {
  const surveys = surveyPaths(table, planned, from, to);
  const block = new Block(table, ({ name, type }) => openJsonColumn(type, surveys.get(name)));
  const encoded = fillBlock(block, planned, from, to);
  if (!block.isUnfit) return encoded;
  block.release();
  return fillBlock(blockOfTexts(table), planned, from, to);
}

/** Rows looked at before a block is filled: all of a small one, and slices all over a large one. */
const SURVEY_SLICES_MAX = 128;
const SURVEY_SLICE_ROWS = 4;

/** What the JSON columns of these rows hold, by column. */
function surveyPaths(
  table: Table,
  planned: readonly PlannedRows[],
  from: number,
  to: number,
): ReadonlyMap<string, PathSurvey> {
  const surveys = new Map<string, PathSurvey>();
  const block = new Block(table, ({ name }) => {
    const survey = new PathSurvey();
    surveys.set(name, survey);
    return survey;
  });
  const step = Math.max(SURVEY_SLICE_ROWS, Math.ceil((to - from) / SURVEY_SLICES_MAX));
  for (let row = from; row < to; row += step) {
    fillBlock(block, planned, row, Math.min(row + SURVEY_SLICE_ROWS, to));
  }
  block.release();
  return surveys;
}

function blockOfTexts(table: Table): Block {
  return new Block(table, ({ type }) => openJsonColumn(type, undefined));
}

/** One row as values by column, its JSON as text. */
export function describePlanned(
  table: Table,
  planned: readonly PlannedRows[],
  row: number,
): RowValues {
  return describeRow(fillBlock(blockOfTexts(table), planned, row, row + 1).block);
}

function fillBlock(
  block: Block,
  planned: readonly PlannedRows[],
  from: number,
  to: number,
): EncodedBlock {
  let row = from;
  let offset = 0;
  for (const rows of planned) {
    const end = Math.min(to - offset, rows.rowCount);
    while (row - offset < end) {
      const start = row - offset;
      const stepEnd = Math.min(start + STEP_ROWS, end);
      rows.append(block, start, stepEnd);
      row = offset + stepEnd;
      if (block.isUnfit) return { block, to: row };
      if (row - from >= BLOCK_ROWS_MAX || block.sizeBytes >= BLOCK_BYTES_MAX) {
        return { block, to: row };
      }
    }
    offset += rows.rowCount;
  }
  return { block, to };
}

type Append = (block: Block, part: StoredRows) => void;

function planned(table: Table, selection: TimedRows, append: Append): PlannedRows {
  return {
    table,
    rowCount: selection.rows.length,
    expired: selection.expired,
    ahead: selection.ahead,
    append: (block, from, to) => append(block, sliceTimedRows(selection, from, to)),
    describe: (refused) => {
      const block = blockOfTexts(table);
      append(block, firstRefused(refused));
      return describeRow(block);
    },
  };
}

function planPoints(batch: MetricBatch, origins: () => Origins, window: TimeWindow): PlannedRows[] {
  const metrics = lazy(() => encodeMetrics(batch));
  const context = (): PointContext => ({ batch, origins: origins(), metrics: metrics() });
  const { numbers, histograms, exponentials, summaries } = batch;
  const select = (rows: Uint32Array, time: BigUint64Array) =>
    selectTimedRows(rows, time, undefined, window);
  const appendNumber: Append = (block, part) => appendNumbers(block, context(), numbers, part);
  const gauges = rowsOfType(batch, numbers, MetricType.gauge);
  const sums = rowsOfType(batch, numbers, MetricType.sum);
  return [
    planned(tables.gauge, select(gauges, numbers.timeUnixNano), appendNumber),
    planned(tables.sum, select(sums, numbers.timeUnixNano), appendNumber),
    planned(
      tables.histogram,
      select(rowsUpTo(histograms.count), histograms.timeUnixNano),
      (block, part) => appendHistograms(block, context(), histograms, part),
    ),
    planned(
      tables.exponentialHistogram,
      select(rowsUpTo(exponentials.count), exponentials.timeUnixNano),
      (block, part) => appendExponentials(block, context(), exponentials, part),
    ),
    planned(
      tables.summary,
      select(rowsUpTo(summaries.count), summaries.timeUnixNano),
      (block, part) => appendSummaries(block, context(), summaries, part),
    ),
  ];
}

function rowsOfType(batch: MetricBatch, points: NumberPointColumns, type: number): Uint32Array {
  return rowsUpTo(points.count).filter(
    (row) => batch.metrics.type[points.metric[row] as number] === type,
  );
}

function rowsUpTo(count: number): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
