// random.ts — chance that can be repeated: the same seed makes the same decisions in the same order.

export type Random = () => number;

/** Numbers from 0 up to 1 (mulberry32: 32 bits of state, good enough to choose moments with). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number of the range. */
export function between(random: Random, [min, max]: Range): number {
  return min + random() * (max - min);
}

export type Range = readonly [min: number, max: number];

/** One of the values. */
export function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

/** The values in an order of chance (Fisher and Yates). */
export function shuffled<Value>(random: Random, values: readonly Value[]): Value[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as Value, result[last] as Value];
  }
  return result;
}
