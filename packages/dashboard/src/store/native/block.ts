// block.ts — one block of ClickHouse's Native format: the rows of one insert into one table.
//
//   LEB128 column count, LEB128 row count, then per column:
//   LEB128 length and name, LEB128 length and type, then the column (see column-writers.ts)
//
// LowCardinality(String) goes as String, also in arrays, and ClickHouse converts it. JSON goes as JSON of
// exactly the table's type, in one of the forms of json/json.ts.
//
// Columns with an ALIAS are not sent. Many batches append to one block, so that an insert is one block
// however many requests it has.

import type { Column, Table } from "../tables/tables.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { ColumnWriter, ElementColumn } from "./column-writers.ts";
import { ArrayColumn, ByteColumn, StringColumn, WordColumn } from "./column-writers.ts";
import type { JsonColumn } from "./json/json.ts";

type Writer = ColumnWriter | JsonColumn;

export class Block {
  readonly table: Table;
  readonly #columns: readonly Column[];
  readonly #writers = new Map<string, ColumnWriter>();
  readonly #jsonColumns = new Map<string, JsonColumn>();

  constructor(table: Table, openJson: (column: Column) => JsonColumn) {
    this.table = table;
    this.#columns = table.columns.filter((column) => column.alias === undefined);
    for (const column of this.#columns) {
      const { name, type } = column;
      if (isJson(type)) this.#jsonColumns.set(name, openJson(column));
      else this.#writers.set(name, writerFor(sentType(type)));
    }
  }

  /** A set does not fit into the form of its JSON column: the block must not be sent. */
  get isUnfit(): boolean {
    for (const column of this.#jsonColumns.values()) if (column.isUnfit) return true;
    return false;
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
    for (const column of this.#jsonColumns.values()) sizeBytes += column.sizeBytes;
    return sizeBytes;
  }

  json(name: string): JsonColumn {
    const column = this.#jsonColumns.get(name);
    if (column !== undefined) return column;
    throw new TypeError(`Cannot write column "${name}" of "${this.table.name}": no JSON`);
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
      const writer = (this.#writers.get(name) ?? this.#jsonColumns.get(name)) as Writer;
      if (writer.rowCount !== rowCount) {
        throw new RangeError(
          `Cannot encode block of "${this.table.name}": column "${name}" has ${writer.rowCount} rows of ${rowCount}`,
        );
      }
      pieces.push(columnHead(name, sentType(type)));
      pieces.push(...writer.take());
    }
    return pieces;
  }

  /** Gives the memory to the next blocks, once nobody reads the pieces that were taken. */
  release(): void {
    for (const writer of this.#writers.values()) writer.release();
    for (const column of this.#jsonColumns.values()) column.release();
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

function isJson(type: string): boolean {
  return type.startsWith("JSON");
}

function writerFor(type: string): ColumnWriter {
  const element = /^Array\((.*)\)$/.exec(type)?.[1];
  if (element !== undefined) return new ArrayColumn(writerFor(element) as ElementColumn);
  if (type === "String") return new StringColumn();
  if (type === "UInt8" || type === "Bool") return new ByteColumn();
  return new WordColumn(/64/.test(type) ? 2 : 1);
}
