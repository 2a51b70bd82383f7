// metrics-topic.ts — `metrics`: the catalogue, and the newest points of metrics that have a view;
// `metric:<name>`: the newest points of one metric.

import type { LiveMetric, LiveMetrics } from "../../contract/contract.ts";
import type { LiveState } from "../state.ts";
import type { Topic, TopicEvent } from "./topic.ts";

/** Series of one frame, over all its metrics. */
const FRAME_SERIES_MAX = 2_000;

export class MetricsTopic implements Topic {
  readonly #state: LiveState;
  readonly #name: string | undefined;

  /** Without a name: the catalogue and the metrics of views. */
  constructor(state: LiveState, name?: string) {
    this.#state = state;
    this.#name = name;
  }

  takeFrame(): TopicEvent | undefined {
    const { metrics } = this.#state;
    const points = metrics.changedPoints(this.#names());
    const added = this.#name === undefined ? metrics.newInfos() : [];
    if (points.length === 0 && added.length === 0) return undefined;
    return this.#event({ metrics: points, added, snapshot: false });
  }

  snapshot(): TopicEvent {
    const { metrics } = this.#state;
    const added = this.#name === undefined ? metrics.infos() : [];
    return this.#event({ metrics: metrics.points(this.#names()), added, snapshot: true });
  }

  #names(): ReadonlySet<string> {
    if (this.#name !== undefined) return new Set([this.#name]);
    return new Set(this.#state.views.map(({ metricName }) => metricName));
  }

  #event({ metrics, ...rest }: LiveMetrics): TopicEvent {
    const shown: LiveMetric[] = [];
    let room = FRAME_SERIES_MAX;
    for (const { name, series } of metrics) {
      shown.push({ name, series: series.slice(0, room) });
      this.#state.station.count("series_skipped", Math.max(0, series.length - room));
      room = Math.max(0, room - series.length);
    }
    return { type: "metrics", data: { metrics: shown, ...rest } };
  }
}
