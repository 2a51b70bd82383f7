// event-stream.ts — parses `text/event-stream` as it arrives (WHATWG HTML 9.2.6).
//
// The browser's EventSource cannot send a token and cannot run where we read, so the stream is read with fetch.

export interface StreamEvent {
  /** The resume position; empty when the event has none. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** A line longer than this is not ours: the connection is given up. */
const LINE_LENGTH_MAX = 64 * 1024 * 1024;

export class EventStreamParser {
  #rest = "";
  #id = "";
  #event = "";
  #data: string[] = [];

  /** Takes a piece of the stream and returns the events that it completed. Comments are heartbeats and vanish. */
  feed(text: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop()!;
    if (this.#rest.length > LINE_LENGTH_MAX) {
      throw new RangeError(
        `Cannot read the live stream: a line is longer than ${LINE_LENGTH_MAX} characters`,
      );
    }
    for (const line of lines) {
      if (line !== "") this.#field(line);
      else if (this.#data.length > 0) events.push(this.#take());
      else this.#event = "";
    }
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }

  #take(): StreamEvent {
    const event = { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    this.#event = "";
    this.#data = [];
    return event;
  }
}
