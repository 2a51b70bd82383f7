// path-table.ts — finds the column of a key. The sets of a block mostly have the same keys in the same order,
// so the key that stood at this place in the last set is compared first.
// hot: see native.bench.ts

import { isUtf8 } from "node:buffer";
import { PathColumn } from "./path-column.ts";

export class PathTable {
  /** In the order in which they came. */
  readonly paths: PathColumn[] = [];
  readonly #pathsMax: number;
  readonly #byHash = new Map<number, PathColumn[]>();
  readonly #expected: PathColumn[] = [];

  constructor(pathsMax: number) {
    this.#pathsMax = pathsMax;
  }

  /** The column of a key, a new one for a new key. Undefined where there are as many as may be, and for a key that is not UTF-8. */
  find(arena: Uint8Array, start: number, length: number, place: number): PathColumn | undefined {
    const expected = this.#expected[place];
    if (expected?.isNamed(arena, start, length) === true) return expected;
    const hash = hashOf(arena, start, length);
    const path =
      this.#byHash.get(hash)?.find((candidate) => candidate.isNamed(arena, start, length)) ??
      this.#open(hash, arena.slice(start, start + length));
    if (path !== undefined) this.#expected[place] = path;
    return path;
  }

  #open(hash: number, name: Uint8Array): PathColumn | undefined {
    if (this.paths.length === this.#pathsMax || !isUtf8(name)) return undefined;
    const path = new PathColumn(name);
    for (const other of this.paths) {
      if (!continues(name, other.name) && !continues(other.name, name)) continue;
      path.relatives.push(other);
      other.relatives.push(path);
    }
    this.paths.push(path);
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), path]);
    return path;
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < start + length; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  }
  return hash;
}

/** Whether `long` is `short`, a dot, and more. */
function continues(long: Uint8Array, short: Uint8Array): boolean {
  return long[short.length] === 0x2e && Buffer.compare(long.subarray(0, short.length), short) === 0;
}
