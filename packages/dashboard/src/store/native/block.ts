// block.ts — one block of ClickHouse's Native format: the rows of one insert into one table.
//
//   LEB128 column count, LEB128 row count, then per column:
//   LEB128 length and name, LEB128 length and type, then the column (see column-writers.ts)
//
// LowCardinality(String) goes as String, also in arrays, and ClickHouse converts it. JSON goes as JSON of
// exactly the table's type, in its string serialization: a UInt64 1, then one text per row as in a String
// column. (As String it would be converted too, but by a cast that ignores every setting: date-like strings
// became dates and a path given twice failed the insert. Measured with 26.7; docs/adr/003-schema.md.)
//
// Columns with a DEFAULT are not sent. Many batches append to one block, so that an insert is one block
// however many requests it has.

import type { Column, Table } from "../tables/tables.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { ColumnWriter, ElementColumn } from "./column-writers.ts";
import { ArrayColumn, ByteColumn, StringColumn, WordColumn } from "./column-writers.ts";

export class Block {
  readonly table: Table;
  readonly #columns: readonly Column[];
  readonly #writers = new Map<string, ColumnWriter>();

  constructor(table: Table) {
    this.table = table;
    this.#columns = table.columns.filter((column) => column.default === undefined);
    for (const { name, type } of this.#columns) this.#writers.set(name, writerFor(sentType(type)));
  }

  get columnNames(): string[] {
    return this.#columns.map((column) => column.name);
  }

  get rowCount(): number {
    const [first] = this.#writers.values();
    return first?.rowCount ?? 0;
  }

  get sizeBytes(): number {
    let sizeBytes = 0;
    for (const writer of this.#writers.values()) sizeBytes += writer.sizeBytes;
    return sizeBytes;
  }

  string(name: string): StringColumn {
    return this.#writer(name, StringColumn);
  }

  byte(name: string): ByteColumn {
    return this.#writer(name, ByteColumn);
  }

  words(name: string): WordColumn {
    return this.#writer(name, WordColumn);
  }

  strings(name: string): ArrayColumn<StringColumn> {
    return this.#array(name, StringColumn);
  }

  wordArrays(name: string): ArrayColumn<WordColumn> {
    return this.#array(name, WordColumn);
  }

  byteArrays(name: string): ArrayColumn<ByteColumn> {
    return this.#array(name, ByteColumn);
  }

  /** The block's bytes, in pieces that still belong to it: append nothing after this. */
  take(): Uint8Array[] {
    const { rowCount } = this;
    const head = new ByteWriter();
    head.writeVarint(this.#columns.length);
    head.writeVarint(rowCount);
    const pieces = [head.take()];
    for (const { name, type } of this.#columns) {
      const writer = this.#writers.get(name) as ColumnWriter;
      if (writer.rowCount !== rowCount) {
        throw new RangeError(
          `Cannot encode block of "${this.table.name}": column "${name}" has ${writer.rowCount} rows of ${rowCount}`,
        );
      }
      pieces.push(columnHead(name, sentType(type)));
      if (type.startsWith("JSON")) pieces.push(JSON_AS_STRINGS);
      pieces.push(...writer.take());
    }
    return pieces;
  }

  #array<Elements extends ElementColumn>(
    name: string,
    elements: new (...args: never[]) => Elements,
  ): ArrayColumn<Elements> {
    const writer: ArrayColumn = this.#writer(name, ArrayColumn);
    if (writer.elements instanceof elements) return writer as ArrayColumn<Elements>;
    throw new TypeError(`Cannot write column "${name}": its elements are no ${elements.name}`);
  }

  #writer<Writer extends ColumnWriter>(
    name: string,
    kind: new (...args: never[]) => Writer,
  ): Writer {
    const writer = this.#writers.get(name);
    if (writer instanceof kind) return writer;
    throw new TypeError(`Cannot write column "${name}" of "${this.table.name}": no ${kind.name}`);
  }
}

/** The state prefix of a JSON column: serialization version 1, one String per row. */
const JSON_AS_STRINGS = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);

function columnHead(name: string, type: string): Uint8Array {
  const head = new ByteWriter(64);
  for (const text of [name, type]) {
    head.writeVarint(text.length);
    head.writeAscii(text);
  }
  return head.take();
}

/** The type a column is sent as. */
export function sentType(type: string): string {
  const element = /^Array\((.*)\)$/.exec(type)?.[1];
  if (element !== undefined) return `Array(${sentType(element)})`;
  return type === "LowCardinality(String)" ? "String" : type;
}

function writerFor(type: string): ColumnWriter {
  const element = /^Array\((.*)\)$/.exec(type)?.[1];
  if (element !== undefined) return new ArrayColumn(writerFor(element) as ElementColumn);
  if (type === "String" || type.startsWith("JSON")) return new StringColumn();
  if (type === "UInt8" || type === "Bool") return new ByteColumn();
  return new WordColumn(/64/.test(type) ? 2 : 1);
}
