// row-values.ts — rows of a block as plain values by column: what quarantine writes and tests compare. JSON
// stays the text that was sent, so that nothing of it is rounded.

import type { Block } from "./block.ts";
import { sentType } from "./block.ts";

export type RowValues = Record<string, unknown>;

/** The first row of a block. Integers of 64 bits are decimal strings, times nanoseconds. */
export function describeRow(block: Block): RowValues {
  const bytes = Buffer.concat(block.take());
  return readBlock(bytes)[0] ?? {};
}

/** All rows of a block's bytes. */
export function readBlock(bytes: Uint8Array): RowValues[] {
  const reader = new Reader(bytes);
  const columnCount = reader.varint();
  const rows = Array.from({ length: reader.varint() }, (): RowValues => ({}));
  for (let column = 0; column < columnCount; column++) {
    const name = reader.text();
    const type = reader.text();
    if (type.startsWith("JSON")) reader.skip(8);
    for (const [index, value] of readColumn(reader, type, rows.length).entries()) {
      (rows[index] as RowValues)[name] = value;
    }
  }
  return rows;
}

function readColumn(reader: Reader, type: string, count: number): unknown[] {
  const elementType = /^Array\((.*)\)$/.exec(type)?.[1];
  if (elementType === undefined) {
    const read = readerOf(sentType(type));
    return Array.from({ length: count }, () => read(reader));
  }
  const ends = Array.from({ length: count }, () => Number(reader.unsigned64()));
  const elements = readColumn(reader, elementType, ends.at(-1) ?? 0);
  return ends.map((end, row) => elements.slice(ends[row - 1] ?? 0, end));
}

function readerOf(type: string): (reader: Reader) => unknown {
  if (type === "Bool") return (reader) => reader.byte() !== 0;
  if (type === "UInt8") return (reader) => reader.byte();
  if (type === "UInt32") return (reader) => reader.number32() >>> 0;
  if (type === "Int32") return (reader) => reader.number32();
  if (type === "Float64") return (reader) => reader.double();
  if (type === "Int64") return (reader) => String(BigInt.asIntN(64, reader.unsigned64()));
  if (type === "UInt64" || type.startsWith("DateTime64")) {
    return (reader) => String(reader.unsigned64());
  }
  return (reader) => reader.text();
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(sizeBytes: number): void {
    this.#at += sizeBytes;
  }

  byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.varint();
    this.#at += length;
    return Buffer.from(this.#bytes.subarray(this.#at - length, this.#at)).toString("utf8");
  }

  number32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4, true);
  }

  unsigned64(): bigint {
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  double(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }
}
