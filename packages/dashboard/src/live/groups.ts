// groups.ts — the topics that are open, each with its filter and the pages that want it.
//
// A group outlives its last page for as long as frames are kept, so that a page whose connection broke finds what
// it missed. Two pages with the same topic and filter are in the same group and get the same messages.

import type { LiveTopic } from "../contract/contract.ts";
import type { LiveClient } from "./client.ts";
import type { LiveFilter } from "./filters.ts";
import { SubscriptionError } from "./subscription-error.ts";
import type { Topic, Topics } from "./topics/topics.ts";

/** Groups that are open at the same time. */
export const GROUPS_MAX = 512;

export interface Group {
  /** The topic's name, and the filter's text if the topic has one. */
  readonly key: string;
  readonly topic: Topic;
  readonly clients: Set<LiveClient>;
  /** Number of the last frame before it was opened: from there on it can be resumed. */
  readonly openedAfter: number;
  /** Since when no page wants it. */
  emptySinceMs: number;
}

export class Groups {
  readonly #topics: Topics;
  readonly #lingerMs: number;
  readonly #groups = new Map<string, Group>();

  /** Groups without a page stay for `lingerMs`. */
  constructor(topics: Topics, lingerMs: number) {
    this.#topics = topics;
    this.#lingerMs = lingerMs;
  }

  get size(): number {
    return this.#groups.size;
  }

  [Symbol.iterator](): Iterator<Group> {
    return this.#groups.values();
  }

  /** Whether a page wants the topic without a filter. */
  isWanted(name: LiveTopic): boolean {
    return (this.#groups.get(name)?.clients.size ?? 0) > 0;
  }

  /** Throws SubscriptionError, and FilterSyntaxError when the filter does not fit the topic. */
  open(name: LiveTopic, filter: LiveFilter | undefined, lastNumber: number): Group {
    const own = this.#topics.isFiltered(name) && filter?.text !== "" ? filter : undefined;
    const key = own === undefined ? name : `${name} ${own.text}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    this.#makeRoom(name);
    const topic = this.#topics.open(name, own);
    const clients = new Set<LiveClient>();
    const group = { key, topic, clients, openedAfter: lastNumber, emptySinceMs: Date.now() };
    this.#groups.set(key, group);
    return group;
  }

  #makeRoom(name: LiveTopic): void {
    if (this.#groups.size < GROUPS_MAX) return;
    this.closeLeft(Number.POSITIVE_INFINITY);
    if (this.#groups.size < GROUPS_MAX) return;
    throw new SubscriptionError(
      "too_many",
      `Cannot subscribe to "${name}": ${GROUPS_MAX} different topics are open already`,
    );
  }

  /** Closes the groups that no page wanted for too long. */
  closeLeft(nowMs: number): void {
    for (const { key, topic, clients, emptySinceMs } of this.#groups.values()) {
      if (clients.size > 0 || nowMs - emptySinceMs < this.#lingerMs) continue;
      this.#groups.delete(key);
      topic.close?.();
    }
  }

  close(): void {
    for (const { topic } of this.#groups.values()) topic.close?.();
    this.#groups.clear();
  }
}
