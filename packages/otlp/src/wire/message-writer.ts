// message-writer.ts — writes protobuf messages whose length is known only after they are written.
//
// A length takes one byte until its message is finished; a longer one then moves the message by the bytes missing.
// Most messages of OTLP are attributes of less than 128 bytes, which never move.

export class MessageWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #position = 0;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(Math.max(capacity, 64));
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** Hands over what was written, alone in its buffer. */
  take(): Uint8Array {
    const buffer = this.#bytes.buffer as ArrayBuffer;
    return new Uint8Array(buffer.transfer(this.#position));
  }

  writeTag(number: number, wireType: number): void {
    this.writeVarint((number << 3) | wireType, 0);
  }

  /** A varint from the halves of a 64-bit value. */
  writeVarint(low: number, high: number): void {
    this.#reserve(10);
    let lowRest = low >>> 0;
    let highRest = high >>> 0;
    while (highRest !== 0 || lowRest > 0x7f) {
      this.#bytes[this.#position++] = (lowRest & 0x7f) | 0x80;
      lowRest = ((lowRest >>> 7) | (highRest << 25)) >>> 0;
      highRest >>>= 7;
    }
    this.#bytes[this.#position++] = lowRest;
  }

  writeFixed32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#position, value, true);
    this.#position += 4;
  }

  writeFixed64(low: number, high: number): void {
    this.writeFixed32(low);
    this.writeFixed32(high);
  }

  writeDouble(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#position, value, true);
    this.#position += 8;
  }

  writeByte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#position++] = value;
  }

  writeBytes(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    for (let at = start; at < end; at++) this.#bytes[this.#position++] = bytes[at] as number;
  }

  /** Begins a length-delimited value. Returns the mark to end it with. */
  begin(): number {
    this.writeByte(0);
    return this.#position;
  }

  end(mark: number): void {
    const size = this.#position - mark;
    if (size < 0x80) {
      this.#bytes[mark - 1] = size;
      return;
    }
    const sizeBytes = size < 0x4000 ? 2 : size < 0x20_0000 ? 3 : size < 0x1000_0000 ? 4 : 5;
    this.#reserve(sizeBytes);
    this.#bytes.copyWithin(mark - 1 + sizeBytes, mark, this.#position);
    this.#position = mark - 1;
    this.writeVarint(size, 0);
    this.#position += size;
  }

  #reserve(count: number): void {
    const needed = this.#position + count;
    if (needed <= this.#bytes.length) return;
    const buffer = (this.#bytes.buffer as ArrayBuffer).transfer(
      Math.max(needed, this.#bytes.length * 2),
    );
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}
