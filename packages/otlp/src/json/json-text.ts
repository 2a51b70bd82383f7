// json-text.ts — the content of JSON strings as bytes: text with its escapes resolved, base64, hex.

import { JsonError } from "./json-scanner.ts";
import type { JsonScanner } from "./json-scanner.ts";
import type { MessageWriter } from "../wire/wire.ts";

const ESCAPES = new Map<number, number>([
  [0x22, 0x22],
  [0x2f, 0x2f],
  [0x5c, 0x5c],
  [0x62, 0x08], // b
  [0x66, 0x0c], // f
  [0x6e, 0x0a], // n
  [0x72, 0x0d], // r
  [0x74, 0x09], // t
]);
const LOWER_U = 0x75;
const PADDING = 0x3d;

/** Writes the text of the string scanned last, as UTF-8. */
export function writeText(scanner: JsonScanner, writer: MessageWriter): void {
  const { bytes, start, end } = scanner;
  if (!scanner.hasEscapes) return writer.writeBytes(bytes, start, end);
  for (let at = start; at < end;) {
    const next = bytes.indexOf(0x5c, at);
    const escape = next < 0 || next > end ? end : next;
    writer.writeBytes(bytes, at, escape);
    at = escape < end ? writeEscape(bytes, escape, end, writer) : end;
  }
}

/** Writes the escape at `at`. Returns where the text goes on. */
function writeEscape(bytes: Uint8Array, at: number, end: number, writer: MessageWriter): number {
  const letter = bytes[at + 1] as number;
  if (letter !== LOWER_U) {
    const byte = ESCAPES.get(letter);
    if (byte === undefined) throw new JsonError("the escape is unknown", at);
    writer.writeByte(byte);
    return at + 2;
  }
  const unit = readUnit(bytes, at, end);
  const isHigh = unit >= 0xd800 && unit < 0xdc00;
  if (isHigh && bytes[at + 6] === 0x5c && bytes[at + 7] === LOWER_U) {
    const low = readUnit(bytes, at + 6, end);
    if (low >= 0xdc00 && low < 0xe000) {
      writeCodePoint(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00), writer);
      return at + 12;
    }
  }
  const isSurrogate = unit >= 0xd800 && unit < 0xe000;
  writeCodePoint(isSurrogate ? 0xfffd : unit, writer); // A lone surrogate has no UTF-8.
  return at + 6;
}

/** The UTF-16 code unit of `\uXXXX` at `at`. */
function readUnit(bytes: Uint8Array, at: number, end: number): number {
  let unit = 0;
  for (let digit = at + 2; digit < at + 6; digit++) {
    const value = digit < end ? hexDigit(bytes[digit] as number) : -1;
    if (value < 0) throw new JsonError("the escape has not four hex digits", at);
    unit = unit * 16 + value;
  }
  return unit;
}

function writeCodePoint(point: number, writer: MessageWriter): void {
  if (point < 0x80) return writer.writeByte(point);
  if (point < 0x800) writer.writeByte(0xc0 | (point >>> 6));
  else {
    if (point < 0x1_0000) writer.writeByte(0xe0 | (point >>> 12));
    else {
      writer.writeByte(0xf0 | (point >>> 18));
      writer.writeByte(0x80 | ((point >>> 12) & 0x3f));
    }
    writer.writeByte(0x80 | ((point >>> 6) & 0x3f));
  }
  writer.writeByte(0x80 | (point & 0x3f));
}

/**
 * Writes the id that the string scanned last spells in hex, in either case, as OTLP/JSON demands. Padded base64, which
 * protobuf's own JSON form writes and hex cannot be mistaken for, is read too. What is neither becomes one zero
 * byte: a length that no id has, so that the row is judged like one of protobuf.
 */
export function writeId(scanner: JsonScanner, writer: MessageWriter): void {
  const { bytes, start, end } = scanner;
  if (bytes[end - 1] === PADDING && isBase64(bytes, start, end)) {
    return writeBase64(scanner, writer);
  }
  if ((end - start) % 2 !== 0 || !isHex(bytes, start, end)) return writer.writeByte(0);
  for (let at = start; at < end; at += 2) {
    writer.writeByte(hexDigit(bytes[at] as number) * 16 + hexDigit(bytes[at + 1] as number));
  }
}

function isBase64(bytes: Uint8Array, start: number, end: number): boolean {
  if ((end - start) % 4 !== 0) return false;
  const last = bytes[end - 2] === PADDING ? end - 2 : end - 1;
  for (let at = start; at < last; at++) if (base64Digit(bytes[at] as number) < 0) return false;
  return true;
}

function isHex(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (hexDigit(bytes[at] as number) < 0) return false;
  return true;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** Writes the bytes that the string scanned last spells in base64, standard or URL-safe, padded or not. */
export function writeBase64(scanner: JsonScanner, writer: MessageWriter): void {
  const { bytes, start } = scanner;
  let { end } = scanner;
  for (let padding = 0; padding < 2 && end > start && bytes[end - 1] === PADDING; padding++) end--;
  if ((end - start) % 4 === 1) throw new JsonError("the base64 is cut off", start);
  let bits = 0;
  let bitCount = 0;
  for (let at = start; at < end; at++) {
    const value = base64Digit(bytes[at] as number);
    if (value < 0) throw new JsonError("the string is not base64", at);
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      writer.writeByte((bits >>> bitCount) & 0xff);
    }
  }
}

function base64Digit(byte: number): number {
  if (byte >= 0x41 && byte <= 0x5a) return byte - 0x41;
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x61 + 26;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30 + 52;
  if (byte === 0x2b || byte === 0x2d) return 62;
  return byte === 0x2f || byte === 0x5f ? 63 : -1;
}
