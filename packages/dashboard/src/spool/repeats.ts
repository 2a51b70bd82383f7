// repeats.ts — remembers which requests are stored, so that a sender that lost our answer and sends the same bytes
// again is told "yes" without a second copy.
//
// Two generations of hashes: the current one takes new hashes and becomes the previous one after the
// window; so a hash is known for one to two windows. A generation that is full steps down early, which
// shortens the window, and is counted: memory stays bounded at any rate of requests.
//
// The window is measured by a clock that nobody can set. The time of day may jump by hours when a machine wakes or
// finds its time server, and a sender that waited a second for its answer must be recognised all the same. So
// hashes that come from the disk count as heard at the start: how long ago they came cannot be known for sure.
//
// REPEATS FILE, written before a segment is deleted, because its record headers held these hashes:
//
//   offset  size  field
//        0     4  magic "TLMP"
//        4     4  CRC-32 of everything from byte 8
//        8     4  hashes in the previous generation P
//       12     4  hashes in the current generation C
//       16        16·(P + C)  hashes
//
// All little-endian. A file that does not prove itself is ignored: a repeat may then be stored twice.

import { crc32 } from "node:zlib";

/** How long a repeat is recognised at least, as long as {@link GENERATION_HASHES_MAX} is not reached. */
export const REPEAT_WINDOW_MS = 600_000;
/** About 14 MB of memory each. At 300 requests a second the window stays at its ten minutes. */
export const GENERATION_HASHES_MAX = 200_000;

const MAGIC = Buffer.from("TLMP", "latin1");
const HEADER_BYTES = 16;
const HASH_BYTES = 16;

export interface RepeatsOptions {
  readonly windowMs?: number;
  readonly hashesMax?: number;
  /** Milliseconds of a clock that only runs forward. */
  readonly nowMs?: () => number;
}

export class Repeats {
  readonly #windowMs: number;
  readonly #hashesMax: number;
  readonly #nowMs: () => number;
  #previous = new Set<string>();
  #current = new Set<string>();
  #currentSinceMs: number;
  #shortenedCount = 0;

  constructor(options: RepeatsOptions = {}) {
    this.#windowMs = options.windowMs ?? REPEAT_WINDOW_MS;
    this.#hashesMax = options.hashesMax ?? GENERATION_HASHES_MAX;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#currentSinceMs = this.#nowMs();
  }

  get size(): number {
    return this.#previous.size + this.#current.size;
  }

  /** Times that a generation was full before its window had passed. */
  get shortenedCount(): number {
    return this.#shortenedCount;
  }

  has(hash: Buffer): boolean {
    this.#age();
    const key = keyOf(hash);
    return this.#current.has(key) || this.#previous.has(key);
  }

  add(hash: Buffer): void {
    this.#age();
    if (this.#current.size >= this.#hashesMax) {
      this.#shortenedCount++;
      this.#step();
    }
    this.#current.add(keyOf(hash));
  }

  #age(): void {
    const ageMs = this.#nowMs() - this.#currentSinceMs;
    if (ageMs < this.#windowMs) return;
    this.#step();
    if (ageMs >= 2 * this.#windowMs) this.#previous = new Set();
  }

  #step(): void {
    this.#previous = this.#current;
    this.#current = new Set();
    this.#currentSinceMs = this.#nowMs();
  }

  /** The repeats file. */
  encode(): Uint8Array {
    const bytes = Buffer.alloc(HEADER_BYTES + HASH_BYTES * this.size);
    MAGIC.copy(bytes);
    bytes.writeUInt32LE(this.#previous.size, 8);
    bytes.writeUInt32LE(this.#current.size, 12);
    let offset = HEADER_BYTES;
    for (const generation of [this.#previous, this.#current]) {
      for (const key of generation) offset += bytes.write(key, offset, "latin1");
    }
    bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
    return bytes;
  }

  /** Takes over what a repeats file holds. Returns false, and changes nothing, when the file does not prove itself. */
  restore(file: Buffer): boolean {
    if (file.length < HEADER_BYTES || file.compare(MAGIC, 0, 4, 0, 4) !== 0) return false;
    if (file.readUInt32LE(4) !== crc32(file.subarray(8))) return false;
    const split = HEADER_BYTES + HASH_BYTES * file.readUInt32LE(8);
    this.#previous = keysOf(file.subarray(HEADER_BYTES, split));
    this.#current = keysOf(file.subarray(split));
    this.#currentSinceMs = this.#nowMs();
    return true;
  }
}

function keysOf(hashes: Buffer): Set<string> {
  const keys = new Set<string>();
  for (let offset = 0; offset + HASH_BYTES <= hashes.length; offset += HASH_BYTES) {
    keys.add(hashes.toString("latin1", offset, offset + HASH_BYTES));
  }
  return keys;
}

/** A hash as a key of a Set or Map: 16 characters of one byte. */
export function keyOf(hash: Buffer): string {
  return hash.toString("latin1");
}
