// wire.ts — reads protobuf's wire format from a byte array, without allocating.
//
//   message  = *(tag payload)            tag = varint of (field number << 3 | wire type)
//   wire type 0  varint                  7 bits per byte, least significant first, at most 10 bytes
//             1  64 bits, little-endian
//             2  varint length, then that many bytes: string, bytes, message, packed numbers
//             3, 4  groups: gone since proto3, refused here
//             5  32 bits, little-endian
//
// A reader has no end of its own: every message is read up to the `end` that its length gave. A value that
// crosses that end is found by `finish`, once per message, so that single reads stay cheap.
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
  position = 0;
  /** The 64-bit value read last, as two's complement halves. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
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
    this.readVarint64();
    const tag = this.low >>> 0;
    if (this.high !== 0) throw new WireError("the field number is too large", start);
    if (tag >>> 3 === 0) throw new WireError("field number 0 does not exist", start);
    return tag;
  }

  /** The low 32 bits of a varint, unsigned: uint32, enum and bool, and negative int32 as two's complement. */
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
        this.low = low | 0;
        this.high = high | 0;
        return;
      }
    }
    throw new WireError("the number has more than 10 bytes", start);
  }

  /** A fixed 64-bit value into `low` and `high`. */
  readFixed64(): void {
    this.low = this.readFixed32() | 0;
    this.high = this.readFixed32() | 0;
  }

  /** A fixed 64-bit value into `row` of a column of word pairs. */
  readFixed64Into(words: Uint32Array, row: number): void {
    words[row * 2] = this.readFixed32();
    words[row * 2 + 1] = this.readFixed32();
  }

  /** A fixed 32-bit value, unsigned. */
  readFixed32(): number {
    const { bytes, position } = this;
    if (position + 4 > bytes.length) throw new WireError("the value is cut off", position);
    this.position = position + 4;
    return (
      ((bytes[position] as number) |
        ((bytes[position + 1] as number) << 8) |
        ((bytes[position + 2] as number) << 16) |
        ((bytes[position + 3] as number) << 24)) >>>
      0
    );
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
          `wire type ${tag & 7} of field ${tag >>> 3} is ${(tag & 7) < 5 ? "a group, which OTLP does not have" : "unknown"}`,
          this.position,
        );
    }
  }

  /** To be called when a message was read: its last value must have ended where the message ends. */
  finish(end: number): void {
    if (this.position !== end) {
      throw new WireError(`the last value passes the end of its message at byte ${end}`, end);
    }
  }
}
