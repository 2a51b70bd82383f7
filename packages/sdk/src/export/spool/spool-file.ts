// SPOOL FILE — one OTLP request, immutable once written. All integers little-endian.
//
//   offset  size  field
//        0     4  magic "TSP1"
//        4     4  crc32 of everything after it
//        8     4  records in the body: spans, log records or metric points
//       12     4  size of the body
//       16     …  body: the request as protobuf, not compressed
//
// Its name is "<sequence, 12 digits>-<records>-<size of the file>.otlp", so that a listing of the folder says in which
// order what is to be sent. A reader trusts nothing before the checksum holds; the name is never trusted for more
// than counting.

import { crc32 } from "node:zlib";

export interface SpooledRequest {
  readonly itemCount: number;
  readonly body: Uint8Array;
}

const MAGIC = 0x31505354; // "TSP1"
const HEADER_SIZE_BYTES = 16;
const CHECKED_FROM = 8;

export function encodeSpoolFile(chunks: readonly Uint8Array[], itemCount: number): Buffer {
  const file = Buffer.concat([Buffer.alloc(HEADER_SIZE_BYTES), ...chunks]);
  file.writeUInt32LE(MAGIC, 0);
  file.writeUInt32LE(itemCount, 8);
  file.writeUInt32LE(file.length - HEADER_SIZE_BYTES, 12);
  file.writeUInt32LE(crc32(file.subarray(CHECKED_FROM)), 4);
  return file;
}

/** Undefined where the file is torn, damaged or something else. */
export function decodeSpoolFile(file: Buffer): SpooledRequest | undefined {
  if (file.length < HEADER_SIZE_BYTES || file.readUInt32LE(0) !== MAGIC) return undefined;
  if (file.readUInt32LE(12) !== file.length - HEADER_SIZE_BYTES) return undefined;
  if (file.readUInt32LE(4) !== crc32(file.subarray(CHECKED_FROM))) return undefined;
  return { itemCount: file.readUInt32LE(8), body: file.subarray(HEADER_SIZE_BYTES) };
}

export interface SpoolFileName {
  readonly sequence: number;
  readonly itemCount: number;
  readonly sizeBytes: number;
}

export function formatFileName({ sequence, itemCount, sizeBytes }: SpoolFileName): string {
  return `${String(sequence).padStart(12, "0")}-${itemCount}-${sizeBytes}.otlp`;
}

/** Undefined for a file that is none of ours. */
export function parseFileName(name: string): SpoolFileName | undefined {
  const match = /^(\d{12})-(\d{1,9})-(\d{1,10})\.otlp$/.exec(name);
  if (match === null) return undefined;
  const [sequence, itemCount, sizeBytes] = match.slice(1).map(Number) as [number, number, number];
  return { sequence, itemCount, sizeBytes };
}
