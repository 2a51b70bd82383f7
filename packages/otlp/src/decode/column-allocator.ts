// column-allocator.ts — all columns of a batch as views of one ArrayBuffer.
//
// A batch has up to a hundred columns. As one buffer they cost one allocation and one transfer to a worker.
// The tables are built twice by the same code: first to learn the size, then for real.

import type { ArenaColumn, ValueColumn } from "../batch.ts";
import { WireError } from "./wire.ts";

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

const NOTHING = new ArrayBuffer(0);

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
    return this.#take(Uint8Array, count);
  }

  uint32(count: number): Uint32Array {
    return this.#take(Uint32Array, count);
  }

  int32(count: number): Int32Array {
    return this.#take(Int32Array, count);
  }

  uint64(count: number): BigUint64Array {
    return this.#take(BigUint64Array, count);
  }

  int64(count: number): BigInt64Array {
    return this.#take(BigInt64Array, count);
  }

  double(count: number): Float64Array {
    return this.#take(Float64Array, count);
  }

  /** Ranges of `count` owners: one offset more than owners. */
  ranges(count: number): Uint32Array {
    return this.uint32(count + 1);
  }

  arena(count: number): ArenaColumn {
    return { start: this.uint32(count), length: this.uint32(count) };
  }

  values(count: number): ValueColumn {
    return { type: this.uint8(count), low: this.uint32(count), high: this.uint32(count) };
  }

  #take<Column>(type: ColumnConstructor<Column>, count: number): Column {
    const start = Math.ceil(this.#offset / type.BYTES_PER_ELEMENT) * type.BYTES_PER_ELEMENT;
    this.#offset = start + count * type.BYTES_PER_ELEMENT;
    return this.#buffer === undefined
      ? new type(NOTHING, 0, 0)
      : new type(this.#buffer, start, count);
  }
}

interface ColumnConstructor<Column> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): Column;
}

/**
 * The same column as pairs of 32-bit words, low half first: filling it so makes no BigInt and keeps the bits
 * of a NaN. Every platform that runs JavaScript engines of today is little-endian.
 */
export function wordsOf(column: BigUint64Array | BigInt64Array | Float64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
}
