// byte-writer.ts — bytes that grow at their end: what every column and every text is written into.
// hot: see native.bench.ts

import { isUtf8 } from "node:buffer";
import { giveBufferBack, takeBuffer } from "./buffer-pool.ts";

const NO_BYTES = new Uint8Array(0);

const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** Up to here a loop copies faster than a call of `set`. */
const SHORT_BYTES_MAX = 64;

export class ByteWriter {
  /** Only `[0, length)` means anything. Replaced when it grows. */
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacityBytes = 1024) {
    this.bytes = new Uint8Array(takeBuffer(capacityBytes));
  }

  /** Makes room for `sizeBytes` more, so that they may be written straight into `bytes`. */
  ensure(sizeBytes: number): void {
    const needed = this.length + sizeBytes;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(takeBuffer(Math.max(needed, this.bytes.length * 2)));
    grown.set(this.bytes.subarray(0, this.length));
    giveBufferBack(this.bytes.buffer);
    this.bytes = grown;
  }

  /** Gives the memory to others: neither this writer nor what was taken from it may be used afterwards. */
  release(): void {
    giveBufferBack(this.bytes.buffer);
    this.bytes = NO_BYTES;
    this.length = 0;
  }

  take(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  writeByte(byte: number): void {
    this.ensure(1);
    this.bytes[this.length++] = byte;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  writeVarint(value: number): void {
    this.ensure(5);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  writeBytes(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Text known to be ASCII: numbers, punctuation, names of our own. */
  writeAscii(text: string): void {
    this.ensure(text.length);
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.length = at;
  }

  writeHex(source: Uint8Array, start: number, end: number): void {
    this.ensure((end - start) * 2);
    const { bytes } = this;
    let at = this.length;
    for (let index = start; index < end; index++) {
      const byte = source[index] as number;
      bytes[at++] = HEX[byte >>> 4] as number;
      bytes[at++] = HEX[byte & 15] as number;
    }
    this.length = at;
  }

  /** Half of a 64-bit number, little-endian. */
  writeWord(word: number): void {
    this.ensure(4);
    const { bytes } = this;
    bytes[this.length++] = word;
    bytes[this.length++] = word >>> 8;
    bytes[this.length++] = word >>> 16;
    bytes[this.length++] = word >>> 24;
  }

  /**
   * A string with its length before it. What is not UTF-8 in it becomes U+FFFD, because readers get it as JSON;
   * then the answer is false.
   */
  writeString(source: Uint8Array, start: number, length: number): boolean {
    const before = this.length;
    this.writeVarint(length);
    if (this.#copyUtf8(source, start, length)) return true;
    const text = Buffer.from(decodeUtf8(source, start, length));
    this.length = before;
    this.writeVarint(text.length);
    this.writeBytes(text);
    return false;
  }

  /** Whether the bytes were UTF-8; otherwise nothing was written. */
  #copyUtf8(source: Uint8Array, start: number, length: number): boolean {
    this.ensure(length);
    if (length > SHORT_BYTES_MAX) return this.#copyLong(source.subarray(start, start + length));
    const { bytes } = this;
    let at = this.length;
    let seen = 0;
    for (let index = start; index < start + length; index++) {
      const byte = source[index] as number;
      seen |= byte;
      bytes[at++] = byte;
    }
    if (seen >= 0x80 && !isUtf8(source.subarray(start, start + length))) return false;
    this.length = at;
    return true;
  }

  #copyLong(text: Uint8Array): boolean {
    if (!isUtf8(text)) return false;
    this.bytes.set(text, this.length);
    this.length += text.length;
    return true;
  }

  /** Writes what stands from `start` on again, `times` times. */
  repeatFrom(start: number, times: number): void {
    const sizeBytes = this.length - start;
    this.ensure(sizeBytes * times);
    const end = this.length + sizeBytes * times;
    while (this.length < end) {
      const copied = Math.min(this.length - start, end - this.length);
      this.bytes.copyWithin(this.length, start, start + copied);
      this.length += copied;
    }
  }
}

/** Decodes UTF-8; every malformed sequence becomes U+FFFD. */
export function decodeUtf8(source: Uint8Array, start: number, length: number): string {
  return Buffer.from(source.buffer, source.byteOffset + start, length).toString("utf8");
}
