// inflate.ts — undoes a Content-Encoding, never beyond a size: a few kilobytes of gzip can hold gigabytes of zeros.
//
// What comes out is counted as it comes, before there is more of it. Beyond 4 MiB it may be at most 5 000 times what
// went in: gzip cannot do better than 1 032, and zstd makes 2 300 of the most repetitive logs that we could think of
// (60 MiB of one stack trace, numbered), but 32 000 of zeros.

import { MalformedPayloadError } from "@telemetry/otlp";
import {
  constants,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
  type Gunzip,
  type Inflate,
  type ZstdDecompress,
} from "node:zlib";
import { PayloadTooLargeError } from "./errors.ts";

/** Below this size the thread hand-over of the asynchronous form costs more than the work. */
const SYNC_SIZE_BYTES_MAX = 4_096;
const CHUNK_SIZE_BYTES = 65_536;
const RATIO_MAX = 5_000;
const RATIO_FREE_BYTES = 4 * 1_048_576;

/**
 * A frame of zstd names the window that its reader must keep: up to 32 MiB, which encoders declare at their best level
 * (RFC 9659 asks for 8 MiB).
 */
const ZSTD = { params: { [constants.ZSTD_d_windowLogMax]: 25 } };
/** A body of zstd is one frame or several (RFC 8878, 3.1), each of which costs a decoder. */
const FRAMES_MAX = 1_000;

interface Inflater {
  readonly sync: (body: Uint8Array, sizeBytesMax: number) => Uint8Array;
  readonly open: () => Gunzip | Inflate | ZstdDecompress;
  /** Stops after a frame, with `bytesWritten` where that ended. */
  readonly stopsAfterFrame?: boolean;
}

const INFLATERS: Readonly<Record<string, Inflater>> = {
  gzip: {
    sync: (body, maxOutputLength) => gunzipSync(body, { maxOutputLength }),
    open: () => createGunzip({ chunkSize: CHUNK_SIZE_BYTES }),
  },
  deflate: {
    sync: (body, maxOutputLength) => inflateSync(body, { maxOutputLength }),
    open: () => createInflate({ chunkSize: CHUNK_SIZE_BYTES }),
  },
  zstd: {
    sync: inflateZstd,
    open: () => createZstdDecompress({ ...ZSTD, chunkSize: CHUNK_SIZE_BYTES }),
    stopsAfterFrame: true,
  },
};

function inflateZstd(body: Uint8Array, sizeBytesMax: number): Uint8Array {
  const frames: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let offset = 0; offset < body.length;) {
    const maxOutputLength = Math.max(1, sizeBytesMax - sizeBytes);
    const options = { ...ZSTD, maxOutputLength, info: true };
    const { buffer, engine } = zstdDecompressSync(body.subarray(offset), options) as unknown as {
      buffer: Uint8Array;
      engine: ZstdDecompress;
    };
    frames.push(buffer);
    sizeBytes += buffer.length;
    offset += engine.bytesWritten;
  }
  return concatenate(frames, sizeBytes);
}

/** The content encodings that {@link inflateBody} undoes. */
export const CONTENT_ENCODINGS: readonly string[] = Object.keys(INFLATERS);

export interface InflateOptions {
  readonly sizeBytesMax: number;
  /** Asked for memory before more is made; what it throws ends the work. */
  readonly hold: (sizeBytes: number) => void;
}

/**
 * The decompressed body.
 * @throws {PayloadTooLargeError} when there is more inside than `sizeBytesMax`, or than compresses so well.
 * @throws {MalformedPayloadError} when the bytes are not of that encoding.
 */
export async function inflateBody(
  body: Uint8Array,
  contentEncoding: string,
  options: InflateOptions,
): Promise<Uint8Array> {
  if (body.length === 0) return body;
  const inflater = INFLATERS[contentEncoding]!;
  const sizeBytesMax = Math.min(
    options.sizeBytesMax,
    Math.max(RATIO_FREE_BYTES, body.length * RATIO_MAX),
  );
  try {
    if (body.length > SYNC_SIZE_BYTES_MAX) {
      return await inflateInThread(inflater, body, { ...options, sizeBytesMax });
    }
    const inflated = inflater.sync(body, sizeBytesMax);
    options.hold(inflated.length);
    return inflated;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === TOO_LARGE) {
      throw new PayloadTooLargeError(
        `Cannot accept request: it holds more than ${sizeBytesMax} bytes after decompression`,
      );
    }
    if (!BAD_DATA.test(code)) throw error;
    throw new MalformedPayloadError(
      `Cannot decompress request: it is not ${contentEncoding} (${(error as Error).message})`,
      { cause: error },
    );
  }
}

/** Of Node, where something inflates to more than it may. */
const TOO_LARGE = "ERR_BUFFER_TOO_LARGE";
/** Codes of zlib and zstd that are about the bytes, and not about us. */
const BAD_DATA = /^(Z_(DATA|BUF)_ERROR|Z_NEED_DICT|ZSTD_error_(?!memory))/;

async function inflateInThread(
  { open, stopsAfterFrame = false }: Inflater,
  body: Uint8Array,
  { sizeBytesMax, hold }: InflateOptions,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  let frames = 0;
  for (let offset = 0; offset < body.length;) {
    if (frames++ === FRAMES_MAX) {
      throw new MalformedPayloadError(
        `Cannot decompress request: it has more than ${FRAMES_MAX} frames`,
      );
    }
    const inflater = open();
    inflater.end(body.subarray(offset));
    for await (const chunk of inflater as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes > sizeBytesMax) throw Object.assign(new RangeError(), { code: TOO_LARGE });
      hold(chunk.length);
      chunks.push(chunk);
    }
    offset += stopsAfterFrame ? inflater.bytesWritten : body.length;
  }
  return concatenate(chunks, sizeBytes);
}

/** One buffer that holds nothing else: the batch that is made of it will be transferred. */
export function concatenate(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
