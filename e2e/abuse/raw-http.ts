// raw-http.ts — an HTTP/1.1 connection that sends whatever it is given, and reads what comes back.
//
// Clients refuse to send what is wrong. This one writes bytes, and understands just as much of an answer as it takes to
// find its status and its end: our answers have a Content-Length.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: Buffer;
}

interface Waiting {
  readonly resolve: (answer: RawAnswer | undefined) => void;
}

const HEADERS_END = "\r\n\r\n";

export class RawConnection {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: Waiting[] = [];
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay();
    socket.on("data", (part) => this.#read(part));
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      this.#isClosed = true;
      for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
    });
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  get isClosed(): boolean {
    return this.#isClosed || this.socket.destroyed;
  }

  /** Sends bytes that are one request. Undefined when the other side closes without an answer. */
  ask(...parts: readonly (Buffer | string)[]): Promise<RawAnswer | undefined> {
    if (this.isClosed) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<RawAnswer | undefined>();
    this.#waiting.push({ resolve });
    this.socket.cork();
    for (const part of parts) this.socket.write(part);
    this.socket.uncork();
    return promise;
  }

  close(): void {
    this.socket.destroy();
  }

  #read(part: Buffer): void {
    this.#received = this.#received.length === 0 ? part : Buffer.concat([this.#received, part]);
    for (;;) {
      const headersEnd = this.#received.indexOf(HEADERS_END);
      if (headersEnd < 0) return;
      const headers = this.#received.toString("latin1", 0, headersEnd);
      const status = Number(headers.slice(9, 12));
      const start = headersEnd + HEADERS_END.length;
      const length =
        status < 200 ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(headers)?.[1] ?? 0);
      if (this.#received.length < start + length) return;
      const body = Buffer.from(this.#received.subarray(start, start + length));
      this.#received = this.#received.subarray(start + length);
      if (status >= 200) this.#waiting.shift()?.resolve({ status, headers, body });
    }
  }
}
