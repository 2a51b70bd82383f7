// stream-live.ts — a live stream as text/event-stream (https://html.spec.whatwg.org/multipage/server-sent-events.html).
//
//   id: 17\nevent: overview\ndata: {…}\n\n
//
// What the page has not read waits in a buffer of bounded size. While it is full the live station lets
// frames pass the page by, and is told when there is room again. A comment every ten seconds keeps
// proxies from closing the connection; a page that reads nothing for a minute is let go.

import type { Live, LiveClient, LiveMessage, LiveRequest } from "../live/live.ts";

const BUFFER_BYTES_MAX = 256 * 1024;
const HEARTBEAT_MS = 10_000;
const SILENT_MS_MAX = 60_000;
const HEARTBEAT = new TextEncoder().encode(":\n\n");

/** Throws what `subscribe` throws, before anything is written. */
export function streamLive(live: Live, request: LiveRequest): ReadableStream<Uint8Array> {
  const stream = new EventStream();
  stream.open((sink) => live.subscribe(request, sink));
  return stream.body;
}

class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #client: LiveClient | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #readAtMs = Date.now();

  constructor() {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#readAtMs = Date.now();
          this.#client?.drained();
        },
        cancel: () => this.#close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES_MAX }),
    );
  }

  open(subscribe: (sink: { write: (message: LiveMessage) => boolean }) => LiveClient): void {
    this.#client = subscribe({ write: (message) => this.#write(textOf(message)) });
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  #write(text: string): boolean {
    this.#controller?.enqueue(this.#encoder.encode(text));
    return this.#hasRoom;
  }

  get #hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  #beat(): void {
    if (this.#hasRoom) {
      this.#readAtMs = Date.now();
      this.#controller?.enqueue(HEARTBEAT);
    } else if (Date.now() - this.#readAtMs > SILENT_MS_MAX) {
      this.#controller?.error(new Error("Cannot write the live stream: the page does not read"));
      this.#close();
    }
  }

  #close(): void {
    clearInterval(this.#heartbeat);
    this.#client?.close();
  }
}

function textOf({ id, event, data }: LiveMessage): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}
