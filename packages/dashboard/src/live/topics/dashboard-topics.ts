// dashboard-topics.ts — `views` and `pipeline`: what the dashboard says of itself.

import type { LiveState } from "../state.ts";
import type { Topic, TopicEvent } from "./topic.ts";

/** The registered views, whole, whenever they change. */
export class ViewsTopic implements Topic {
  readonly #state: LiveState;
  #shownVersion: number;

  constructor(state: LiveState) {
    this.#state = state;
    this.#shownVersion = state.viewsVersion;
  }

  takeFrame(): TopicEvent | undefined {
    if (this.#shownVersion === this.#state.viewsVersion) return undefined;
    this.#shownVersion = this.#state.viewsVersion;
    return this.snapshot();
  }

  snapshot(): TopicEvent {
    return { type: "views", data: { views: [...this.#state.views] } };
  }
}

/** How often the counters are shown: people read them, nobody draws them. */
export const PIPELINE_INTERVAL_MS = 1_000;

/** The counters of all stations. */
export class PipelineTopic implements Topic {
  readonly #state: LiveState;
  #shownAtMs = 0;

  constructor(state: LiveState) {
    this.#state = state;
  }

  takeFrame(nowMs: number): TopicEvent | undefined {
    if (nowMs - this.#shownAtMs < PIPELINE_INTERVAL_MS) return undefined;
    this.#shownAtMs = nowMs;
    return this.snapshot();
  }

  snapshot(): TopicEvent {
    return { type: "pipeline", data: this.#state.pipeline() };
  }
}
