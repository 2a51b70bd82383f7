// paths-column.ts — a JSON column as columns of its paths, so that no JSON is written, sent and parsed.
//
//   UInt64 0, LEB128 most dynamic paths, LEB128 n, n paths as String            which paths have a column
//   per path: UInt64 1, LEB128 t, LEB128 t, t type names as String, UInt64 0    which types each has
//   per path: its data                                                          see path-column.ts
//   the data of all other paths                                                 see shared-data.ts
//
// This is what ClickHouse 26.7 itself writes as Native (its serialization "V1"). Which paths have a column is
// known before the first row (path-survey.ts). Rows are the same as if their text were parsed: json.test.ts
// compares them in ClickHouse. As text, JSON cost an insert of spans with ten attributes 6.3 of 10.7 µs.
//
// Maps, and arrays that are empty, nested or mixed, are left to ClickHouse's parser: the column is then unfit.
// hot: see native.bench.ts

import { isUtf8 } from "node:buffer";
import { AttributeType } from "@telemetry/otlp";
import { Loss } from "../any-value.ts";
import type { AttributeSource } from "../attribute-text.ts";
import { ByteWriter } from "../byte-writer.ts";
import { findKeyConflict } from "../key-conflict.ts";
import type { JsonColumn } from "./json.ts";
import type { PathColumn } from "./path-column.ts";
import { PathTable } from "./path-table.ts";
import type { ColumnValue } from "./read-value.ts";
import { isFiniteDouble, kindOf, readValue } from "./read-value.ts";
import type { SharedEntry } from "./shared-data.ts";
import { SharedData } from "./shared-data.ts";
import type { PlainValue } from "./values.ts";
import { Kind } from "./values.ts";

export class PathsColumn implements JsonColumn {
  rowCount = 0;
  #isUnfit = false;
  readonly #dynamicPathsMax: number;
  readonly #table: PathTable;
  readonly #shared = new SharedData();

  /** `dynamicPathsMax` is the table's own number; `names` are not more. */
  constructor(dynamicPathsMax: number, names: readonly Uint8Array[]) {
    this.#dynamicPathsMax = dynamicPathsMax;
    this.#table = new PathTable(names);
  }

  get isUnfit(): boolean {
    return this.#isUnfit;
  }

  get sizeBytes(): number {
    let { sizeBytes } = this.#shared;
    for (const path of this.#table.paths) sizeBytes += path.sizeBytes;
    return sizeBytes;
  }

  appendSet(source: AttributeSource, start: number, end: number, times = 1): boolean {
    const { arena, attributes } = source;
    const { key, type } = attributes;
    const row = this.rowCount;
    this.rowCount += times;
    let isExact = true;
    let others: number[] | undefined;
    for (let index = start; index < end; index++) {
      if (type[index] === AttributeType.empty) {
        isExact = false; // a path without a value is no path
        continue;
      }
      const keyStart = key.start[index] as number;
      const path = this.#table.find(arena, keyStart, key.length[index] as number, index - start);
      if (path === undefined) (others ??= []).push(index);
      else if (path.rowCount > row) isExact = false; // a key twice: its first value counts
      else isExact = this.#append(path, row, times, source, index) && isExact;
    }
    if (others === undefined) return isExact;
    return (
      this.#appendOthers(row, times, source, others) &&
      findKeyConflict(source, start, end) === Loss.none &&
      isExact
    );
  }

  /** The column as Native has it. */
  take(): Uint8Array[] {
    const { paths } = this.#table;
    const head = new ByteWriter();
    head.writeWord(0);
    head.writeWord(0);
    head.writeVarint(this.#dynamicPathsMax);
    head.writeVarint(paths.length);
    for (const { name } of paths) head.writeString(name, 0, name.length);
    for (const { typeNames } of paths) writeDynamicPrefix(head, typeNames);
    return [
      head.take(),
      ...paths.flatMap((path) => path.take(this.rowCount)),
      ...this.#shared.take(this.rowCount),
    ];
  }

  release(): void {
    for (const path of this.#table.paths) path.release();
    this.#shared.release();
  }

  /** Returns whether the path holds the value exactly. */
  #append(
    path: PathColumn,
    row: number,
    times: number,
    source: AttributeSource,
    index: number,
  ): boolean {
    const { arena, attributes } = source;
    const type = attributes.type[index] as number;
    const low = attributes.low[index] as number;
    const high = attributes.high[index] as number;
    const kind = kindOf(type);
    const hasRelative = path.hasRelativeIn(row);
    if (kind === undefined || (kind === Kind.double && !isFiniteDouble(high))) {
      return this.#appendRare(path, row, times, readValue(arena, type, low, high)) && !hasRelative;
    }
    return path.append(row, times, kind, arena, low, high) && !hasRelative;
  }

  #appendRare(
    path: PathColumn,
    row: number,
    times: number,
    value: ColumnValue | undefined,
  ): boolean {
    if (value === undefined) {
      this.#isUnfit = true;
      return false;
    }
    const { isArray, isExact, values } = value;
    const { kind, arena, low, high } = values[0] as PlainValue;
    const isWhole = isArray
      ? path.appendArray(row, times, values)
      : path.append(row, times, kind, arena, low, high);
    return isWhole && isExact;
  }

  /** Attributes whose paths have no column. Returns whether the row holds them exactly. */
  #appendOthers(row: number, times: number, source: AttributeSource, others: number[]): boolean {
    const { arena, attributes } = source;
    const { key, type, low, high } = attributes;
    const entries: SharedEntry[] = [];
    let isExact = true;
    for (const index of others) {
      const start = key.start[index] as number;
      const path = arena.subarray(start, start + (key.length[index] as number));
      const [valueLow, valueHigh] = [low[index] as number, high[index] as number];
      const value = readValue(arena, type[index] as number, valueLow, valueHigh);
      if (value === undefined || !isUtf8(path)) this.#isUnfit = true;
      else {
        entries.push({ path, ...value });
        isExact &&= value.isExact;
      }
    }
    entries.sort((left, right) => Buffer.compare(left.path, right.path));
    const kept = entries.filter(
      ({ path }, at) =>
        at === 0 || Buffer.compare(path, (entries[at - 1] as SharedEntry).path) !== 0,
    );
    for (let time = 0; time < times; time++) {
      isExact = this.#shared.append(row + time, kept) && isExact;
    }
    return isExact;
  }
}

/** Version 1 of a Dynamic: its types, and a Variant whose discriminators stand row by row. */
function writeDynamicPrefix(head: ByteWriter, typeNames: readonly string[]): void {
  head.writeWord(1);
  head.writeWord(0);
  head.writeVarint(typeNames.length);
  head.writeVarint(typeNames.length);
  for (const name of typeNames) {
    head.writeVarint(name.length);
    head.writeAscii(name);
  }
  head.writeWord(0);
  head.writeWord(0);
}
