// request-body.ts — reads the body of an HTTP request into memory: bounded on the wire, bounded after decompression,
// and accounted for as long as somebody uses it.

import type { IncomingMessage } from "node:http";
import { PayloadTooLargeError, WrongRequestError } from "./errors.ts";
import { CONTENT_ENCODINGS, inflateBody } from "./inflate.ts";
import type { Receiver } from "./receiver.ts";

/**
 * Reads the body, decompressed, for `use`; the memory counts as held until `use` has settled.
 * @throws {PayloadTooLargeError} {WrongRequestError} {MalformedPayloadError} {UnavailableError}
 */
export async function receiveBody<T>(
  receiver: Receiver,
  request: IncomingMessage,
  use: (body: Uint8Array) => Promise<T>,
): Promise<T> {
  let heldBytes = 0;
  const hold = (sizeBytes: number) => {
    receiver.hold(sizeBytes);
    heldBytes += sizeBytes;
  };
  try {
    const contentEncoding = contentEncodingOf(request);
    const body = await readBody(request, receiver.bodySizeBytesMax, hold);
    receiver.station.count("wire_bytes", body.length);
    if (contentEncoding === undefined) return await use(body);
    const inflated = await inflateBody(body, contentEncoding, receiver.bodySizeBytesMax);
    hold(inflated.length);
    return await use(inflated);
  } finally {
    receiver.release(heldBytes);
  }
}

function contentEncodingOf(request: IncomingMessage): string | undefined {
  const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return undefined;
  if (CONTENT_ENCODINGS.includes(encoding)) return encoding;
  const known = CONTENT_ENCODINGS.join(", ");
  const message = `Cannot read content encoding "${encoding}": known are ${known}`;
  throw new WrongRequestError(415, message, { "accept-encoding": known });
}

/** The body in a buffer of its own, because the batch that is made of it will be transferred. */
async function readBody(
  request: IncomingMessage,
  sizeBytesMax: number,
  hold: (sizeBytes: number) => void,
): Promise<Uint8Array> {
  const announcedBytes = Number(request.headers["content-length"] ?? 0);
  if (announcedBytes > sizeBytesMax) throw tooLarge(sizeBytesMax);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) throw tooLarge(sizeBytesMax);
    hold(chunk.length);
    chunks.push(chunk);
  }
  const body = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

function tooLarge(sizeBytesMax: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`Cannot accept request: it is larger than ${sizeBytesMax} bytes`);
}
