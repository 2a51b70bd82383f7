// exponential-scale.ts — which bucket of an exponential histogram a value falls into.
//
// The exponent and the mantissa stand in the bits of the double. At scale 0 and below the exponent is the
// answer; above it the logarithm is, kept within the exponent's own buckets, because it is off by one
// right at a bound. Powers of two are upper bounds (buckets are open below) and are answered exactly.

const doubles = new Float64Array(1);
const words = new Uint32Array(doubles.buffer);
/** Index of the word with sign and exponent: the second one on little-endian machines. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

const EXPONENT_BIAS = 1_023;
const EXPONENT_MIN = -1_022;

/** floor(log2(value)) of a positive normal double; subnormal values and 0 count as the smallest normal one. */
export function exponentOf(value: number): number {
  doubles[0] = value;
  return Math.max(EXPONENT_MIN, ((words[HIGH]! >>> 20) & 0x7ff) - EXPONENT_BIAS);
}

/** Index i with base^i < value <= base^(i+1), base = 2^(2^-scale), for a positive value and -10 <= scale <= 20. */
export function bucketIndex(value: number, scale: number): number {
  const exponent = exponentOf(value);
  const isPowerOfTwo = words[1 - HIGH] === 0 && (words[HIGH]! & 0xfffff) === 0;
  if (scale <= 0) return (isPowerOfTwo ? exponent - 1 : exponent) >> -scale;
  const first = exponent * 2 ** scale;
  if (isPowerOfTwo) return first - 1;
  const index = Math.ceil(Math.log2(value) * 2 ** scale) - 1;
  return Math.min(Math.max(index, first), first + 2 ** scale - 1);
}
