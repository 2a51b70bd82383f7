// buffer-pool.ts — memory of blocks that are inserted, for the blocks that come next.
//
// A block under load is tens of megabytes in a hundred pieces. Taken fresh each time, they cost the kernel as
// many cleared pages and the collector a full round every 64 MiB (4 of 11 µs of CPU per span, measured).
// hot: see native.bench.ts

/** Smaller buffers come from the allocator. */
const SIZE_BYTES_MIN = 16_384;
/** What waits here at most; beyond it buffers are left to the collector. */
const POOLED_BYTES_MAX = 32 * 1_048_576;

/** Free buffers by their size, a power of two. */
const free = new Map<number, ArrayBuffer[]>();
let pooledBytes = 0;

/** A buffer of at least that size, with anything in it. */
export function takeBuffer(sizeBytes: number): ArrayBuffer {
  if (sizeBytes < SIZE_BYTES_MIN) return Buffer.allocUnsafeSlow(sizeBytes).buffer;
  const size = 2 ** Math.ceil(Math.log2(sizeBytes));
  const pooled = free.get(size)?.pop();
  if (pooled === undefined) return Buffer.allocUnsafeSlow(size).buffer;
  pooledBytes -= size;
  return pooled;
}

/** Nobody may read or write the buffer afterwards. */
export function giveBufferBack(buffer: ArrayBuffer): void {
  const size = buffer.byteLength;
  if (size < SIZE_BYTES_MIN || pooledBytes + size > POOLED_BYTES_MAX) return;
  if (size !== 2 ** Math.ceil(Math.log2(size))) return;
  let buffers = free.get(size);
  if (buffers === undefined) free.set(size, (buffers = []));
  buffers.push(buffer);
  pooledBytes += size;
}
