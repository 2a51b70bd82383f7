// post.ts — one HTTP POST of bytes, over a connection that is kept and never keeps the process alive.

import http from "node:http";
import https from "node:https";
import type { TlsTexts } from "../../options/options.ts";
import { Agents, isSecure } from "./agents.ts";

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Uint8Array[];
  readonly timeoutMs: number;
  readonly tls: TlsTexts;
}

export interface PostResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** At most 64 KiB of it: an OTLP answer is a few bytes, a page of a wrong server is not kept. */
  readonly body: Uint8Array;
}

/** An answer does not end. It is not read to its end, and asking again would be no use. */
export class EndlessAnswerError extends Error {
  override readonly name = "EndlessAnswerError";

  constructor() {
    super(`the answer is larger than ${ANSWER_SIZE_BYTES_MAX} bytes`);
  }
}

/** Sends a request and resolves with its answer; rejects when there is none. */
export type Transport = (request: PostRequest) => Promise<PostResponse>;

const KEPT_SIZE_BYTES_MAX = 65_536;
/** OTLP recommends it to senders. */
const ANSWER_SIZE_BYTES_MAX = 4 * 1_048_576;

export class HttpPoster {
  readonly #agents = new Agents();

  /** Rejects with the system's error when there is no answer in time. */
  post(request: PostRequest): Promise<PostResponse> {
    const { promise, resolve, reject } = withResolvers<PostResponse>();
    const sizeBytes = request.body.reduce((sum, chunk) => sum + chunk.length, 0);
    const outgoing = (isSecure(request.url) ? https : http).request(
      request.url,
      {
        method: "POST",
        agent: this.#agents.agentFor(request.url, request.tls),
        headers: { ...request.headers, "content-length": sizeBytes },
      },
      (response) => readBody(response, resolve, reject),
    );
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${Math.round(request.timeoutMs)} ms`)),
      request.timeoutMs,
    );
    timer.unref();
    outgoing.on("socket", (socket) => socket.unref());
    outgoing.on("error", reject);
    outgoing.on("close", () => {
      clearTimeout(timer);
      reject(new Error("the connection was closed before an answer"));
    });
    outgoing.cork();
    for (const chunk of request.body) outgoing.write(chunk);
    outgoing.end();
    outgoing.uncork();
    return promise;
  }

  close(): void {
    this.#agents.close();
  }
}

function readBody(
  response: http.IncomingMessage,
  resolve: (response: PostResponse) => void,
  reject: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  response.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= KEPT_SIZE_BYTES_MAX) chunks.push(chunk);
    else if (sizeBytes > ANSWER_SIZE_BYTES_MAX) response.destroy(new EndlessAnswerError());
  });
  response.on("error", reject);
  response.on("end", () =>
    resolve({
      status: response.statusCode ?? 0,
      headers: joinedHeaders(response.headers),
      body: Buffer.concat(chunks),
    }),
  );
}

function joinedHeaders(headers: http.IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value,
    ]),
  );
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
