// frame.ts — how gRPC puts a message into the body of an HTTP/2 request, and how it is read.
//
//   offset  size  field
//        0     1  compressed: 0 or 1, with what `grpc-encoding` names
//        1     4  length L of the message, big-endian
//        5     L  the message
//
// An Export call is one message. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md

import { MalformedPayloadError } from "@telemetry/otlp";
import { tooLarge } from "../request-body.ts";

export const FRAME_HEADER_BYTES = 5;

/** Takes the header off a body while it comes, so that what is too large or too much is refused before it is here. */
export class FrameReader {
  readonly #sizeBytesMax: number;
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #seenBytes = 0;

  /** @param sizeBytesMax of the message */
  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax;
  }

  /**
   * What of the next part of the body is of the message.
   * @throws {PayloadTooLargeError} {MalformedPayloadError}
   */
  read(part: Uint8Array): Uint8Array {
    const headerPart = part.subarray(0, Math.max(0, FRAME_HEADER_BYTES - this.#seenBytes));
    if (headerPart.length > 0) this.#header.set(headerPart, this.#seenBytes);
    this.#seenBytes += part.length;
    if (this.#seenBytes >= FRAME_HEADER_BYTES) this.#check();
    return part.subarray(headerPart.length);
  }

  #check(): void {
    const sizeBytes = this.#header.readUInt32BE(1);
    if (sizeBytes > this.#sizeBytesMax) throw tooLarge(this.#sizeBytesMax);
    if (this.#seenBytes > FRAME_HEADER_BYTES + sizeBytes) {
      throw new MalformedPayloadError("Cannot read request: it has more than one message");
    }
  }

  /**
   * The body is over. Whether the message is compressed.
   * @throws {MalformedPayloadError} when it is not all there.
   */
  end(): boolean {
    const isWhole =
      this.#seenBytes >= FRAME_HEADER_BYTES &&
      this.#seenBytes === FRAME_HEADER_BYTES + this.#header.readUInt32BE(1);
    if (!isWhole) throw new MalformedPayloadError("Cannot read request: its message is cut off");
    const [compressed] = this.#header;
    if (compressed === 0 || compressed === 1) return compressed === 1;
    throw new MalformedPayloadError(
      `Cannot read request: the first byte of its message is ${compressed}, and must be 0 or 1`,
    );
  }
}

/** The message as gRPC sends it, uncompressed. */
export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, FRAME_HEADER_BYTES);
  return frame;
}
