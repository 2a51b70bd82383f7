// spool-budget.ts — how much of the disk the requests of one destination may take, its three signals together.
//
// A file takes whole blocks: counting them bounds the number of files, too. What other processes have in the same
// folders is known from the last look at them.

const BLOCK_SIZE_BYTES = 4_096;

export class SpoolBudget {
  readonly sizeBytesMax: number;
  readonly #others = new Map<object, number>();
  #usedBytes = 0;

  constructor(sizeBytesMax: number) {
    this.sizeBytesMax = sizeBytesMax;
  }

  sizeOnDisk(sizeBytes: number): number {
    return Math.ceil(sizeBytes / BLOCK_SIZE_BYTES) * BLOCK_SIZE_BYTES;
  }

  /** Whether there is room for a file of this size, which then counts. */
  take(sizeBytes: number): boolean {
    const others = [...this.#others.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (this.#usedBytes + others + this.sizeOnDisk(sizeBytes) > this.sizeBytesMax) return false;
    this.add(sizeBytes);
    return true;
  }

  /** Counts a file that is there already. */
  add(sizeBytes: number): void {
    this.#usedBytes += this.sizeOnDisk(sizeBytes);
  }

  give(sizeBytes: number): void {
    this.#usedBytes -= this.sizeOnDisk(sizeBytes);
  }

  /** Bytes on disk that other processes have in this lane. */
  setOthers(lane: object, sizeBytes: number): void {
    this.#others.set(lane, sizeBytes);
  }
}
