// platform.ts — the two things that Node's Buffer does faster than a plain Uint8Array: memory that is
// not zeroed first, and UTF-8 written straight into it. Everywhere else the standard forms do the same.

interface NodeBuffer extends Uint8Array {
  utf8Write(text: string, start: number, sizeBytesMax: number): number;
}
interface NodeBufferConstructor {
  byteLength(text: string): number;
  allocUnsafeSlow(sizeBytes: number): Uint8Array;
  from(buffer: ArrayBufferLike): Uint8Array;
}

const nodeBuffer = (globalThis as { Buffer?: NodeBufferConstructor }).Buffer;
const encoder = new TextEncoder();

/** Above this many characters one native call is cheaper than a loop (Node 24: 24 ns against 28 ns at 20). */
const LOOP_LENGTH_MAX = 16;

/** From here on measuring a text costs less than the room it might not need. */
const MEASURED_LENGTH_MIN = 1_024;

/** Bytes with any content. */
export const allocateBytes: (sizeBytes: number) => Uint8Array =
  nodeBuffer === undefined
    ? (sizeBytes) => new Uint8Array(sizeBytes)
    : (sizeBytes) => nodeBuffer.allocUnsafeSlow(sizeBytes);

/** A view of a whole buffer, of the same kind that `allocateBytes` makes. */
export const bytesOf: (buffer: ArrayBufferLike) => Uint8Array =
  nodeBuffer === undefined
    ? (buffer) => new Uint8Array(buffer)
    : (buffer) => nodeBuffer.from(buffer);

const writeNative: (bytes: Uint8Array, text: string, start: number) => number =
  nodeBuffer === undefined
    ? (bytes, text, start) => encoder.encodeInto(text, bytes.subarray(start)).written
    : (bytes, text, start) => (bytes as NodeBuffer).utf8Write(text, start, bytes.length - start);

/** Room that `writeUtf8` needs: three bytes per character, measured where that would waste memory. */
export function utf8SizeBytesMax(text: string): number {
  if (text.length <= MEASURED_LENGTH_MIN) return text.length * 3;
  return nodeBuffer === undefined ? encoder.encode(text).length : nodeBuffer.byteLength(text);
}

/**
 * Writes UTF-8 and returns its size in bytes; the caller has made room for `utf8SizeBytesMax`.
 * hot: see bench/trace.
 */
export function writeUtf8(bytes: Uint8Array, text: string, start: number): number {
  const length = text.length;
  if (length > LOOP_LENGTH_MAX) return writeNative(bytes, text, start);
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    seen |= unit;
    bytes[start + i] = unit;
  }
  return seen < 0x80 ? length : writeNative(bytes, text, start);
}
