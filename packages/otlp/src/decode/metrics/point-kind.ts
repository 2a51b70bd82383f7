// point-kind.ts — the two walks over data points, which every kind of point does in its own way.

import type { WireReader } from "../../wire/wire.ts";

/** First walk: counts one point, up to its end. */
export interface PointKindMeasure {
  readonly points: number;
  readonly attributes: number;
  measure(reader: WireReader, end: number): void;
}

/** Second walk: fills the next row with one point, up to its end. */
export interface PointKindFill {
  fill(reader: WireReader, end: number, metric: number): void;
}

/** Where the part of a kind begins in the tables that all kinds share. */
export interface FirstRows {
  readonly attribute: number;
  readonly exemplars: { readonly exemplar: number; readonly attribute: number };
}
