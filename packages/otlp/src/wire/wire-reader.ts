// wire-reader.ts — reads protobuf's wire format from a byte array, without allocating.
//
//   message  = *(tag payload)            tag = varint of (field number << 3 | wire type)
//   wire type 0  varint                  7 bits per byte, least significant first, at most 10 bytes
//             1  64 bits, little-endian
//             2  varint length, then that many bytes: string, bytes, message, packed numbers
//             3, 4  groups: gone since proto3, refused here
//             5  32 bits, little-endian
//
// A reader has no end of its own: every message is read up to the `end` that its length gave. A number that
// crosses that end is found by `finish`, once per message, so that single reads stay cheap. Loops that pass
// many bytes keep the position in a local variable; it is the one trick that makes the decoder fast.
// hot: see decode.bench.ts

/** What is wrong with the bytes, and where. `decodeRequest` turns it into a MalformedPayloadError that names the field. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(problem);
    this.offset = offset;
  }
}

export class WireReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  position = 0;
  /** The 64-bit value read last, as two's complement halves. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  /** A tag; `tag >>> 3` is the field number, `tag & 7` the wire type. */
  readTag(): number {
    const byte = this.bytes[this.position] as number;
    if (byte < 0x80 && byte > 0x07) {
      this.position++;
      return byte;
    }
    return this.#readLongTag();
  }

  #readLongTag(): number {
    const start = this.position;
    const first = this.bytes[start] as number;
    const second = this.bytes[start + 1] as number;
    if (first >= 0x80 && second < 0x80 && second > 0) {
      this.position = start + 2;
      return (first & 0x7f) | (second << 7);
    }
    this.readVarint64();
    const tag = this.low >>> 0;
    if (this.high !== 0) throw new WireError("the field number is too large", start);
    if (tag >>> 3 === 0) throw new WireError("field number 0 does not exist", start);
    return tag;
  }

  /**
   * The next tag of a field in `wanted`, a set of field numbers below 32 with one bit each; the fields before it are
   * passed over. 0 when the message has no more of them; it has then ended where its length says.
   */
  readTagOf(wanted: number, end: number): number {
    const { bytes } = this;
    let { position } = this;
    while (position < end) {
      const tag = bytes[position] as number;
      const next = bytes[position + 1] as number;
      const isShort = tag > 0x07 && (tag | next) < 0x80 && (tag & 7) < 3;
      if (isShort && ((wanted >>> (tag >>> 3)) & 1) === 0) {
        position += (tag & 7) === 2 ? 2 + next : (tag & 7) === 1 ? 9 : 2;
        continue;
      }
      this.position = position;
      const anyTag = this.readTag();
      if (anyTag < 0x100 && ((wanted >>> (anyTag >>> 3)) & 1) === 1) return anyTag;
      this.skip(anyTag, end);
      position = this.position;
    }
    this.position = position;
    this.finish(end);
    return 0;
  }

  /**
   * Passes over a length-delimited field whose tag of one byte was just read, and over all that follow it directly
   * with the same tag. Returns how many there were: senders write repeated fields in one run.
   */
  skipRun(tag: number, end: number): number {
    const { bytes } = this;
    let { position } = this;
    for (let count = 1; ; count++) {
      const size = bytes[position] as number;
      if (size < 0x80 && position + size < end) position += size + 1;
      else {
        this.position = position;
        position = this.readEnd(end);
      }
      if (position >= end || bytes[position] !== tag) {
        this.position = position;
        return count;
      }
      position++;
    }
  }

  /** The low 32 bits of a varint, unsigned: uint32, and negative int32 as two's complement. */
  readVarint32(): number {
    const byte = this.bytes[this.position] as number;
    if (byte < 0x80) {
      this.position++;
      return byte;
    }
    this.readVarint64();
    return this.low >>> 0;
  }

  /** Whether a varint is not zero. */
  readBool(): boolean {
    this.readVarint64();
    return (this.low | this.high) !== 0;
  }

  /** An enum as a byte. A number that no enum of OTLP reaches (over 255, negative) reads as 0, "unspecified". */
  readEnum(): number {
    const value = this.readVarint32();
    return value > 0xff ? 0 : value;
  }

  /** A zigzag sint32. */
  readZigzag32(): number {
    const value = this.readVarint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A varint into `low` and `high`. */
  readVarint64(): void {
    const start = this.position;
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.position++];
      if (byte === undefined) throw new WireError("the number is cut off", start);
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw new WireError("the number has more than 10 bytes", start);
  }

  /** A fixed 32-bit value, unsigned. */
  readFixed32(): number {
    const start = this.#passBytes(4);
    return this.#view.getUint32(start, true);
  }

  /** A fixed 64-bit value into `low` and `high`. */
  readFixed64(): void {
    const start = this.#passBytes(8);
    this.low = this.#view.getInt32(start, true);
    this.high = this.#view.getInt32(start + 4, true);
  }

  /** A fixed 64-bit value into `row` of a column of word pairs. */
  readFixed64Into(words: Uint32Array, row: number): void {
    const start = this.#passBytes(8);
    words[row * 2] = this.#view.getUint32(start, true);
    words[row * 2 + 1] = this.#view.getUint32(start + 4, true);
  }

  #passBytes(count: number): number {
    const { position } = this;
    if (position + count > this.bytes.length) {
      throw new WireError("the value is cut off", position);
    }
    this.position = position + count;
    return position;
  }

  /** Copies the bytes from here to `end`, a multiple of four, into a column's words. */
  copyWords(end: number, words: Uint32Array, firstWord: number): void {
    let word = firstWord;
    for (let at = this.position; at < end; at += 4) words[word++] = this.#view.getUint32(at, true);
  }

  /** Whether any of the bytes from here to `end`, a multiple of four, is not zero. */
  isAnyByteSet(end: number): boolean {
    for (let at = this.position; at < end; at += 4) {
      if (this.#view.getUint32(at, true) !== 0) return true;
    }
    return false;
  }

  /** The end of the length-delimited value that starts here, which lies inside the message that ends at `end`. */
  readEnd(end: number): number {
    const start = this.position;
    const byte = this.bytes[start] as number;
    if (byte < 0x80) {
      const valueEnd = (this.position = start + 1) + byte;
      if (valueEnd <= end) return valueEnd;
    } else {
      this.readVarint64();
      const valueEnd = this.position + (this.low >>> 0);
      if (this.high === 0 && valueEnd <= end) return valueEnd;
    }
    throw new WireError(`the length passes the end of its message at byte ${end}`, start);
  }

  /** Passes over the payload of a field that nobody asked for. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case 0:
        return this.readVarint64();
      case 1:
        this.position += 8;
        return;
      case 2:
        this.position = this.readEnd(end);
        return;
      case 5:
        this.position += 4;
        return;
      default:
        throw new WireError(
          (tag & 7) < 5
            ? "the field is a group, which OTLP does not have"
            : `wire type ${tag & 7} is unknown`,
          this.position - 1,
        );
    }
  }

  /** To be called when a message was read: its last value must have ended where the message ends. */
  finish(end: number): void {
    if (this.position !== end) {
      throw new WireError(`the last value passes the end of its message at byte ${end}`, end - 1);
    }
  }
}
