// traces-topic.ts — `traces`: the rows of the trace list as they grow.
//
// With a filter: traces of which at least one span passed it. That a trace passed is remembered with the trace, so
// it stays in the list when spans come that do not pass.

import { wordsOf } from "@telemetry/otlp";
import type { Predicate } from "../../query/filter/filter.ts";
import type { AddedBatch, LiveState } from "../state.ts";
import type { TraceEntry } from "../trace-entry.ts";
import type { Topic, TopicEvent } from "./topic.ts";

/** Rows of one frame: 2 000 a second are more than anybody reads. */
const FRAME_TRACES_MAX = 100;
const SNAPSHOT_TRACES_MAX = 500;
/** Spans that a new filter looks back at: 20 ms of the dashboard's time. */
const LOOK_BACK_SPANS_MAX = 20_000;

export interface TraceFilter {
  readonly predicate: Predicate;
  /** A trace that passed has it in its `filters`. */
  readonly bit: number;
  /** Gives the bit back. */
  close(): void;
}

export class TracesTopic implements Topic {
  readonly #state: LiveState;
  readonly #filter: TraceFilter | undefined;

  constructor(state: LiveState, filter?: TraceFilter) {
    this.#state = state;
    this.#filter = filter;
    if (filter !== undefined) this.#lookBack(filter);
  }

  #lookBack({ predicate, bit }: TraceFilter): void {
    const { recent, traces } = this.#state;
    for (const { batch } of recent.newest("traces", LOOK_BACK_SPANS_MAX)) {
      const ids = wordsOf(batch.spans.traceId);
      for (let row = 0; row < batch.rowCount; row++) {
        if (!predicate(batch, row)) continue;
        const trace = traces.find(ids.subarray(row * 4, row * 4 + 4));
        if (trace !== undefined) trace.filters |= bit;
      }
    }
  }

  add(added: AddedBatch): void {
    if (this.#filter === undefined || added.signal !== "traces") return;
    const { predicate, bit } = this.#filter;
    for (let row = 0; row < added.traces.length; row++) {
      const trace = added.traces[row] as TraceEntry;
      if ((trace.filters & bit) === 0 && predicate(added.batch, row)) trace.filters |= bit;
    }
  }

  takeFrame(): TopicEvent | undefined {
    const changed = this.#state.traces.changed.filter((trace) => this.#accepts(trace));
    if (changed.length === 0) return undefined;
    const shown = changed.slice(-FRAME_TRACES_MAX);
    return this.#event(shown, changed.length - shown.length, false);
  }

  snapshot(): TopicEvent {
    const newest = this.#state.traces.newest(SNAPSHOT_TRACES_MAX, (trace) => this.#accepts(trace));
    return this.#event(newest, 0, true);
  }

  close(): void {
    this.#filter?.close();
  }

  #accepts({ filters }: TraceEntry): boolean {
    return this.#filter === undefined || (filters & this.#filter.bit) !== 0;
  }

  #event(traces: readonly TraceEntry[], skipped: number, snapshot: boolean): TopicEvent {
    if (skipped > 0) this.#state.station.count("traces_skipped", skipped);
    const summaries = traces.map((trace) => trace.summary());
    return { type: "traces", data: { traces: summaries, skipped, snapshot } };
  }
}
