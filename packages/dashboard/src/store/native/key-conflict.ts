// key-conflict.ts — whether the keys of a set get into each other's way as paths.
// hot: see native.bench.ts

import type { AttributeSource } from "./attribute-text.ts";
import { Loss } from "./any-value.ts";

/** Sets larger than this are compared by a Map: pairs would cost more than 10 µs. */
const PAIRS_MAX = 128;

/** Looks for a key twice (lost in text), or continued by another after a dot (lost in a column). */
export function findKeyConflict(source: AttributeSource, start: number, end: number): number {
  if (end - start > PAIRS_MAX) return findKeyConflictInMany(source, start, end);
  const { arena } = source;
  const { key } = source.attributes;
  let lost: number = Loss.none;
  for (let left = start; left < end; left++) {
    const leftStart = key.start[left] as number;
    const leftLength = key.length[left] as number;
    for (let right = left + 1; right < end; right++) {
      const rightStart = key.start[right] as number;
      const rightLength = key.length[right] as number;
      if (leftLength === rightLength) {
        if (startsWith(arena, leftStart, rightStart, leftLength)) lost |= Loss.inText;
      } else if (leftLength < rightLength) {
        if (arena[rightStart + leftLength] !== 0x2e) continue;
        if (startsWith(arena, leftStart, rightStart, leftLength)) lost |= Loss.inColumn;
      } else if (arena[leftStart + rightLength] === 0x2e) {
        if (startsWith(arena, leftStart, rightStart, rightLength)) lost |= Loss.inColumn;
      }
    }
  }
  return lost;
}

/** Compares from the end: keys of one set often begin alike. */
function startsWith(arena: Uint8Array, left: number, right: number, length: number): boolean {
  for (let index = length - 1; index >= 0; index--) {
    if (arena[left + index] !== arena[right + index]) return false;
  }
  return true;
}

function findKeyConflictInMany(source: AttributeSource, start: number, end: number): number {
  const { arena, attributes } = source;
  const keys = new Set<string>();
  let lost: number = Loss.none;
  for (let row = start; row < end; row++) {
    const at = arena.byteOffset + (attributes.key.start[row] as number);
    const key = Buffer.from(arena.buffer, at, attributes.key.length[row]).toString("latin1");
    if (keys.has(key)) lost |= Loss.inText;
    keys.add(key);
  }
  for (const key of keys) {
    for (let dot = key.indexOf("."); dot >= 0; dot = key.indexOf(".", dot + 1)) {
      if (keys.has(key.slice(0, dot))) lost |= Loss.inColumn;
    }
  }
  return lost;
}
