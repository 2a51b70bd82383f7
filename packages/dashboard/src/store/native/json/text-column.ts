// text-column.ts — a JSON column as one text per row.
//
//   UInt64 1, then the rows as in a String column
//
// As a String column it would be converted too, but by a cast that ignores every setting: date-like strings
// became dates and a path given twice failed the insert. Measured with 26.7; docs/adr/003-schema.md.

import { Loss } from "../any-value.ts";
import type { AttributeSource } from "../attribute-text.ts";
import { writeJsonSet } from "../attribute-text.ts";
import { StringColumn } from "../column-writers.ts";
import type { JsonColumn } from "./json.ts";

const STATE = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);

export class TextColumn implements JsonColumn {
  readonly isUnfit = false;
  readonly #texts = new StringColumn();

  get rowCount(): number {
    return this.#texts.rowCount;
  }

  get sizeBytes(): number {
    return this.#texts.sizeBytes;
  }

  appendSet(source: AttributeSource, start: number, end: number, times = 1): boolean {
    const texts = this.#texts;
    const row = texts.beginRow();
    const lost = writeJsonSet(texts.out, source, start, end, false);
    texts.endRow(row);
    if (times > 1) texts.repeatRow(row, times - 1);
    return lost === Loss.none;
  }

  take(): Uint8Array[] {
    return [STATE, ...this.#texts.take()];
  }

  release(): void {
    this.#texts.release();
  }
}
