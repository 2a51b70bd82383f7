// logs-topic.ts — `logs`: the tail of all records, or of those that pass a filter.

import type { LogRecord } from "../../contract/contract.ts";
import type { Predicate } from "../../query/filter/filter.ts";
import { BatchJson } from "../batch-json.ts";
import type { AddedBatch, LiveState } from "../state.ts";
import type { Topic, TopicEvent } from "./topic.ts";

/** Records of one frame: at 10 µs each, two hundredths of the dashboard's time. */
const FRAME_LOGS_MAX = 100;
const SNAPSHOT_LOGS_MAX = 500;
/** Records that a snapshot looks at to find those that pass. */
const LOOK_BACK_LOGS_MAX = 20_000;

export class LogsTopic implements Topic {
  readonly #state: LiveState;
  readonly #passes: Predicate;
  #logs: LogRecord[] = [];
  #skippedCount = 0;

  constructor(state: LiveState, passes: Predicate = () => true) {
    this.#state = state;
    this.#passes = passes;
  }

  add(added: AddedBatch): void {
    if (added.signal !== "logs") return;
    for (let row = 0; row < added.batch.rowCount; row++) {
      if (!this.#passes(added.batch, row)) continue;
      if (this.#logs.length < FRAME_LOGS_MAX) this.#logs.push(added.json.log(row));
      else this.#skippedCount++;
    }
  }

  takeFrame(): TopicEvent | undefined {
    if (this.#logs.length === 0) return undefined;
    const [logs, skipped] = [this.#logs, this.#skippedCount];
    this.#logs = [];
    this.#skippedCount = 0;
    if (skipped > 0) this.#state.station.count("logs_skipped", skipped);
    return { type: "logs", data: { logs, skipped, snapshot: false } };
  }

  snapshot(): TopicEvent {
    return { type: "logs", data: { logs: this.#newest(), skipped: 0, snapshot: true } };
  }

  /** In the order of their arrival. */
  #newest(): LogRecord[] {
    const logs: LogRecord[] = [];
    for (const recent of this.#state.recent.newest("logs", LOOK_BACK_LOGS_MAX)) {
      const { batch, receivedAtMs } = recent;
      const json = new BatchJson(batch, receivedAtMs);
      for (let row = batch.rowCount - 1; row >= 0; row--) {
        if (!this.#passes(batch, row)) continue;
        logs.push(json.log(row));
        if (logs.length === SNAPSHOT_LOGS_MAX) return logs.toReversed();
      }
    }
    return logs.toReversed();
  }
}
