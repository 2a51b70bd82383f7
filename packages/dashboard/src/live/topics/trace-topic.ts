// trace-topic.ts — `trace:<id>`: the spans and logs of one trace as they come.
//
// The snapshot has what arrived in the last seconds and may not be stored yet; the rest is a query's to answer.

import { wordsOf } from "@telemetry/otlp";
import type { LogRecord, Span } from "../../contract/contract.ts";
import { BatchJson } from "../batch-json.ts";
import type { AddedBatch, LiveState } from "../state.ts";
import type { Topic, TopicEvent } from "./topic.ts";

/** Spans and logs of one frame: at 10 µs each, a fifth of a frame. */
const FRAME_ROWS_MAX = 1_000;
const SNAPSHOT_ROWS_MAX = 5_000;
/** Rows of all traces that a snapshot looks at: 30 ms of the dashboard's time. */
const LOOK_BACK_ROWS_MAX = 50_000;

export class TraceTopic implements Topic {
  readonly #state: LiveState;
  readonly #traceId: string;
  /** The id's bytes as four words. */
  readonly #words: Uint32Array;
  #spans: Span[] = [];
  #logs: LogRecord[] = [];
  #skippedCount = 0;

  /** `traceId` is 32 lower-case hex digits. */
  constructor(state: LiveState, traceId: string) {
    this.#state = state;
    this.#traceId = traceId;
    this.#words = new Uint32Array(new Uint8Array(Buffer.from(traceId, "hex")).buffer);
  }

  add(added: AddedBatch): void {
    if (added.signal === "traces") {
      const trace = this.#state.traces.find(this.#words);
      if (trace === undefined) return;
      for (let row = 0; row < added.traces.length; row++) {
        if (added.traces[row] === trace) this.#take(this.#spans, () => added.json.span(row));
      }
    } else if (added.signal === "logs") {
      for (let row = 0; row < added.batch.rowCount; row++) {
        if (this.#owns(added.traceIds, row)) this.#take(this.#logs, () => added.json.log(row));
      }
    }
  }

  #take<Row>(rows: Row[], read: () => Row): void {
    if (this.#spans.length + this.#logs.length < FRAME_ROWS_MAX) rows.push(read());
    else this.#skippedCount++;
  }

  #owns(ids: Uint32Array, row: number): boolean {
    return this.#words.every((word, at) => ids[row * 4 + at] === word);
  }

  takeFrame(): TopicEvent | undefined {
    if (this.#spans.length + this.#logs.length === 0) return undefined;
    const event = this.#event(this.#spans, this.#logs, this.#skippedCount, false);
    this.#spans = [];
    this.#logs = [];
    this.#skippedCount = 0;
    return event;
  }

  snapshot(): TopicEvent {
    const { recent } = this.#state;
    const spans: Span[] = [];
    for (const { batch, receivedAtMs } of recent.newest("traces", LOOK_BACK_ROWS_MAX)) {
      const json = new BatchJson(batch, receivedAtMs);
      for (const row of this.#rowsOf(batch.spans.traceId)) spans.push(json.span(row));
      if (spans.length >= SNAPSHOT_ROWS_MAX) break;
    }
    const logs: LogRecord[] = [];
    for (const { batch, receivedAtMs } of recent.newest("logs", LOOK_BACK_ROWS_MAX)) {
      const json = new BatchJson(batch, receivedAtMs);
      for (const row of this.#rowsOf(batch.logs.traceId)) logs.push(json.log(row));
      if (logs.length >= SNAPSHOT_ROWS_MAX) break;
    }
    return this.#event(spans, logs, 0, true);
  }

  #rowsOf(traceIds: Uint8Array): number[] {
    const ids = wordsOf(traceIds);
    const rows: number[] = [];
    for (let row = 0; row * 4 < ids.length; row++) if (this.#owns(ids, row)) rows.push(row);
    return rows;
  }

  #event(spans: Span[], logs: LogRecord[], skipped: number, snapshot: boolean): TopicEvent {
    if (skipped > 0) this.#state.station.count("trace_rows_skipped", skipped);
    const traceId = this.#traceId;
    const data = { traceId, spans, logs, snapshot, ...(skipped > 0 && { skipped }) };
    return { type: "trace", data };
  }
}
