// overview-topic.ts — `overview`: rate, errors and latency of every service, and how the processes are.

import type { LiveOverview } from "../../contract/contract.ts";
import type { LiveState } from "../state.ts";
import type { Topic, TopicEvent } from "./topic.ts";

export class OverviewTopic implements Topic {
  readonly #state: LiveState;
  #shownTotal = 0;

  constructor(state: LiveState) {
    this.#state = state;
  }

  takeFrame(): TopicEvent | undefined {
    const { services, health, totals } = this.#state;
    const total = totals.spans + totals.logs + totals.points;
    if (total === this.#shownTotal) return undefined;
    this.#shownTotal = total;
    return this.#event(services.takeChanged(), health.takeChanged(), false);
  }

  snapshot(nowMs: number): TopicEvent {
    const { services, health } = this.#state;
    return this.#event(services.snapshot(nowMs), health.snapshot(nowMs), true);
  }

  #event(
    services: LiveOverview["services"],
    health: LiveOverview["health"],
    snapshot: boolean,
  ): TopicEvent {
    const totals = { ...this.#state.totals };
    return { type: "overview", data: { services, totals, snapshot, health } };
  }
}
