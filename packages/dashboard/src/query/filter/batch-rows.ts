// batch-rows.ts — finds what belongs to a row of a Batch: its scope, its resource, its attributes.
//
// Rows are spans, log records, or metric points; points are counted over the four tables in the order
// numbers, histograms, exponentials, summaries.

import type { Batch, MetricBatch, PointColumns } from "@telemetry/otlp";

/** Attribute rows `[start, end)`. */
export interface AttributeRange {
  readonly start: number;
  readonly end: number;
}

/** The row's own attributes. */
export function rowAttributes(batch: Batch, row: number): AttributeRange {
  switch (batch.signal) {
    case "traces":
      return rangeOf(batch.spans.attributes, row);
    case "logs":
      return rangeOf(batch.logs.attributes, row);
    case "metrics": {
      const { points, at } = findPoint(batch, row);
      return rangeOf(points.attributes, at);
    }
  }
}

/** The attributes of the row's resource. */
export function resourceAttributes(batch: Batch, row: number): AttributeRange {
  const resource = batch.scopes.resource[scopeRow(batch, row)] as number;
  return rangeOf(batch.resources.attributes, resource);
}

/** Row of `batch.scopes` that the row belongs to. */
export function scopeRow(batch: Batch, row: number): number {
  switch (batch.signal) {
    case "traces":
      return batch.spans.scope[row] as number;
    case "logs":
      return batch.logs.scope[row] as number;
    case "metrics":
      return batch.metrics.scope[metricRow(batch, row)] as number;
  }
}

/** Row of `batch.metrics` that the point belongs to. */
export function metricRow(batch: MetricBatch, row: number): number {
  const { points, at } = findPoint(batch, row);
  return points.metric[at] as number;
}

function findPoint(batch: MetricBatch, row: number): { points: PointColumns; at: number } {
  let at = row;
  for (const points of [batch.numbers, batch.histograms, batch.exponentials, batch.summaries]) {
    if (at < points.count) return { points, at };
    at -= points.count;
  }
  throw new RangeError(`Cannot find point ${row}: the batch has ${batch.rowCount}`);
}

function rangeOf(ranges: Uint32Array, row: number): AttributeRange {
  return { start: ranges[row] as number, end: ranges[row + 1] as number };
}
