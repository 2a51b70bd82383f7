// protobuf-writer.ts — appends protobuf fields to growing bytes, in one pass.
//
// Protobuf puts a message's length before its content, which is not known yet. Measuring first costs a
// second walk, so `beginMessage` reserves a fixed number of bytes and `endMessage` fills them with a
// padded varint: 0x85 0x80 0x00 is 5 in three bytes. Every decoder has to accept that.
//
//   writer.beginRecord() ─▶ fields … ─▶ endRecord()      one span or log record
//   writer.takeChunks()                                  everything ended so far, as whole chunks
//
// Bytes grow by chunks: when a record does not fit, what is complete stays in its chunk and only the
// record that is being written moves. Without records (a resource, a metric) the bytes double instead.

import { allocateBytes, bytesOf, utf8SizeBytesMax, writeUtf8 } from "./platform.ts";

/** Big enough for 80 spans, small enough that its unused end does not count: see bench/trace. */
const CHUNK_SIZE_BYTES = 16_384;
/** A message of up to 2 MiB needs no move when it ends. */
const LENGTH_SIZE_BYTES = 3;
/** Chunks kept for reuse after their bytes were sent: one batch of ordinary spans. */
const SPARE_CHUNKS_MAX = 8;

const TWO_POW_32 = 4_294_967_296;
/** Key and text of an attribute whose lengths all take one byte. */
const SMALL_ATTRIBUTE_SIZE_BYTES_MAX = 124;
/** Up to here a loop copies faster than `set`. */
const LOOP_COPY_SIZE_BYTES_MAX = 24;

export class ProtobufWriter {
  readonly #chunkSizeBytes: number;
  readonly #doubles = new Float64Array(1);
  readonly #doubleBytes = new Uint8Array(this.#doubles.buffer);
  #bytes: Uint8Array;
  #view: DataView;
  #position = 0;
  #recordStart = 0;
  #inRecord = false;
  #chunks: Uint8Array[] = [];
  #chunksSizeBytes = 0;
  #spare: Uint8Array[] = [];

  constructor(options: { chunkSizeBytes?: number } = {}) {
    this.#chunkSizeBytes = options.chunkSizeBytes ?? CHUNK_SIZE_BYTES;
    this.#bytes = allocateBytes(0);
    this.#view = viewOf(this.#bytes);
  }

  /** Bytes written and not taken, the record in progress included. */
  get sizeBytes(): number {
    return this.#chunksSizeBytes + this.#position;
  }

  // ---- records and their bytes

  beginRecord(): void {
    this.#recordStart = this.#position;
    this.#inRecord = true;
  }

  endRecord(): void {
    this.#recordStart = this.#position;
    this.#inRecord = false;
  }

  /** Forgets what was written since `beginRecord`. */
  discardRecord(): void {
    this.#position = this.#recordStart;
    this.#inRecord = false;
  }

