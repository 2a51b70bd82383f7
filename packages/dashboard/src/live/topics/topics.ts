// topics.ts — from the name of a topic to the topic.

import { FilterBits, TRACE_FILTERS_MAX, type LiveFilter } from "../filters.ts";
import type { LiveState } from "../state.ts";
import { SubscriptionError } from "../subscription-error.ts";
import { PIPELINE_INTERVAL_MS, PipelineTopic, ViewsTopic } from "./dashboard-topics.ts";
import { LogsTopic } from "./logs-topic.ts";
import { MetricsTopic } from "./metrics-topic.ts";
import { OverviewTopic } from "./overview-topic.ts";
import { TraceTopic } from "./trace-topic.ts";
import { TracesTopic } from "./traces-topic.ts";
import type { Topic, TopicEvent } from "./topic.ts";

export { PIPELINE_INTERVAL_MS };
export type { Topic, TopicEvent };

const METRIC_NAME_LENGTH_MAX = 1_024;

/** Opens topics over one state. */
export class Topics {
  readonly #state: LiveState;
  readonly #bits = new FilterBits();

  constructor(state: LiveState) {
    this.#state = state;
  }

  /** Whether a filter makes the topic another one. */
  isFiltered(name: string): boolean {
    return name === "traces" || name === "logs";
  }

  /** Throws SubscriptionError for a name that is none, FilterSyntaxError for a filter that does not fit. */
  open(name: string, filter?: LiveFilter): Topic {
    const state = this.#state;
    const [kind, subject] = splitAtColon(name);
    switch (kind) {
      case "overview":
        return new OverviewTopic(state);
      case "traces":
        return filter === undefined ? new TracesTopic(state) : this.#openFiltered(filter);
      case "logs":
        return new LogsTopic(state, filter?.predicate("logs"));
      case "metrics":
        return new MetricsTopic(state);
      case "views":
        return new ViewsTopic(state);
      case "pipeline":
        return new PipelineTopic(state);
      case "trace:":
        if (/^[0-9a-f]{32}$/.test(subject)) return new TraceTopic(state, subject);
        break;
      case "metric:":
        if (subject !== "" && subject.length <= METRIC_NAME_LENGTH_MAX) {
          return new MetricsTopic(state, subject);
        }
    }
    throw new SubscriptionError(
      "unknown_topic",
      `Cannot subscribe to "${name}": topics are overview, traces, logs, metrics, views, pipeline, trace:<32 hex digits> and metric:<name>`,
    );
  }

  #openFiltered(filter: LiveFilter): Topic {
    const predicate = filter.predicate("traces");
    const bit = this.#bits.take();
    if (bit === undefined) {
      throw new SubscriptionError(
        "too_many",
        `Cannot subscribe to "traces": ${TRACE_FILTERS_MAX} different filters are watched already`,
      );
    }
    this.#state.traces.clearFilter(bit);
    const close = () => this.#bits.giveBack(bit);
    return new TracesTopic(this.#state, { predicate, bit, close });
  }
}

/** `trace:abc` is `trace:` and `abc`; a name without a subject is itself. */
function splitAtColon(name: string): [kind: string, subject: string] {
  const colon = name.indexOf(":");
  return colon < 0 ? [name, ""] : [name.slice(0, colon + 1), name.slice(colon + 1)];
}
