// attribute-text.ts — an attribute set as the text that its columns hold; the rules are at the head of
// tables/origin.ts.
// hot: see native.bench.ts

import { AttributeType } from "@telemetry/otlp";
import type { AttributeColumns } from "@telemetry/otlp";
import { Loss, writeJsonValue, writeOtlpValue } from "./any-value.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { StringColumn } from "./column-writers.ts";
import { writeJsonString } from "./json-text.ts";
import type { JsonColumn } from "./json/json.ts";
import { findKeyConflict } from "./key-conflict.ts";
import { writeOtlpString } from "./otlp-string.ts";

/** Where the attributes of a batch are. */
export interface AttributeSource {
  readonly arena: Uint8Array;
  readonly attributes: AttributeColumns;
}

/** Appends the set `[start, end)` to its JSON column, and to the exact column what JSON cannot hold. */
export function appendAttributes(
  json: JsonColumn,
  exact: StringColumn,
  source: AttributeSource,
  start: number,
  end: number,
  times = 1,
): void {
  if (json.appendSet(source, start, end, times)) exact.appendEmpty(times);
  else appendOtlpSet(exact, source, start, end, times);
}

/** Appends the set as a text attribute: `{…}` by key, or `[…]` OTLP JSON where that would lose something. */
export function appendTextAttributes(
  column: StringColumn,
  source: AttributeSource,
  start: number,
  end: number,
): void {
  const row = column.beginRow();
  const { out } = column;
  const textStart = out.length;
  if ((writeJsonSet(out, source, start, end, true) & Loss.inText) !== 0) {
    out.length = textStart;
    writeOtlpSet(out, source, start, end);
  }
  column.endRow(row);
}

function appendOtlpSet(
  column: StringColumn,
  source: AttributeSource,
  start: number,
  end: number,
  times: number,
): void {
  const row = column.beginRow();
  writeOtlpSet(column.out, source, start, end);
  column.endRow(row);
  if (times > 1) column.repeatRow(row, times - 1);
}

/** Writes `{"key":value,…}` and returns what was lost. A JSON column gets no null: it would be a path without a value. */
export function writeJsonSet(
  out: ByteWriter,
  source: AttributeSource,
  start: number,
  end: number,
  keepNull: boolean,
): number {
  const { arena, attributes } = source;
  const { key, type, low, high } = attributes;
  let lost = findKeyConflict(source, start, end);
  let isFirst = true;
  out.writeByte(0x7b);
  for (let row = start; row < end; row++) {
    const valueType = type[row] as number;
    if (valueType === AttributeType.empty && !keepNull) {
      lost |= Loss.inColumn;
      continue;
    }
    if (!isFirst) out.writeByte(0x2c);
    isFirst = false;
    if (!writeJsonString(out, arena, key.start[row] as number, key.length[row] as number)) {
      lost |= Loss.inText;
    }
    out.writeByte(0x3a);
    lost |= writeJsonValue(out, arena, valueType, low[row] as number, high[row] as number);
  }
  out.writeByte(0x7d);
  return lost;
}

function writeOtlpSet(out: ByteWriter, source: AttributeSource, start: number, end: number): void {
  const { arena, attributes } = source;
  const { key, type, low, high } = attributes;
  out.writeByte(0x5b);
  for (let row = start; row < end; row++) {
    if (row > start) out.writeByte(0x2c);
    out.writeAscii('{"key":');
    writeOtlpString(out, arena, key.start[row] as number, key.length[row] as number);
    out.writeAscii(',"value":');
    const [rowLow, rowHigh] = [low[row] as number, high[row] as number];
    writeOtlpValue(out, arena, type[row] as number, rowLow, rowHigh);
    out.writeByte(0x7d);
  }
  out.writeByte(0x5d);
}
