// held-bytes.ts — the bytes of spans of which nobody knows yet whether they are sent.
//
//   put ─▶ segment of 64 KiB, one span behind the other, of all traces ─▶ release; an empty segment is used again
//
// What counts against the limit is memory, not what is in it: a segment counts until its last span is released.

/** Some hundred spans: one long trace does not keep much else in memory. */
const SEGMENT_SIZE_BYTES = 65_536;
/** Empty segments that wait for the next burst. */
const SPARE_SEGMENTS_MAX = 4;

interface Segment {
  readonly bytes: Uint8Array;
  usedSizeBytes: number;
  recordCount: number;
}

/** Where the bytes of a span are: valid until they are released. */
export interface HeldRecord {
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
}

export class HeldBytes {
  readonly #sizeBytesMax: number;
  #current: Segment | undefined;
  #spare: Segment[] = [];
  #sizeBytes = 0;

  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax;
  }

  /** Memory in use. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Copies the first `sizeBytes` of `from`; undefined when there is no room. */
  put(from: Uint8Array, sizeBytes: number): HeldRecord | undefined {
    const segment = this.#segmentFor(sizeBytes);
    if (segment === undefined) return undefined;
    const start = segment.usedSizeBytes;
    const end = start + sizeBytes;
    segment.bytes.set(from.subarray(0, sizeBytes), start);
    segment.usedSizeBytes = end;
    segment.recordCount++;
    return { segment, start, end };
  }

  release({ segment }: HeldRecord): void {
    if (--segment.recordCount > 0) return;
    segment.usedSizeBytes = 0;
    if (segment === this.#current) return;
    this.#sizeBytes -= segment.bytes.length;
    const isOrdinary = segment.bytes.length === SEGMENT_SIZE_BYTES;
    if (isOrdinary && this.#spare.length < SPARE_SEGMENTS_MAX) this.#spare.push(segment);
  }

  #segmentFor(sizeBytes: number): Segment | undefined {
    if (sizeBytes > SEGMENT_SIZE_BYTES) return this.#open(sizeBytes);
    const current = this.#current;
    if (current !== undefined && current.usedSizeBytes + sizeBytes <= SEGMENT_SIZE_BYTES) {
      return current;
    }
    const opened = this.#open(SEGMENT_SIZE_BYTES);
    if (opened !== undefined) this.#current = opened;
    return opened;
  }

  #open(sizeBytes: number): Segment | undefined {
    if (this.#sizeBytes + sizeBytes > this.#sizeBytesMax) return undefined;
    this.#sizeBytes += sizeBytes;
    const spare = sizeBytes === SEGMENT_SIZE_BYTES ? this.#spare.pop() : undefined;
    return spare ?? { bytes: Buffer.allocUnsafeSlow(sizeBytes), usedSizeBytes: 0, recordCount: 0 };
  }
}
