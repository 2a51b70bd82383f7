// values.ts — single values of protobuf as the proto3 JSON mapping writes them.

const words = new Uint32Array(2);
const doubles = new Float64Array(words.buffer);
const signed = new BigInt64Array(words.buffer);
const unsigned = new BigUint64Array(words.buffer);

/** Quoted, because a JavaScript number cannot hold every 64-bit integer. */
export function int64Text(low: number, high: number): string {
  words[0] = low;
  words[1] = high;
  return `"${signed[0] as bigint}"`;
}

export function uint64Text(low: number, high: number): string {
  words[0] = low;
  words[1] = high;
  return `"${unsigned[0] as bigint}"`;
}

/** A number, or the text "NaN", "Infinity" or "-Infinity". */
export function doubleText(low: number, high: number): string {
  words[0] = low;
  words[1] = high;
  const value = doubles[0] as number;
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The standard alphabet, with padding. */
export function encodeBase64(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, Math.min(at + 3, end));
    const bits = (first << 16) | (second << 8) | third;
    const size = Math.min(end - at, 3);
    for (let digit = 0; digit < 4; digit++) {
      text += digit <= size ? BASE64[(bits >>> (18 - 6 * digit)) & 63] : "=";
    }
  }
  return text;
}
