// disk-room.ts — how much of the disk the spool leaves free for what empties it.
//
// ClickHouse needs room to take what waits in the spool, and the journal needs some to say that it has. A spool that
// filled the disk to the last byte could never be emptied again. So it stops a little before.
//
//   disk  ████████████ spool and all else ████████████│ reserve │
//                                         refused from here on

import { statfsSync, type StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";

/** At most this is left free, and at most this share of the disk. */
const RESERVE_BYTES_MAX = 256 * 1_048_576;
const RESERVE_SHARE = 0.05;
/** How long an answer of the system is good for. */
const ASK_EVERY_MS = 250;

export class DiskRoom {
  readonly #directory: string;
  #askedAtMs = performance.now();
  #asking: Promise<void> | undefined;
  #freeBytes = Infinity;
  #reserveBytes = 0;

  constructor(directory: string) {
    this.#directory = directory;
    try {
      this.#learn(statfsSync(directory));
    } catch {
      // As below.
    }
  }

  get reserveBytes(): number {
    return this.#reserveBytes;
  }

  /** Takes room for that many bytes, if it is there as far as is known. */
  take(sizeBytes: number): boolean {
    if (performance.now() - this.#askedAtMs > ASK_EVERY_MS) void this.ask();
    if (this.#freeBytes - sizeBytes < this.#reserveBytes) return false;
    this.#freeBytes -= sizeBytes;
    return true;
  }

  /** Asks the system how much is free. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  async #ask(): Promise<void> {
    try {
      this.#learn(await statfs(this.#directory));
    } catch {
      // What cannot be asked is not limited here: the write itself will say what is wrong.
    }
    this.#askedAtMs = performance.now();
    this.#asking = undefined;
  }

  #learn({ bavail, blocks, bsize }: StatsFs): void {
    this.#freeBytes = bavail * bsize;
    this.#reserveBytes = Math.min(RESERVE_BYTES_MAX, blocks * bsize * RESERVE_SHARE);
  }
}
