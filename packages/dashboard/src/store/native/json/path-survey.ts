// path-survey.ts — counts the paths of some sets, so that columns go to the paths that many rows have.
//
// A column costs every row of the block something, whether the row has the path or not. A sender that puts an id
// into its keys would otherwise fill a block with columns of a few values each: beside one with 1 % of the spans, the
// engine took twice the CPU for all (docs/adr/011-json-as-paths.md).

import { isUtf8 } from "node:buffer";
import { AttributeType } from "@telemetry/otlp";
import type { AttributeSource } from "../attribute-text.ts";
import type { JsonColumn } from "./json.ts";

/** A path gets a column when it is in so many of the rows looked at. */
const SHARE_MIN = 0.01;

/** Stands where a JSON column would, and is never sent. */
export class PathSurvey implements JsonColumn {
  rowCount = 0;
  readonly sizeBytes = 0;
  readonly isUnfit = false;
  /** Rows by path; a path as latin1, which holds any bytes. */
  readonly #rows = new Map<string, number>();

  appendSet(source: AttributeSource, start: number, end: number, times = 1): boolean {
    const { arena, attributes } = source;
    const { key, type } = attributes;
    const bytes = Buffer.from(arena.buffer, arena.byteOffset, arena.byteLength);
    this.rowCount += times;
    for (let index = start; index < end; index++) {
      if (type[index] === AttributeType.empty) continue;
      const from = key.start[index] as number;
      const path = bytes.toString("latin1", from, from + (key.length[index] as number));
      this.#rows.set(path, (this.#rows.get(path) ?? 0) + times);
    }
    return true;
  }

  /** The paths for columns of their own, those of most rows first, at most `pathsMax`. */
  common(pathsMax: number): Uint8Array[] {
    return [...this.#rows]
      .filter(([, rows]) => rows >= this.rowCount * SHARE_MIN)
      .sort(([, left], [, right]) => right - left)
      .map(([path]) => Buffer.from(path, "latin1"))
      .filter((path) => isUtf8(path))
      .slice(0, pathsMax);
  }

  take(): Uint8Array[] {
    return [];
  }

  release(): void {}
}
