// answer.ts — writes one HTTP answer the way ClickHouse does.
//
// The status is sent with the first byte of data. An error before it is a status ≥ 400 with the exception as the body;
// an error after it ends the answer with a block that clients look for (since ClickHouse 25.11):
//
//   \r\n__exception__\r\n<tag>\r\n<message>\n<message length> <tag>\r\n__exception__\r\n
//
// where <tag> is 16 random letters announced in the header X-ClickHouse-Exception-Tag.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { Transform } from "node:stream";
import { constants, createBrotliCompress, createGzip, createZstdCompress } from "node:zlib";
import { exceptionText, statusOf } from "./door-error.ts";
import type { DoorRequest } from "./request.ts";

/** A session is held for whoever reads an answer. */
const RECEIVER_PATIENCE_MS = 60_000;

/** The numbers of `X-ClickHouse-Summary`, as ClickHouse writes them: strings. */
export interface Summary {
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
  readonly elapsedSeconds: number;
}

export class Answer {
  readonly #response: ServerResponse;
  readonly #encoding: DoorRequest["encoding"];
  readonly #tag = randomBytes(8).toString("hex");
  #body: Transform | ServerResponse | undefined;

  constructor(response: ServerResponse, encoding: DoorRequest["encoding"]) {
    this.#response = response;
    this.#encoding = encoding;
  }

  /** Whether the status is sent. */
  get begun(): boolean {
    return this.#body !== undefined;
  }

  /** Sends the status 200 and the headers. */
  begin(headers: {
    queryId: string;
    format: string;
    contentType: string;
    summary?: Summary;
  }): void {
    this.#response.statusCode = 200;
    this.#response.setHeader("Content-Type", headers.contentType);
    this.#response.setHeader("X-ClickHouse-Query-Id", headers.queryId);
    this.#response.setHeader("X-ClickHouse-Format", headers.format);
    this.#response.setHeader("X-ClickHouse-Exception-Tag", this.#tag);
    if (headers.summary)
      this.#response.setHeader("X-ClickHouse-Summary", summaryText(headers.summary));
    this.#body = this.#openBody();
  }

  /** Writes data and waits until the receiver has taken it. One that takes nothing for a minute is cut off. */
  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    if (bytes.length === 0 || this.#body === undefined || this.#body.write(bytes)) return;
    const patience = AbortSignal.timeout(RECEIVER_PATIENCE_MS);
    try {
      await once(this.#body, "drain", { signal: AbortSignal.any([signal, patience]) });
    } catch (error) {
      this.#response.destroy();
      throw error;
    }
  }

  end(bytes?: Uint8Array): void {
    if (bytes === undefined || bytes.length === 0) this.#body?.end();
    else this.#body?.end(bytes);
  }

  /** Ends the answer with an error, whatever was sent of it. */
  fail(error: unknown): void {
    const { code, text } = exceptionText(error);
    if (this.#body === undefined) {
      this.#response.statusCode = statusOf(code);
      if (this.#response.statusCode === 503) this.#response.setHeader("Retry-After", "1");
      this.#response.setHeader("Content-Type", "text/plain; charset=UTF-8");
      this.#response.setHeader("X-ClickHouse-Exception-Code", code);
      this.#response.end(`${text}\n`);
      return;
    }
    const message = `${text}\n`;
    const length = Buffer.byteLength(message);
    this.#body.end(
      `\r\n__exception__\r\n${this.#tag}\r\n${message}${length} ${this.#tag}\r\n__exception__\r\n`,
    );
  }

  #openBody(): Transform | ServerResponse {
    const compressor = openCompressor(this.#encoding);
    if (compressor === undefined || this.#encoding === undefined) return this.#response;
    this.#response.setHeader("Content-Encoding", this.#encoding);
    pipeline(compressor, this.#response, () => {}); // a receiver that left is seen by the door as "close"
    return compressor;
  }
}

function openCompressor(encoding: DoorRequest["encoding"]): Transform | undefined {
  if (encoding === "gzip") return createGzip({ level: 1 }); // on one machine: speed, not size
  if (encoding === "zstd") return createZstdCompress();
  if (encoding === "br") {
    return createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  }
  return undefined;
}

function summaryText(summary: Summary): string {
  return JSON.stringify({
    read_rows: String(summary.readRows),
    read_bytes: String(summary.readBytes),
    written_rows: String(summary.writtenRows),
    written_bytes: String(summary.writtenBytes),
    total_rows_to_read: "0",
    result_rows: "0",
    result_bytes: "0",
    elapsed_ns: String(Math.round(summary.elapsedSeconds * 1e9)),
  });
}
