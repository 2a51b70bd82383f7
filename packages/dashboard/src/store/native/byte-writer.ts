// byte-writer.ts — bytes that grow at their end: what every column and every text is written into.
// hot: see native.bench.ts

import { isUtf8 } from "node:buffer";

const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

export class ByteWriter {
  /** Only `[0, length)` means anything. Replaced when it grows. */
  bytes: Uint8Array;
  length = 0;

  constructor(capacityBytes = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  /** Makes room for `sizeBytes` more, so that they may be written straight into `bytes`. */
  ensure(sizeBytes: number): void {
    const needed = this.length + sizeBytes;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
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

  /** Copies a string; what is not UTF-8 in it becomes U+FFFD, because readers get it as JSON. */
  writeText(source: Uint8Array, start: number, length: number): void {
    this.ensure(length);
    const { bytes } = this;
    let at = this.length;
    let seen = 0;
    for (let index = start; index < start + length; index++) {
      const byte = source[index] as number;
      seen |= byte;
      bytes[at++] = byte;
    }
    if (seen < 0x80 || isUtf8(source.subarray(start, start + length))) this.length = at;
    else this.writeBytes(Buffer.from(decodeUtf8(source, start, length)));
  }
}

/** Decodes UTF-8; every malformed sequence becomes U+FFFD. */
export function decodeUtf8(source: Uint8Array, start: number, length: number): string {
  return Buffer.from(source.buffer, source.byteOffset + start, length).toString("utf8");
}
