// live-hub.ts — shares streams between the tabs of a browser: one per filter, carrying the topics of all its tabs.
//
// A tab that joins needs snapshots, which only a fresh stream brings, so joining reopens the stream of its group;
// stores replace what they have by a snapshot, so the other tabs do not notice. A tab that leaves narrows the stream,
// which then resumes by id.

import type { StreamEvent } from "./event-stream.ts";
import type { HubMessage, LivePort, LiveStatus, TabMessage } from "./messages.ts";
import type { OpenStream } from "./open-stream.ts";

/** Streams beyond this many would starve the queries of their connections. */
const STREAMS_MAX = 4;

/** A tab that has not said anything for this long is gone (timers of hidden tabs run once a minute). */
const SILENT_TAB_MS_MAX = 150_000;

interface Tab {
  readonly port: LivePort;
  topics: readonly string[];
  filter: string;
  seenAtMs: number;
}

interface Group {
  topics: readonly string[];
  lastId: string;
  status: LiveStatus;
  close(): void;
}

export class LiveHub {
  readonly #openStream: OpenStream;
  readonly #now: () => number;
  readonly #tabs = new Map<LivePort, Tab>();
  readonly #groups = new Map<string, Group>();

  constructor(openStream: OpenStream, now: () => number = Date.now) {
    this.#openStream = openStream;
    this.#now = now;
  }

  /** Takes the port of a new tab. */
  connect(port: LivePort): void {
    port.onmessage = ({ data }) => this.#receive(port, data as TabMessage); // only our own client posts here
  }

  get streamCount(): number {
    return this.#groups.size;
  }

  #receive(port: LivePort, message: TabMessage): void {
    const known = this.#tabs.get(port);
    if (known !== undefined) known.seenAtMs = this.#now();
    this.#forgetSilentTabs();
    switch (message.type) {
      case "subscribe": {
        if (known !== undefined && known.filter !== message.filter) this.#leave(port);
        const { topics, filter } = message;
        this.#tabs.set(port, { port, topics, filter, seenAtMs: this.#now() });
        this.#join(filter, message.afterId);
        break;
      }
      case "leave":
        this.#leave(port);
        break;
      case "retry":
        if (known !== undefined) this.#join(known.filter);
        break;
      case "alive":
        break;
    }
  }

  #join(filter: string, afterId?: string): void {
    const group = this.#groups.get(filter);
    if (group === undefined && this.#groups.size >= STREAMS_MAX) this.#closeOldestGroup();
    this.#reopen(filter, group === undefined ? afterId : undefined);
  }

  #leave(port: LivePort): void {
    const tab = this.#tabs.get(port);
    if (tab === undefined) return;
    this.#tabs.delete(port);
    const group = this.#groups.get(tab.filter);
    if (group === undefined) return;
    const wanted = this.#topicsOf(tab.filter);
    if (wanted.length === group.topics.length) return;
    this.#reopen(tab.filter, group.lastId);
  }

  /** Closes the stream of a filter and opens one with the topics that its tabs want now, if any. */
  #reopen(filter: string, afterId = ""): void {
    this.#groups.get(filter)?.close();
    this.#groups.delete(filter);
    const topics = this.#topicsOf(filter);
    if (topics.length === 0) return;
    const group: Group = {
      topics,
      lastId: afterId,
      status: { state: "connecting" },
      close: () => {},
    };
    this.#groups.set(filter, group);
    const request = afterId === "" ? { topics, filter } : { topics, filter, afterId };
    group.close = this.#openStream(request, {
      onEvent: (event) => {
        if (event.id !== "") group.lastId = event.id;
        this.#tell(filter, { type: "event", event }, (tab) => isWanted(tab, event));
      },
      onStatus: (status) => {
        group.status = status;
        this.#tell(filter, { type: "status", status }, () => true);
      },
    });
  }

  #tell(filter: string, message: HubMessage, accepts: (tab: Tab) => boolean): void {
    for (const tab of this.#tabs.values())
      if (tab.filter === filter && accepts(tab)) tab.port.postMessage(message);
  }

  #topicsOf(filter: string): string[] {
    const topics = new Set<string>();
    for (const tab of this.#tabs.values())
      if (tab.filter === filter) for (const topic of tab.topics) topics.add(topic);
    return [...topics].sort();
  }

  #closeOldestGroup(): void {
    const [filter] = this.#groups.keys();
    if (filter === undefined) return;
    this.#groups.get(filter)!.close();
    this.#groups.delete(filter);
    this.#tell(
      filter,
      { type: "status", status: { state: "reconnecting", attempt: 1 } },
      () => true,
    );
  }

  #forgetSilentTabs(): void {
    const oldestMs = this.#now() - SILENT_TAB_MS_MAX;
    for (const [port, tab] of this.#tabs) if (tab.seenAtMs < oldestMs) this.#leave(port);
  }
}

/** `trace` and `metrics` events belong to topics with a name behind them; the tab's stores look closer. */
function isWanted(tab: Tab, { event }: StreamEvent): boolean {
  if (event === "hello" || event === "reset" || event === "display") return true;
  return tab.topics.some(
    (topic) =>
      topic === event ||
      topic.startsWith(`${event}:`) ||
      (event === "metrics" && topic.startsWith("metric:")),
  );
}
