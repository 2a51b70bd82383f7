// messages.ts — what a tab and the hub say to each other. Event data stays text: each tab parses only what it gets.

import type { StreamEvent } from "./event-stream.ts";

export type LiveStatus =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "reconnecting"; readonly attempt: number }
  /** The server wants a token; the stream tries again by itself after a sign-in. */
  | { readonly state: "unauthorized"; readonly attempt: number };

export type TabMessage =
  /** Replaces what this tab wants to hear. Answered by snapshots, or by what was missed since `afterId`. */
  | {
      readonly type: "subscribe";
      readonly topics: readonly string[];
      readonly filter: string;
      readonly afterId?: string;
    }
  /** The tab is out of sight or closes. */
  | { readonly type: "leave" }
  /** Signed in, or tired of waiting: connect now. */
  | { readonly type: "retry" }
  /** Still here; a port does not tell when its tab is gone. */
  | { readonly type: "alive" };

export type HubMessage =
  | { readonly type: "event"; readonly event: StreamEvent }
  | { readonly type: "status"; readonly status: LiveStatus };

/** The part of a MessagePort that is used. */
export type LivePort = Pick<MessagePort, "postMessage" | "onmessage">;
