// json-text.ts — JSON's scalars as bytes, written so that nothing of an OTLP value changes on the way.
//
// A double always has a point or an exponent (5.0 is not 5) and an integer never does, so that
// ClickHouse and every reader of the text keep the two apart. Integers have all their digits.
// hot: see native.bench.ts

import { isUtf8 } from "node:buffer";
import type { ByteWriter } from "./byte-writer.ts";
import { decodeUtf8 } from "./byte-writer.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const NEEDS_ESCAPE = 1;
const NOT_ASCII = 2;
/** What a byte asks for beyond being copied. */
const BYTE_KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) return NEEDS_ESCAPE;
  return byte < 0x80 ? 0 : NOT_ASCII;
});

/** A JSON string of UTF-8 bytes. Returns false when they were not UTF-8 and U+FFFD stands for what was not. */
export function writeJsonString(
  out: ByteWriter,
  source: Uint8Array,
  start: number,
  length: number,
): boolean {
  out.ensure(length * 6 + 2);
  const { bytes } = out;
  const end = start + length;
  let at = out.length;
  let kinds = 0;
  bytes[at++] = QUOTE;
  for (let index = start; index < end; index++) {
    const byte = source[index] as number;
    kinds |= BYTE_KINDS[byte] as number;
    bytes[at++] = byte;
  }
  bytes[at++] = QUOTE;
  if (kinds === 0) {
    out.length = at;
    return true;
  }
  return writeUncommonString(out, source, start, end, kinds);
}

function writeUncommonString(
  out: ByteWriter,
  source: Uint8Array,
  start: number,
  end: number,
  kinds: number,
): boolean {
  if ((kinds & NOT_ASCII) !== 0 && !isUtf8(source.subarray(start, end))) {
    out.writeBytes(Buffer.from(JSON.stringify(decodeUtf8(source, start, end - start))));
    return false;
  }
  const { bytes } = out;
  let at = out.length;
  bytes[at++] = QUOTE;
  for (let index = start; index < end; index++) {
    const byte = source[index] as number;
    if (BYTE_KINDS[byte] === NEEDS_ESCAPE) at = writeEscape(bytes, at, byte);
    else bytes[at++] = byte;
  }
  bytes[at++] = QUOTE;
  out.length = at;
  return true;
}

const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const SHORT_ESCAPES = new Map([
  [0x08, 0x62],
  [0x09, 0x74],
  [0x0a, 0x6e],
  [0x0c, 0x66],
  [0x0d, 0x72],
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
]);

function writeEscape(bytes: Uint8Array, at: number, byte: number): number {
  const short = SHORT_ESCAPES.get(byte);
  bytes[at] = BACKSLASH;
  if (short !== undefined) {
    bytes[at + 1] = short;
    return at + 2;
  }
  bytes[at + 1] = 0x75;
  bytes[at + 2] = 0x30;
  bytes[at + 3] = 0x30;
  bytes[at + 4] = HEX_DIGITS[byte >>> 4] as number;
  bytes[at + 5] = HEX_DIGITS[byte & 15] as number;
  return at + 6;
}

/** A signed 64-bit integer from its halves. */
export function writeInt64(out: ByteWriter, low: number, high: number): void {
  const signedHigh = high | 0;
  const near = signedHigh * 4_294_967_296 + (low >>> 0);
  if (Number.isSafeInteger(near)) out.writeAscii(String(near));
  else out.writeAscii(String((BigInt(signedHigh) << 32n) | BigInt(low >>> 0)));
}

/** A finite double. */
export function writeDouble(out: ByteWriter, value: number): void {
  const text = Object.is(value, -0) ? "-0" : String(value);
  out.writeAscii(/[.e]/.test(text) ? text : `${text}.0`);
}

const WORDS = new Uint32Array(2);
const DOUBLES = new Float64Array(WORDS.buffer);

/** The double whose bits are these halves. */
export function doubleOf(low: number, high: number): number {
  WORDS[0] = low;
  WORDS[1] = high;
  return DOUBLES[0] as number;
}
