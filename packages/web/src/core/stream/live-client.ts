// live-client.ts — a tab's end of the live stream: collects events and hands them over once per frame.

import type { LiveEvent } from "@telemetry/dashboard/contract";
import type { HubMessage, LivePort, LiveStatus } from "./messages.ts";

/** Events waiting for a frame before the oldest are given up and everything is asked for again. */
const WAITING_EVENTS_MAX = 2_000;

export interface LiveClientOptions {
  readonly port: LivePort;
  /** Calls back before the next picture: requestAnimationFrame in a page. */
  readonly schedule: (callback: () => void) => void;
  readonly onEvents: (events: readonly LiveEvent[]) => void;
  readonly onStatus: (status: LiveStatus) => void;
}

export class LiveClient {
  readonly #options: LiveClientOptions;
  #waiting: LiveEvent[] = [];
  #isScheduled = false;
  #subscription: { topics: readonly string[]; filter: string } | undefined;
  #lastId = "";
  #droppedCount = 0;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    options.port.onmessage = ({ data }) => this.#receive(data as HubMessage); // only our own hub posts here
  }

  /** Events given up because the page could not keep up. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Asks for other topics; nothing happens when they are the same. */
  subscribe(topics: readonly string[], filter: string): void {
    const current = this.#subscription;
    if (current?.filter === filter && current.topics.join() === topics.join()) return;
    this.#subscription = { topics, filter };
    this.#lastId = "";
    this.#options.port.postMessage({ type: "subscribe", topics, filter });
  }

  /** Out of sight: the stream may serve others. `resume` asks for what was missed. */
  leave(): void {
    this.#options.port.postMessage({ type: "leave" });
  }

  resume(): void {
    if (this.#subscription === undefined) return;
    const resumption = this.#lastId === "" ? {} : { afterId: this.#lastId };
    this.#options.port.postMessage({ type: "subscribe", ...this.#subscription, ...resumption });
  }

  retry(): void {
    this.#options.port.postMessage({ type: "retry" });
  }

  /** To be called a few times a minute. */
  stayAlive(): void {
    this.#options.port.postMessage({ type: "alive" });
  }

  #receive(message: HubMessage): void {
    if (message.type === "status") {
      this.#options.onStatus(message.status);
      return;
    }
    const { event, data, id } = message.event;
    if (id !== "") this.#lastId = id;
    if (this.#waiting.length >= WAITING_EVENTS_MAX) {
      this.#droppedCount += this.#waiting.length;
      this.#waiting = [];
      this.retry(); // a fresh stream begins with snapshots
    }
    this.#waiting.push({ type: event, data: JSON.parse(data) } as LiveEvent); // the API is ours: trusted after the border
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.schedule(() => this.#flush());
  }

  #flush(): void {
    this.#isScheduled = false;
    const events = this.#waiting;
    this.#waiting = [];
    this.#options.onEvents(events);
  }
}
