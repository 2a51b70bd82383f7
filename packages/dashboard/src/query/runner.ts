// runner.ts — the only place where a question reaches ClickHouse: with limits, and cancelled when nobody
// waits for the answer any more.
//
// A question holds one of a few slots from its start until its last row was taken. Whoever waits for a
// slot waits in a bounded queue; beyond it the answer is "later" at once, never a hanging request.

import type { ClickHouseSettings } from "@clickhouse/client";
import type { ClickHouseClient } from "../engine/engine.ts";
import { Station } from "../self/self.ts";
import { readBlocks } from "./blocks.ts";
import { describeFailure } from "./failures.ts";
import { Slots } from "./slots.ts";

/** Values of the `{name:Type}` parameters of a statement. */
export type Params = Readonly<Record<string, unknown>>;

export interface Question {
  readonly sql: string;
  readonly params?: Params;
  /** Aborted when whoever asked has gone. */
  readonly signal?: AbortSignal | undefined;
}

const LIMITS = {
  execution_seconds_max: 20,
  memory_bytes_max: 512 * 1024 * 1024,
  /** Also counts the time in which a slow reader takes the rows. */
  duration_seconds_max: 60,
  running_max: 6,
  waiting_max: 64,
};

const SETTINGS: ClickHouseSettings = {
  max_execution_time: LIMITS.execution_seconds_max,
  max_memory_usage: String(LIMITS.memory_bytes_max),
  // A GROUP BY of a week of trace ids may need more than that: it goes on disk.
  max_bytes_before_external_group_by: String(LIMITS.memory_bytes_max / 4),
  max_bytes_before_external_sort: String(LIMITS.memory_bytes_max / 4),
  // Beyond 2^53 a JSON number would not arrive as it was sent.
  output_format_json_quote_64bit_integers: 1,
  cancel_http_readonly_queries_on_client_close: 1,
};

export class Runner {
  readonly #client: ClickHouseClient;
  readonly #station = new Station("query", LIMITS);
  readonly #slots = new Slots(LIMITS.running_max, LIMITS.waiting_max);

  constructor(client: ClickHouseClient) {
    this.#client = client;
  }

  get station(): Station {
    return this.#station;
  }

  /** All rows of a small answer. Throws UnavailableError, TooHeavyError. */
  async rows<Row>(question: Question): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const block of this.stream<Row>(question)) rows.push(...block);
    return rows;
  }

  /** The answer in blocks as they come. Leaving the loop early cancels the query. Throws as `rows`. */
  async *stream<Row>({ sql, params = {}, signal }: Question): AsyncGenerator<Row[]> {
    const leave = new AbortController();
    const signals = [leave.signal, AbortSignal.timeout(LIMITS.duration_seconds_max * 1_000)];
    if (signal !== undefined) signals.push(signal);
    const abort = AbortSignal.any(signals);

    const release = await this.#slots.take(abort);
    this.#station.count("queries");
    try {
      const answer = await this.#client.query({
        query: sql,
        query_params: params,
        format: "JSONEachRow",
        clickhouse_settings: SETTINGS,
        abort_signal: abort,
      });
      for await (const block of readBlocks(answer, abort)) {
        this.#station.count("rows", block.length);
        yield block.map((row) => row.json<Row>());
      }
    } catch (error) {
      this.#station.count(abort.aborted ? "cancelled" : "failed");
      throw describeFailure(abort.aborted ? abort.reason : error);
    } finally {
      leave.abort();
      release();
    }
  }
}
