// topic.ts — what a page can subscribe to. One topic (with one filter) is made once for all pages that want it.

import type { LiveEvent } from "../../contract/contract.ts";
import type { AddedBatch } from "../state.ts";

/** Event and data of what a topic says; the data of exactly that event. */
export type TopicEvent = Exclude<LiveEvent, { type: "hello" | "reset" | "display" }>;

export interface Topic {
  /** Takes what it wants of a batch. */
  add?(added: AddedBatch): void;
  /** What changed since the last call; undefined when nothing did. */
  takeFrame(nowMs: number): TopicEvent | undefined;
  /** What a page needs that has nothing yet. */
  snapshot(nowMs: number): TopicEvent;
  close?(): void;
}
