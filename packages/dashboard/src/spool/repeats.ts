// repeats.ts — remembers which requests are stored, so that a sender that lost our answer and sends the same bytes
// again is told "yes" without a second copy.
//
// Two generations of hashes: the current one takes new hashes and becomes the previous one after the
// window; so a hash is known for one to two windows. A generation that is full steps down early, which
// shortens the window, and is counted: memory stays bounded at any rate of requests.
//
// REPEATS FILE, written before a segment is deleted, because its record headers held these hashes:
//
//   offset  size  field
//        0     4  magic "TLMH"
//        4     4  CRC-32 of everything from byte 8
//        8     8  time of the previous generation's first hash, epoch milliseconds as a double
//       16     8  the same of the current generation
//       24     4  hashes in the previous generation P
//       28     4  hashes in the current generation C
//       32        16·(P + C)  hashes
//
// All little-endian. A file that does not prove itself is ignored: a repeat may then be stored twice.

import { crc32 } from "node:zlib";

/** How long a repeat is recognised at least, as long as {@link GENERATION_HASHES_MAX} is not reached. */
export const REPEAT_WINDOW_MS = 600_000;
/** About 14 MB of memory each. At 300 requests a second the window stays at its ten minutes. */
export const GENERATION_HASHES_MAX = 200_000;

const MAGIC = Buffer.from("TLMH", "latin1");
const HEADER_BYTES = 32;
const HASH_BYTES = 16;

interface Generation {
  readonly startMs: number;
  readonly hashes: Set<string>;
}

export class Repeats {
  readonly #windowMs: number;
  readonly #hashesMax: number;
  #previous: Generation = emptyGeneration(0);
  #current: Generation = emptyGeneration(0);
  #shortenedCount = 0;

  constructor(options: { windowMs?: number; hashesMax?: number } = {}) {
    this.#windowMs = options.windowMs ?? REPEAT_WINDOW_MS;
    this.#hashesMax = options.hashesMax ?? GENERATION_HASHES_MAX;
  }

  get size(): number {
    return this.#previous.hashes.size + this.#current.hashes.size;
  }

  /** Times that a generation was full before its window had passed. */
  get shortenedCount(): number {
    return this.#shortenedCount;
  }

  has(hash: Buffer, nowMs: number): boolean {
    this.#age(nowMs);
    const key = keyOf(hash);
    return this.#current.hashes.has(key) || this.#previous.hashes.has(key);
  }

  add(hash: Buffer, nowMs: number): void {
    this.#age(nowMs);
    if (this.#current.hashes.size >= this.#hashesMax) {
      this.#shortenedCount++;
      this.#step(nowMs);
    }
    this.#current.hashes.add(keyOf(hash));
  }

  #age(nowMs: number): void {
    const ageMs = nowMs - this.#current.startMs;
    if (ageMs < this.#windowMs) return;
    this.#step(nowMs);
    if (ageMs >= 2 * this.#windowMs) this.#previous = emptyGeneration(nowMs);
  }

  #step(nowMs: number): void {
    this.#previous = this.#current;
    this.#current = emptyGeneration(nowMs);
  }

  /** The repeats file. */
  encode(): Uint8Array {
    const bytes = Buffer.alloc(HEADER_BYTES + HASH_BYTES * this.size);
    MAGIC.copy(bytes);
    bytes.writeDoubleLE(this.#previous.startMs, 8);
    bytes.writeDoubleLE(this.#current.startMs, 16);
    bytes.writeUInt32LE(this.#previous.hashes.size, 24);
    bytes.writeUInt32LE(this.#current.hashes.size, 28);
    let offset = HEADER_BYTES;
    for (const generation of [this.#previous, this.#current]) {
      for (const key of generation.hashes) offset += bytes.write(key, offset, "latin1");
    }
    bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
    return bytes;
  }

  /** Takes over what a repeats file holds. Returns false, and changes nothing, when the file does not prove itself. */
  restore(file: Buffer): boolean {
    if (file.length < HEADER_BYTES || file.compare(MAGIC, 0, 4, 0, 4) !== 0) return false;
    if (file.readUInt32LE(4) !== crc32(file.subarray(8))) return false;
    const split = HEADER_BYTES + HASH_BYTES * file.readUInt32LE(24);
    this.#previous = {
      startMs: file.readDoubleLE(8),
      hashes: keysOf(file.subarray(HEADER_BYTES, split)),
    };
    this.#current = { startMs: file.readDoubleLE(16), hashes: keysOf(file.subarray(split)) };
    return true;
  }
}

function emptyGeneration(startMs: number): Generation {
  return { startMs, hashes: new Set() };
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
