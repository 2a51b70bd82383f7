// json-numbers.ts — numbers as proto3 JSON writes them: bare or in a string, 64-bit integers with all their digits.

import { decodeText } from "../wire/wire.ts";
import { Char, JsonError } from "./json-scanner.ts";
import type { JsonScanner } from "./json-scanner.ts";

/** An integer in two's complement halves. */
export interface Int64 {
  low: number;
  high: number;
}

export type IntegerKind = "uint32" | "int32" | "uint64" | "int64";

/** A number of JSON, which quotes do not make another. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Longer than any number that says something. */
const NUMBER_BYTES_MAX = 400;
const TWO_32 = 0x1_0000_0000;

/** Scans an integer, bare or in quotes, into `into`. `1e3` and `1.0` are integers too. Throws JsonError out of range. */
export function scanInteger(scanner: JsonScanner, kind: IntegerKind, into: Int64): void {
  scanNumberToken(scanner);
  const { bytes, start, end } = scanner;
  const isNegative = bytes[start] === Char.minus;
  if (!readDigits(bytes, isNegative ? start + 1 : start, end, into)) {
    readIntegralDouble(scanner, into);
  }
  if (!fits(kind, isNegative, into)) {
    throw new JsonError(`${tokenOf(scanner)} is no ${kind}`, start);
  }
  if (isNegative) negate(into);
}

/** The magnitude that these digits spell. False when they are none, or too many for 64 bits. */
function readDigits(bytes: Uint8Array, start: number, end: number, into: Int64): boolean {
  let low = 0;
  let high = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - Char.zero;
    if (digit < 0 || digit > 9) return false;
    low = low * 10 + digit;
    high = high * 10 + Math.floor(low / TWO_32);
    low %= TWO_32;
    if (high >= TWO_32) return false;
  }
  into.low = low;
  into.high = high;
  return end > start;
}

function readIntegralDouble(scanner: JsonScanner, into: Int64): void {
  const token = tokenOf(scanner);
  const value = Math.abs(Number(token));
  if (!NUMBER.test(token) || !Number.isSafeInteger(value)) {
    throw new JsonError(`"${token}" is no integer that fits`, scanner.start);
  }
  into.low = value % TWO_32;
  into.high = Math.floor(value / TWO_32);
}

function fits(kind: IntegerKind, isNegative: boolean, { low, high }: Int64): boolean {
  const isZero = low === 0 && high === 0;
  switch (kind) {
    case "uint32":
      return high === 0 && (!isNegative || isZero);
    case "int32":
      return high === 0 && low <= (isNegative ? 0x8000_0000 : 0x7fff_ffff);
    case "uint64":
      return !isNegative || isZero;
    case "int64":
      return high < 0x8000_0000 || (isNegative && high === 0x8000_0000 && low === 0);
  }
}

function negate(value: Int64): void {
  const low = (~value.low + 1) >>> 0;
  value.high = (~value.high + (low === 0 ? 1 : 0)) >>> 0;
  value.low = low;
}

/** Scans a double, bare or in quotes; in quotes also NaN, Infinity and -Infinity. */
export function scanDouble(scanner: JsonScanner): number {
  const isQuoted = scanNumberToken(scanner);
  const token = tokenOf(scanner);
  if (isQuoted && token === "NaN") return NaN;
  const isInfinite = isQuoted && (token === "Infinity" || token === "-Infinity");
  if (!isInfinite && !NUMBER.test(token)) {
    throw new JsonError(`"${token}" is no number`, scanner.start);
  }
  return Number(token);
}

/** Scans a number, or a string that has to hold one. Returns whether it is quoted. */
function scanNumberToken(scanner: JsonScanner): boolean {
  const isQuoted = scanner.peek() === Char.quote;
  if (isQuoted) scanner.scanString();
  else scanner.scanNumber();
  if (scanner.end - scanner.start > NUMBER_BYTES_MAX) {
    throw new JsonError(`the number has more than ${NUMBER_BYTES_MAX} digits`, scanner.start);
  }
  return isQuoted;
}

function tokenOf({ bytes, start, end }: JsonScanner): string {
  return decodeText(bytes, start, end - start);
}
