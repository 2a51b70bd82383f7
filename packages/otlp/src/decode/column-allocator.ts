// column-allocator.ts — all columns of a batch as views of one ArrayBuffer.
//
// A batch has up to a hundred columns. As one buffer they cost one allocation and one transfer to a worker.
// The tables are built twice by the same code: first to learn the size, then for real.

import type { ArenaColumn, ValueColumn } from "../batch.ts";
import { WireError } from "../wire/wire.ts";

/** Bytes of columns one request may need. An empty message is 2 bytes on the wire and up to 150 in columns; this bounds that ratio. */
const COLUMNS_SIZE_BYTES_MAX = 256 * 1024 * 1024;

/** Builds tables whose columns share one exactly sized, zeroed buffer. Throws WireError beyond 256 MiB. */
export function allocateColumns<Tables>(build: (allocator: ColumnAllocator) => Tables): Tables {
  const measuring = new ColumnAllocator();
  build(measuring);
  if (measuring.sizeBytes > COLUMNS_SIZE_BYTES_MAX) {
    throw new WireError(
      `its columns need ${measuring.sizeBytes} bytes, the limit is ${COLUMNS_SIZE_BYTES_MAX}: send fewer rows per request`,
      0,
    );
  }
  return build(new ColumnAllocator(new ArrayBuffer(measuring.sizeBytes)));
}

interface ColumnType<Column> {
  readonly of: new (buffer: ArrayBuffer, byteOffset: number, length: number) => Column;
  readonly sizeBytes: number;
  /** Stands for the column while only its size is asked for. */
  readonly empty: Column;
}

const UINT8: ColumnType<Uint8Array> = columnType(Uint8Array);
const UINT32: ColumnType<Uint32Array> = columnType(Uint32Array);
const INT32: ColumnType<Int32Array> = columnType(Int32Array);
const UINT64: ColumnType<BigUint64Array> = columnType(BigUint64Array);
const INT64: ColumnType<BigInt64Array> = columnType(BigInt64Array);
const DOUBLE: ColumnType<Float64Array> = columnType(Float64Array);

function columnType<Column>(
  of: ColumnType<Column>["of"] & { readonly BYTES_PER_ELEMENT: number },
): ColumnType<Column> {
  return { of, sizeBytes: of.BYTES_PER_ELEMENT, empty: new of(new ArrayBuffer(0), 0, 0) };
}

export class ColumnAllocator {
  readonly #buffer: ArrayBuffer | undefined;
  #offset = 0;

  /** Without a buffer it only measures, and every column it gives is empty. */
  constructor(buffer?: ArrayBuffer) {
    this.#buffer = buffer;
  }

  get sizeBytes(): number {
    return this.#offset;
  }

  uint8(count: number): Uint8Array {
    return this.#take(UINT8, count);
  }

  uint32(count: number): Uint32Array {
    return this.#take(UINT32, count);
  }

  int32(count: number): Int32Array {
    return this.#take(INT32, count);
  }

  uint64(count: number): BigUint64Array {
    return this.#take(UINT64, count);
  }

  int64(count: number): BigInt64Array {
    return this.#take(INT64, count);
  }

  double(count: number): Float64Array {
    return this.#take(DOUBLE, count);
  }

  /** Ranges of `count` owners: one offset more than owners. */
  ranges(count: number): Uint32Array {
    return this.uint32(count + 1);
  }

  traceIds(count: number): Uint8Array {
    return this.#take(UINT8, count * 16, 8);
  }

  spanIds(count: number): Uint8Array {
    return this.#take(UINT8, count * 8, 8);
  }

  arena(count: number): ArenaColumn {
    return { start: this.uint32(count), length: this.uint32(count) };
  }

  values(count: number): ValueColumn {
    return { type: this.uint8(count), low: this.uint32(count), high: this.uint32(count) };
  }

  #take<Column>(type: ColumnType<Column>, count: number, alignment = type.sizeBytes): Column {
    const start = Math.ceil(this.#offset / alignment) * alignment;
    this.#offset = start + count * type.sizeBytes;
    return this.#buffer === undefined ? type.empty : new type.of(this.#buffer, start, count);
  }
}

/**
 * The same memory as 32-bit words, low half first: filling 64-bit columns so makes no BigInt and keeps the bits
 * of a NaN, and ids are four or two words instead of 16 or 8 bytes. JavaScript engines of today run on
 * little-endian machines only.
 */
export function wordsOf(
  column: BigUint64Array | BigInt64Array | Float64Array | Uint8Array,
): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.byteLength / 4);
}
