// literals.ts — what a bare word can mean beside a string: a number, a duration.

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d+$/;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+)(?:\.(\d+))?(ns|us|µs|μs|ms|s|m|h|d)/g;

const UNIT_NS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5
  μs: 1_000n, // U+03BC
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};

/** An integer stays exact, whatever its size; anything else is a double. */
export function parseNumber(text: string): number | bigint | undefined {
  if (!NUMBER.test(text)) return undefined;
  if (INTEGER.test(text)) return BigInt(text.startsWith("+") ? text.slice(1) : text);
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** `100ms`, `1.5s`, `1m30s` in nanoseconds; what is finer than that is cut off. */
export function parseDuration(text: string): bigint | undefined {
  if (!DURATION.test(text)) return undefined;
  let totalNs = 0n;
  for (const [, whole = "0", fraction = "", unit = "ns"] of text.matchAll(DURATION_PART)) {
    const unitNs = UNIT_NS[unit] as bigint;
    totalNs += BigInt(whole) * unitNs;
    totalNs += (BigInt(`0${fraction}`) * unitNs) / 10n ** BigInt(fraction.length);
  }
  return totalNs;
}