  /** Hands over all ended records and starts empty. The caller owns the chunks until it recycles them. */
  takeChunks(): Uint8Array[] {
    const chunks = this.#chunks;
    if (this.#position > this.#chunkSizeBytes / 2) {
      chunks.push(this.#bytes.subarray(0, this.#position));
      this.#bytes = allocateBytes(0);
      this.#view = viewOf(this.#bytes);
    } else if (this.#position > 0) {
      // A nearly empty chunk that waits for a receiver would hold much more memory than it says.
      chunks.push(this.finish());
    }
    this.#chunks = [];
    this.#chunksSizeBytes = 0;
    this.#position = 0;
    this.#recordStart = 0;
    return chunks;
  }

  /** Takes chunks back whose bytes nobody reads any more. */
  recycle(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      if (this.#spare.length === SPARE_CHUNKS_MAX) return;
      if (chunk.buffer.byteLength === this.#chunkSizeBytes) {
        this.#spare.push(bytesOf(chunk.buffer));
      }
    }
  }

  /** A copy of everything written, for small things that are encoded once; starts empty. */
  finish(): Uint8Array {
    const finished = new Uint8Array(this.#bytes.subarray(0, this.#position));
    this.#position = 0;
    this.#recordStart = 0;
    return finished;
  }

  // ---- messages

  /** Opens a length-delimited field. The returned mark belongs to `endMessage`. */
  beginMessage(field: number, lengthSizeBytes = LENGTH_SIZE_BYTES): number {
    this.tag(field, 2);
    this.#ensure(lengthSizeBytes);
    this.#position += lengthSizeBytes;
    return this.#position - this.#recordStart;
  }

  endMessage(mark: number, lengthSizeBytes = LENGTH_SIZE_BYTES): void {
    const start = this.#recordStart + mark;
    const length = this.#position - start;
    if (length >= 1 << (7 * lengthSizeBytes)) {
      this.#endLongMessage(start, length, lengthSizeBytes);
      return;
    }
    let at = start - lengthSizeBytes;
    let rest = length;
    while (at < start - 1) {
      this.#bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[at] = rest;
  }

  /** The reserved bytes are too few: the content moves up. */
  #endLongMessage(start: number, length: number, lengthSizeBytes: number): void {
    const shift = varintSizeBytes(length) - lengthSizeBytes;
    const mark = start - this.#recordStart;
    this.#ensure(shift);
    const from = this.#recordStart + mark;
    this.#bytes.copyWithin(from + shift, from, this.#position);
    this.#position = from - lengthSizeBytes;
    this.varint(length);
    this.#position += length;
  }

  // ---- fields

  tag(field: number, wireType: number): void {
    const tag = (field << 3) | wireType;
    this.#ensure(3);
    if (tag < 0x80) {
      this.#bytes[this.#position++] = tag;
    } else {
      this.#bytes[this.#position++] = (tag & 0x7f) | 0x80;
      this.#bytes[this.#position++] = tag >>> 7;
    }
  }

  /** An unsigned varint field; nothing is written for 0, proto3's default. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.tag(field, 0);
    this.varint(value);
  }

  bool(field: number, value: boolean): void {
    if (value) this.uint(field, 1);
  }

  string(field: number, value: string): void {
    if (value.length === 0) return;
    this.tag(field, 2);
    this.text(value);
  }

  bytes(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.varint(value.length);
    this.raw(value);
  }

  /** Two 32-bit halves of a fixed64; written also when 0. */
  fixed64(field: number, low: number, high: number): void {
    this.tag(field, 1);
    this.word(low);
    this.word(high);
  }

  fixed32(field: number, value: number): void {
    this.tag(field, 5);
    this.word(value);
  }

  double(field: number, value: number): void {
    this.tag(field, 1);
    this.doubleValue(value);
  }

  /** A trace id as four words, most significant first. */
  traceId(field: number, word0: number, word1: number, word2: number, word3: number): void {
    this.tag(field, 2);
    this.#ensure(17);
    this.#bytes[this.#position++] = 16;
    this.wordBigEndian(word0);
    this.wordBigEndian(word1);
    this.wordBigEndian(word2);
    this.wordBigEndian(word3);
  }

  /** A span id as two words. */
  spanId(field: number, word0: number, word1: number): void {
    this.tag(field, 2);
    this.#ensure(9);
    this.#bytes[this.#position++] = 8;
    this.wordBigEndian(word0);
    this.wordBigEndian(word1);
  }

  /** Bytes given as hex digits. */
  hexBytes(field: number, hex: string): void {
    this.tag(field, 2);
    this.varint(hex.length / 2);
    this.#ensure(hex.length / 2);
    for (let i = 0; i < hex.length; i += 2) {
      this.#bytes[this.#position++] = Number.parseInt(hex.slice(i, i + 2), 16);
    }
  }

  // ---- values without a tag

  /** An unsigned integer up to 2^53. */
  varint(value: number): void {
    this.#ensure(8);
    let rest = value;
    while (rest >= 0x80000000) {
      this.#bytes[this.#position++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      this.#bytes[this.#position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#position++] = rest;
  }

  /** A safe integer as int64: ten bytes when negative. */
  signedVarint(value: number): void {
    if (value >= 0) this.varint(value);
    else this.varint64(value >>> 0, Math.floor(value / TWO_POW_32) >>> 0);
  }

  /** A 64-bit integer as two unsigned halves, two's complement. */
  varint64(low: number, high: number): void {
    this.#ensure(10);
    let lo = low >>> 0;
    let hi = high >>> 0;
    while (hi > 0 || lo >= 0x80) {
      this.#bytes[this.#position++] = (lo & 0x7f) | 0x80;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    this.#bytes[this.#position++] = lo;
  }

  /** 32 bits, little-endian, as in fixed32 and in each half of a fixed64. */
  word(value: number): void {
    this.#ensure(4);
    this.#bytes[this.#position] = value;
    this.#bytes[this.#position + 1] = value >>> 8;
    this.#bytes[this.#position + 2] = value >>> 16;
    this.#bytes[this.#position + 3] = value >>> 24;
    this.#position += 4;
  }

  /** 32 bits, big-endian: a quarter of a trace id, half of a span id. */
  wordBigEndian(value: number): void {
    this.#ensure(4);
    this.#bytes[this.#position] = value >>> 24;
    this.#bytes[this.#position + 1] = value >>> 16;
    this.#bytes[this.#position + 2] = value >>> 8;
    this.#bytes[this.#position + 3] = value;
    this.#position += 4;
  }

  doubleValue(value: number): void {
    this.#ensure(8);
    this.#doubles[0] = value;
    for (let i = 0; i < 8; i++) this.#bytes[this.#position + i] = this.#doubleBytes[i]!;
    this.#position += 8;
  }

  /** Bytes that are already encoded. */
  raw(bytes: Uint8Array): void {
    this.#ensure(bytes.length);
    this.#bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** A length and the UTF-8 bytes. A lone surrogate becomes U+FFFD. */
  text(value: string): void {
    this.#ensure(5 + utf8SizeBytesMax(value));
    // The length is guessed from the characters, right for ASCII; otherwise the text moves a little.
    const guess = varintSizeBytes(value.length);
    const start = this.#position + guess;
    const length = writeUtf8(this.#bytes, value, start);
    const size = varintSizeBytes(length);
    if (size !== guess) this.#bytes.copyWithin(start + size - guess, start, start + length);
    this.varint(length);
    this.#position += length;
  }

  /**
   * One `KeyValue` with a string value: `key` is the already encoded field 1 of it.
   * hot: see bench/trace. Lengths are exact, without measuring first, as long as the text is ASCII.
   */
  stringAttribute(field: number, key: Uint8Array, value: string): void {
    const keySize = key.length;
    this.#ensure(24 + keySize + utf8SizeBytesMax(value));
    if (keySize + value.length < SMALL_ATTRIBUTE_SIZE_BYTES_MAX) {
      // Every length fits one byte: tag, size, key, tag, size, tag, size, text.
      const bytes = this.#bytes;
      const at = this.#position;
      const valueAt = at + 2 + keySize;
      const length = writeUtf8(bytes, value, valueAt + 4);
      if (length === value.length) {
        bytes[at] = (field << 3) | 2;
        bytes[at + 1] = keySize + 4 + length;
        copyBytes(key, bytes, at + 2);
        bytes[valueAt] = 0x12; // KeyValue.value
        bytes[valueAt + 1] = 2 + length;
        bytes[valueAt + 2] = 0x0a; // AnyValue.string_value
        bytes[valueAt + 3] = length;
        this.#position = valueAt + 4 + length;
        return;
      }
    }
    this.#longStringAttribute(field, key, value);
  }

  /** Any text; moves it where the guess that it is ASCII was wrong. */
  #longStringAttribute(field: number, key: Uint8Array, value: string): void {
    const guess = attributeHeaderSizeBytes(key.length, value.length);
    const start = this.#position + guess;
    const length = writeUtf8(this.#bytes, value, start);
    const size = length === value.length ? guess : attributeHeaderSizeBytes(key.length, length);
    if (size !== guess) this.#bytes.copyWithin(start + size - guess, start, start + length);
    const valueSize = 1 + varintSizeBytes(length) + length;
    this.tag(field, 2);
    this.varint(key.length + 1 + varintSizeBytes(valueSize) + valueSize);
    this.raw(key);
    this.#bytes[this.#position++] = 0x12;
    this.varint(valueSize);
    this.#bytes[this.#position++] = 0x0a;
    this.varint(length);
    this.#position += length;
  }

  /** Everything of a `KeyValue` before the fields of an AnyValue that takes `valueSizeBytes`, at most 11. */
  beginSmallAttribute(field: number, key: Uint8Array, valueSizeBytes: number): void {
    const keySize = key.length;
    this.#ensure(16 + keySize);
    this.#bytes[this.#position++] = (field << 3) | 2;
    this.varint(keySize + 2 + valueSizeBytes);
    copyBytes(key, this.#bytes, this.#position);
    this.#position += keySize;
    this.#bytes[this.#position++] = 0x12; // KeyValue.value
    this.#bytes[this.#position++] = valueSizeBytes;
  }

  /**
   * Room for `sizeBytes` that the caller writes itself, and then says with `advance`. Until then `buffer`
   * and `view` are the same memory. For the fixed part of a hot message; see bench/trace.
   */
  reserve(sizeBytes: number): number {
    this.#ensure(sizeBytes);
    return this.#position;
  }

  get buffer(): Uint8Array {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  /** The reserved bytes before `position` are written. */
  advance(position: number): void {
    this.#position = position;
  }

  #ensure(sizeBytes: number): void {
    if (this.#position + sizeBytes > this.#bytes.length) this.#grow(sizeBytes);
  }

  #grow(sizeBytes: number): void {
    const keep = this.#inRecord ? this.#position - this.#recordStart : this.#position;
    const needed = keep + sizeBytes;
    let size = this.#chunkSizeBytes;
    while (size < needed) size *= 2;
    const grown =
      size === this.#chunkSizeBytes
        ? (this.#spare.pop() ?? allocateBytes(size))
        : allocateBytes(size);
    const from = this.#position - keep;
    grown.set(this.#bytes.subarray(from, this.#position));
    if (from > 0) {
      this.#chunks.push(this.#bytes.subarray(0, from));
      this.#chunksSizeBytes += from;
    }
    this.#bytes = grown;
    this.#view = viewOf(grown);
    this.#position = keep;
    this.#recordStart = 0;
  }
}

/** Bytes that `value` takes as an unsigned varint. */
export function varintSizeBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  let size = 5;
  for (let rest = value / 0x800000000; rest >= 1; rest /= 128) size++;
  return size;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function copyBytes(from: Uint8Array, to: Uint8Array, at: number): void {
  const length = from.length;
  if (length > LOOP_COPY_SIZE_BYTES_MAX) to.set(from, at);
  else for (let i = 0; i < length; i++) to[at + i] = from[i]!;
}

/** Everything of a string attribute that stands before its text. */
function attributeHeaderSizeBytes(keySizeBytes: number, textSizeBytes: number): number {
  const valueSize = 1 + varintSizeBytes(textSizeBytes) + textSizeBytes;
  const size = keySizeBytes + 1 + varintSizeBytes(valueSize) + valueSize;
  return (
    1 +
    varintSizeBytes(size) +
    keySizeBytes +
    1 +
    varintSizeBytes(valueSize) +
    1 +
    varintSizeBytes(textSizeBytes)
  );
}
