// segment-reader.ts — walks over the records of a segment file, whatever state a crash or a bad disk left it in.
//
// The walk never throws over bad bytes: it steps over them, tells the caller where they are, and goes on
// at the next record that proves itself. Reads go through one window, so small records cost no system call.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import {
  checkSegmentHeader,
  decodeRecordHeader,
  hashBody,
  RECORD_HEADER_BYTES,
  RECORD_MARKER,
  SEGMENT_HEADER_BYTES,
  type RecordHeader,
} from "./segment.ts";

const WINDOW_BYTES = 1_048_576;

export interface SegmentRecord extends RecordHeader {
  readonly offset: number;
  /** First byte after the record. */
  readonly endOffset: number;
}

/** Bytes that are no record. */
export interface SegmentDamage {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** True at the end of the file, where a crash in the middle of a write leaves half a record. */
  readonly tail: boolean;
}

export interface ReadOptions {
  /** Bodies of records before this position are neither read nor proved. Default: none is read. */
  readonly bodiesFrom?: number;
  readonly onDamage?: (damage: SegmentDamage) => void;
}

/**
 * Records in their order. `body` is empty unless asked for, and then a buffer of its own that may be
 * transferred to another thread.
 * @throws {Error} when the file was written by a newer version.
 */
export function* readSegment(
  path: string,
  options: ReadOptions = {},
): Generator<SegmentRecord & { readonly body: Uint8Array }> {
  const { bodiesFrom = Number.POSITIVE_INFINITY, onDamage } = options;
  const window = new FileWindow(path);
  try {
    if (checkSegmentHeader(window.read(0, SEGMENT_HEADER_BYTES)) === "unknown version") {
      throw new Error(`Cannot read segment "${path}": it was written by a newer version`);
    }
    let offset = SEGMENT_HEADER_BYTES;
    while (offset < window.sizeBytes) {
      const record = recordAt(window, offset);
      const body = record && record.position >= bodiesFrom ? bodyOf(window, record) : undefined;
      if (record && (body || record.position < bodiesFrom)) {
        yield { ...record, body: body ?? EMPTY };
        offset = record.endOffset;
        continue;
      }
      const next = record?.endOffset ?? findRecord(window, offset + 1);
      const tail = next >= window.sizeBytes;
      onDamage?.({ path, offset, sizeBytes: next - offset, tail });
      offset = next;
    }
  } finally {
    window.close();
  }
}

const EMPTY = new Uint8Array(0);

function recordAt(window: FileWindow, offset: number): SegmentRecord | undefined {
  const header = decodeRecordHeader(window.read(offset, RECORD_HEADER_BYTES));
  if (!header) return undefined;
  const endOffset = offset + RECORD_HEADER_BYTES + header.bodySizeBytes;
  return endOffset <= window.sizeBytes ? { ...header, offset, endOffset } : undefined;
}

/** Returns undefined where the body differs from its hash. */
function bodyOf(window: FileWindow, record: SegmentRecord): Uint8Array | undefined {
  const bytes = window.read(record.offset + RECORD_HEADER_BYTES, record.bodySizeBytes);
  const body = new Uint8Array(bytes.length);
  body.set(bytes);
  return Buffer.compare(hashBody(body), record.hash) === 0 ? body : undefined;
}

/** Offset of the next record at or after `from` whose header holds, or the end of the file. */
function findRecord(window: FileWindow, from: number): number {
  let offset = from;
  while (offset < window.sizeBytes) {
    const bytes = window.read(offset, WINDOW_BYTES / 2);
    const index = bytes.indexOf(RECORD_MARKER);
    if (index === -1) {
      offset += Math.max(1, bytes.length - RECORD_MARKER.length + 1);
    } else if (recordAt(window, offset + index)) {
      return offset + index;
    } else {
      offset += index + 1;
    }
  }
  return window.sizeBytes;
}

/** A read-only file seen through one buffer. */
class FileWindow {
  readonly sizeBytes: number;
  readonly #descriptor: number;
  /** Filled again and again. */
  #memory = Buffer.alloc(0);
  /** What of the file is in it. */
  #buffer = Buffer.alloc(0);
  #offset = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, "r");
    this.sizeBytes = fstatSync(this.#descriptor).size;
  }

  /** The bytes at an offset, fewer at the end of the file. Valid until the next call. */
  read(offset: number, sizeBytes: number): Buffer {
    const size = Math.max(0, Math.min(sizeBytes, this.sizeBytes - offset));
    if (offset < this.#offset || offset + size > this.#offset + this.#buffer.length) {
      this.#fill(offset, Math.max(size, Math.min(WINDOW_BYTES, this.sizeBytes - offset)));
    }
    return this.#buffer.subarray(offset - this.#offset, offset - this.#offset + size);
  }

  #fill(offset: number, sizeBytes: number): void {
    if (this.#memory.length < sizeBytes) this.#memory = Buffer.allocUnsafeSlow(sizeBytes);
    const memory = this.#memory;
    let filled = 0;
    while (filled < sizeBytes) {
      const read = readSync(this.#descriptor, memory, filled, sizeBytes - filled, offset + filled);
      if (read === 0) break;
      filled += read;
    }
    this.#buffer = memory.subarray(0, filled);
    this.#offset = offset;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
