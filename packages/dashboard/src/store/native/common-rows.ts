// common-rows.ts — what the rows of every signal are written with.
// hot: see native.bench.ts

import type { Block } from "./block.ts";
import { encodeRow, wordsOf } from "./column-writers.ts";
import type { StringColumn, WordColumn } from "./column-writers.ts";
import { TIME_SOURCE_NAMES } from "./timed-rows.ts";
import type { StoredRows } from "./timed-rows.ts";

const encodeText = (text: string) =>
  encodeRow((column) => {
    const bytes = Buffer.from(text);
    column.appendText(bytes, 0, bytes.length);
  });

const TIME_SOURCES = TIME_SOURCE_NAMES.map(encodeText);

/** The rows' time column and where the times come from. */
export function appendTimes(block: Block, timeColumn: string, selection: StoredRows): void {
  const { rows, times, sources } = selection;
  const column = block.words(timeColumn);
  const source = block.string("TimestampSource");
  for (let index = 0; index < rows.length; index++) {
    column.append64(times[index * 2] as number, times[index * 2 + 1] as number);
    source.appendEncoded(TIME_SOURCES[sources[index] as number] as Uint8Array);
  }
}

/** `rows` of a batch column into a column of the same width. */
export function appendRowWords(
  column: WordColumn,
  values: Uint32Array | Int32Array | BigUint64Array | BigInt64Array | Float64Array,
  rows: Uint32Array,
): void {
  const words = wordsOf(values);
  if (values.BYTES_PER_ELEMENT === 4) {
    for (const row of rows) column.append(words[row] as number);
    return;
  }
  for (const row of rows) column.append64(words[row * 2] as number, words[row * 2 + 1] as number);
}

const encodedNames = new Map<readonly string[], Uint8Array[]>();

/** An enum by its names; numbers without a name as digits. */
export function appendEnum(
  column: StringColumn,
  names: readonly string[],
  values: Uint8Array,
  rows: Uint32Array,
): void {
  let encoded = encodedNames.get(names);
  if (encoded === undefined) {
    encoded = Array.from({ length: 256 }, (_, value) => encodeText(names[value] ?? String(value)));
    encodedNames.set(names, encoded);
  }
  for (const row of rows) column.appendEncoded(encoded[values[row] as number] as Uint8Array);
}
