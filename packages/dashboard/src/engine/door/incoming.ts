// incoming.ts — an INSERT's body as a file, because the embedded engine reads data only from files.
//
//   body ──▶ <incoming>/<n> ──▶ INSERT … FROM INFILE '<n>' FORMAT Native ──▶ file removed
//
// Together they may be as long as the longest single one may be, and a little more. The file is never synced: most are gone before the kernel writes them to disk. Compressed bodies stay
// compressed; ClickHouse inflates them itself. INFILE reads its path as a glob pattern, so the path is given relative
// to the working folder: the engine process works in this very folder, and the names in it are numbers.

import { createWriteStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join, relative } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DoorError } from "./door-error.ts";

/** ClickHouse's words for what HTTP calls content encodings. */
const COMPRESSION: Readonly<Record<string, string>> = {
  gzip: "gzip",
  deflate: "deflate",
  br: "br",
  zstd: "zstd",
  lz4: "lz4",
  xz: "xz",
  bz2: "bz2",
};

export interface IncomingFile {
  /** As the engine has to name it. */
  readonly path: string;
  readonly sizeBytes: number;
  /** ClickHouse's COMPRESSION, when the body was compressed. */
  readonly compression: string | undefined;
  remove(): Promise<void>;
}

export class IncomingFolder {
  readonly #directory: string;
  readonly #bodyBytesMax: number;
  #nextNumber = 0;
  /** Bytes in the folder, of files that are complete. */
  #heldBytes = 0;

  /** Creates the folder and removes what a crash left in it. */
  constructor(directory: string, bodyBytesMax: number) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { force: true });
    this.#directory = directory;
    this.#bodyBytesMax = bodyBytesMax;
  }

  /**
   * Writes a request's body to a file of its own.
   * @throws {DoorError} when the body is too long or its encoding is unknown; the request's own error when it breaks off.
   */
  async receive(request: IncomingMessage, encoding: string | undefined): Promise<IncomingFile> {
    const compression = compressionOf(encoding);
    if (this.#heldBytes > this.#bodyBytesMax) throw full(this.#heldBytes);
    const path = join(this.#directory, String(this.#nextNumber++));
    const counter = new ByteCounter(this.#bodyBytesMax);
    try {
      await pipeline(request, counter, createWriteStream(path, { mode: 0o600 }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    const { sizeBytes } = counter;
    this.#heldBytes += sizeBytes;
    const remove = async () => {
      this.#heldBytes -= sizeBytes;
      await rm(path, { force: true });
    };
    return { path: relative(process.cwd(), path), sizeBytes, compression, remove };
  }
}

class ByteCounter extends Transform {
  readonly #sizeBytesMax: number;
  sizeBytes = 0;

  constructor(sizeBytesMax: number) {
    super();
    this.#sizeBytesMax = sizeBytesMax;
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error?: Error, chunk?: Buffer) => void,
  ) {
    this.sizeBytes += chunk.length;
    if (this.sizeBytes <= this.#sizeBytesMax) done(undefined, chunk);
    else {
      done(
        new DoorError(
          222,
          "QUERY_IS_TOO_LARGE",
          `Cannot insert: the data is longer than ${this.#sizeBytesMax} bytes; send it in smaller parts`,
        ),
      );
    }
  }
}

function full(heldBytes: number): DoorError {
  return new DoorError(
    202,
    "TOO_MANY_SIMULTANEOUS_QUERIES",
    `Cannot insert: ${heldBytes} bytes wait to be inserted already; send it again later`,
  );
}

function compressionOf(encoding: string | undefined): string | undefined {
  if (encoding === undefined || encoding === "identity") return undefined;
  const compression = COMPRESSION[encoding];
  if (compression !== undefined) return compression;
  throw new DoorError(
    48,
    "NOT_IMPLEMENTED",
    `Cannot read body: content encoding "${encoding}" is not one of ${Object.keys(COMPRESSION).join(", ")}`,
  );
}
