// path-table.ts — finds the column of a key. The sets of a block mostly have the same keys in the same order,
// so the key that stood at this place in the last set is compared first.
// hot: see native.bench.ts

import { PathColumn } from "./path-column.ts";

export class PathTable {
  readonly paths: readonly PathColumn[];
  readonly #byHash = new Map<number, PathColumn[]>();
  readonly #expected: PathColumn[] = [];

  /** `names` are UTF-8. */
  constructor(names: readonly Uint8Array[]) {
    this.paths = names.map((name) => new PathColumn(name));
    for (const path of this.paths) {
      const hash = hashOf(path.name, 0, path.name.length);
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), path]);
      path.relatives = this.paths.filter(
        ({ name }) => continues(name, path.name) || continues(path.name, name),
      );
    }
  }

  /** The column of a key; undefined where it has none. */
  find(arena: Uint8Array, start: number, length: number, place: number): PathColumn | undefined {
    const expected = this.#expected[place];
    if (expected?.isNamed(arena, start, length) === true) return expected;
    for (const path of this.#byHash.get(hashOf(arena, start, length)) ?? NO_PATHS) {
      if (path.isNamed(arena, start, length)) return (this.#expected[place] = path);
    }
    return undefined;
  }
}

const NO_PATHS: readonly PathColumn[] = [];

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
