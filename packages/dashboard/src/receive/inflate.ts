// inflate.ts — undoes a Content-Encoding, never beyond a size: a few kilobytes of gzip can hold gigabytes of zeros.

import { MalformedPayloadError } from "@telemetry/otlp";
import { promisify } from "node:util";
import {
  gunzip,
  gunzipSync,
  inflate,
  inflateSync,
  zstdDecompress,
  zstdDecompressSync,
  type ZlibOptions,
  type ZstdOptions,
} from "node:zlib";
import { PayloadTooLargeError } from "./errors.ts";

/** Below this size the thread hand-over of the asynchronous form costs more than the work. */
const SYNC_SIZE_BYTES_MAX = 4_096;

interface Inflater {
  readonly sync: (body: Uint8Array, options: ZlibOptions & ZstdOptions) => Uint8Array;
  readonly async: (body: Uint8Array, options: ZlibOptions & ZstdOptions) => Promise<Uint8Array>;
}

const INFLATERS: Readonly<Record<string, Inflater>> = {
  gzip: { sync: gunzipSync, async: promisify<Uint8Array, ZlibOptions, Uint8Array>(gunzip) },
  deflate: { sync: inflateSync, async: promisify<Uint8Array, ZlibOptions, Uint8Array>(inflate) },
  zstd: {
    sync: zstdDecompressSync,
    async: promisify<Uint8Array, ZstdOptions, Uint8Array>(zstdDecompress),
  },
};

/** The content encodings that {@link inflateBody} undoes. */
export const CONTENT_ENCODINGS: readonly string[] = Object.keys(INFLATERS);

/**
 * @throws {PayloadTooLargeError} when there is more than `sizeBytesMax` inside.
 * @throws {MalformedPayloadError} when the bytes are not of that encoding.
 */
export async function inflateBody(
  body: Uint8Array,
  contentEncoding: string,
  sizeBytesMax: number,
): Promise<Uint8Array> {
  const inflater = INFLATERS[contentEncoding]!;
  const options = { maxOutputLength: sizeBytesMax };
  try {
    return body.length <= SYNC_SIZE_BYTES_MAX
      ? inflater.sync(body, options)
      : await inflater.async(body, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new PayloadTooLargeError(
        `Cannot accept request: it holds more than ${sizeBytesMax} bytes after decompression`,
      );
    }
    throw new MalformedPayloadError(
      `Cannot decompress request: it is not ${contentEncoding} (${(error as Error).message})`,
      { cause: error },
    );
  }
}
