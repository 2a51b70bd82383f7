// sql.ts — SQL from people: read-only, bounded in time, rows, bytes and memory.
//
// The embedded engine decides itself what a reader may do (engine/door/reader.ts), in sessions that can
// never write; it is told by the role `reader`. A server of yours is asked with `readonly = 1` and the same
// limits as settings of the query, and the same rules, because a sub-query could lift them.

import { ClickHouseError, type ClickHouseSettings } from "@clickhouse/client";
import type { SqlAnswer } from "../contract/contract.ts";
import { planReaderStatement, type ClickHouseClient } from "../engine/engine.ts";
import { readBlocks } from "./blocks.ts";
import { describeFailure, SqlError, TooHeavyError } from "./failures.ts";
import { keepNumber } from "./json-values.ts";
import { Slots } from "./slots.ts";

/** What the door gives readers too (engine/engine-config.ts). */
const ROWS_MAX = 10_000;
const BYTES_MAX = 32 * 1024 * 1024;
const SECONDS_MAX = 30;
const MEMORY_BYTES_MAX = 512 * 1024 * 1024;

const SERVER_SETTINGS: ClickHouseSettings = {
  readonly: "1",
  max_execution_time: SECONDS_MAX,
  max_memory_usage: String(MEMORY_BYTES_MAX),
  max_result_rows: String(ROWS_MAX),
  max_result_bytes: String(BYTES_MAX),
  result_overflow_mode: "break",
};

export interface SqlReaderOptions {
  readonly client: ClickHouseClient;
  readonly isEmbedded: boolean;
}

export class SqlReader {
  readonly #client: ClickHouseClient;
  readonly #isEmbedded: boolean;
  readonly #slots = new Slots(2, 8);

  constructor({ client, isEmbedded }: SqlReaderOptions) {
    this.#client = client;
    this.#isEmbedded = isEmbedded;
  }

  /** Throws SqlError when ClickHouse refuses the statement, TooHeavyError, UnavailableError. */
  async read(sql: string, signal?: AbortSignal): Promise<SqlAnswer> {
    const leave = new AbortController();
    const abort = AbortSignal.any([leave.signal, ...(signal === undefined ? [] : [signal])]);
    const release = await this.#slots.take(abort);
    try {
      const statement = this.#isEmbedded
        ? sql
        : await planReaderStatement(this.#client, sql, ROWS_MAX);
      const answer = await this.#client.query({
        query: statement,
        format: "JSONCompactEachRowWithNamesAndTypes",
        abort_signal: abort,
        ...(this.#isEmbedded ? { role: "reader" } : { clickhouse_settings: SERVER_SETTINGS }),
      });
      return await collect(readBlocks(answer, abort));
    } catch (error) {
      throw describeSqlFailure(error);
    } finally {
      leave.abort();
      release();
    }
  }
}

/** The first line has the names, the second the types. */
async function collect(blocks: AsyncIterable<{ text: string }[]>): Promise<SqlAnswer> {
  const lines: unknown[][] = [];
  let sizeBytes = 0;
  for await (const block of blocks) {
    for (const { text } of block) {
      sizeBytes += text.length;
      if (sizeBytes > BYTES_MAX) {
        throw new TooHeavyError(
          `Cannot answer: the result has more than ${BYTES_MAX} bytes; select less`,
        );
      }
      lines.push(JSON.parse(text, keepNumber) as unknown[]);
    }
  }
  const [names = [], types = [], ...rows] = lines;
  return {
    columns: names.map((name, index) => ({ name: String(name), type: String(types[index]) })),
    rows: rows.slice(0, ROWS_MAX),
    isTruncated: rows.length >= ROWS_MAX,
  };
}

function describeSqlFailure(error: unknown): unknown {
  const described = describeFailure(error);
  // Every other complaint of ClickHouse is about the statement: its asker reads it as it is.
  return error instanceof ClickHouseError && !(described instanceof TooHeavyError)
    ? new SqlError(error)
    : described;
}
