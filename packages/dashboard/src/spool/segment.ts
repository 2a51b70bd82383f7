// segment.ts — the file format of the spool: requests as they came, one after the other.
//
// SEGMENT FILE "<signal>/<first position, 16 digits>.segment". Only ever appended to. All integers little-endian.
//
//   offset  size  field
//        0     4  magic "TLMS"
//        4     2  format version, 1
//        6     1  signal: 1 traces, 2 metrics, 3 logs
//        7     1  zero
//        8     8  position of the first record
//       16     4  CRC-32 of bytes 0 to 16
//       20        records, back to back:
//
//        0     4  marker "TLMR"
//        4     4  body size B
//        8     8  position: the request's number within its signal, from 0, rising
//       16     8  receivedAtMs, epoch milliseconds as a double
//       24    16  first 128 bits of the SHA-256 of the body
//       40     1  encoding: 1 protobuf, 2 json
//       41     3  zero
//       44     4  CRC-32 of bytes 0 to 44 of this record
//       48     B  body: the OTLP request after content decoding
//
// The header has a checksum of its own, so a damaged body is stepped over by its size. Where a header is
// damaged, a reader looks for the next marker whose checksum holds; records name their own position, so
// nothing after the damage is renumbered. The hash serves twice: it proves the body, and it recognises a
// repeated request without the body.

import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Encoding, Signal } from "@telemetry/otlp";

export const SEGMENT_HEADER_BYTES = 20;
export const RECORD_HEADER_BYTES = 48;
export const RECORD_MARKER: Buffer = Buffer.from("TLMR", "latin1");

const SEGMENT_MAGIC = Buffer.from("TLMS", "latin1");
const FORMAT_VERSION = 1;
const HASH_BYTES = 16;
const SIGNAL_CODES: Readonly<Record<Signal, number>> = { traces: 1, metrics: 2, logs: 3 };
const ENCODING_CODES: Readonly<Record<Encoding, number>> = { protobuf: 1, json: 2 };

export interface RecordHeader {
  readonly position: number;
  readonly bodySizeBytes: number;
  readonly receivedAtMs: number;
  /** 16 bytes, see {@link hashBody}. */
  readonly hash: Buffer;
  readonly encoding: Encoding;
}

/** The first 128 bits of the body's SHA-256. */
export function hashBody(body: Uint8Array): Buffer {
  return hash("sha256", body, "buffer").subarray(0, HASH_BYTES);
}

/** Names sort in the order of their positions. */
export function segmentFileName(firstPosition: number): string {
  return `${String(firstPosition).padStart(16, "0")}.segment`;
}

/** The first position that a segment's name tells; undefined for other files. */
export function parseSegmentFileName(name: string): number | undefined {
  const match = /^(\d{16})\.segment$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

export function encodeSegmentHeader(signal: Signal, firstPosition: number): Uint8Array {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(bytes);
  bytes.writeUInt16LE(FORMAT_VERSION, 4);
  bytes.writeUInt8(SIGNAL_CODES[signal], 6);
  bytes.writeBigUInt64LE(BigInt(firstPosition), 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 16)), 16);
  return bytes;
}

/** "damaged" means that the checksum differs; its records may still be good. */
export function checkSegmentHeader(bytes: Buffer): "good" | "damaged" | "unknown version" {
  if (bytes.length < SEGMENT_HEADER_BYTES) return "damaged";
  if (bytes.compare(SEGMENT_MAGIC, 0, 4, 0, 4) !== 0) return "damaged";
  if (bytes.readUInt32LE(16) !== crc32(bytes.subarray(0, 16))) return "damaged";
  return bytes.readUInt16LE(4) === FORMAT_VERSION ? "good" : "unknown version";
}

export function encodeRecordHeader(header: RecordHeader): Uint8Array {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  RECORD_MARKER.copy(bytes);
  bytes.writeUInt32LE(header.bodySizeBytes, 4);
  bytes.writeBigUInt64LE(BigInt(header.position), 8);
  bytes.writeDoubleLE(header.receivedAtMs, 16);
  bytes.set(header.hash, 24);
  bytes.writeUInt8(ENCODING_CODES[header.encoding], 40);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44);
  return bytes;
}

/** Returns undefined unless the bytes are a whole header whose checksum holds. */
export function decodeRecordHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < RECORD_HEADER_BYTES) return undefined;
  if (bytes.compare(RECORD_MARKER, 0, 4, 0, 4) !== 0) return undefined;
  if (bytes.readUInt32LE(44) !== crc32(bytes.subarray(0, 44))) return undefined;
  return {
    bodySizeBytes: bytes.readUInt32LE(4),
    position: Number(bytes.readBigUInt64LE(8)),
    receivedAtMs: bytes.readDoubleLE(16),
    hash: Buffer.from(bytes.subarray(24, 24 + HASH_BYTES)),
    encoding: bytes.readUInt8(40) === ENCODING_CODES.json ? "json" : "protobuf",
  };
}
