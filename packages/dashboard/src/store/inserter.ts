// inserter.ts — planned rows into one table of ClickHouse, exactly once.
//
//   rows ──encode──▶ block ──insert with token──▶ done
//                              ├── later ──▶ wait, the same block again (blame.ts: whose fault is it?)
//                              ├── never ──▶ halve, until the bad rows stand alone ──▶ quarantine
//                              └── a materialized view fails ──▶ the same block, without the views that fail
//
// ClickHouse drops a block whose token it knows without looking at it, so a token names exactly one range of
// rows: `<spool id>/<from>-<to>/<table>` for all of an intent, with `/<row>-<row>` for a part of it. Ranges
// follow from the rows alone; a replay cuts the same ones.
//
// When a view fails the table itself has the rows already (MEASURED), so parts with other tokens would store them
// twice, and no row is worth less for a view that somebody made: so the rows stay whole, and the view gets none.

import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import { prospectOf } from "../engine/engine.ts";
import type { Station } from "../self/self.ts";
import { isBlocksFault } from "./blame.ts";
import type { Block, PlannedRows, RowValues } from "./native/native.ts";
import { describePlanned, encodeBlock } from "./native/native.ts";
import type { Semaphore } from "./semaphore.ts";
import type { Table } from "./tables/tables.ts";

const BACKOFF_MS_MIN = 50;
const BACKOFF_MS_MAX = 1_000;
const PARTS_MAX_DEFAULT = 2_000;

/** Somebody changed or dropped a table: not the rows' fault, so the schema is applied again. */
const SCHEMA_CODES = new Set(["16", "36", "42", "44", "46", "47", "48", "60", "62", "81"]);

/**
 * How often a block may fail in a way that could be its own fault, while ClickHouse is well, before it is halved like
 * one that is refused. Of a failure that nobody here knows, there must be less doubt. A row that stands alone is given up.
 */
const PATIENCE = {
  unclear: { block: 4, row: 7 },
  unknown: { block: 25, row: 50 },
} as const;
/** For a part of a block that was to blame. */
const PATIENCE_WITH_PARTS = 1;
/** How often a view may fail before rows are stored without it. `schema`: what it needs is made again if it is ours. */
const PATIENCE_WITH_VIEWS = { schema: 2, never: 0, later: Infinity, unclear: 60, unknown: 60 };

/** One block per insert, whatever its size; JSON as it was sent; no limit on partitions, which the time rule bounds. */
const INSERT_SETTINGS: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  distributed_foreground_insert: 1,
  max_insert_threads: "1",
  max_insert_block_size: "1000000000",
  min_insert_block_size_rows: "1000000000",
  min_insert_block_size_bytes: "10000000000",
  max_partitions_per_insert_block: "0",
  type_json_skip_duplicated_paths: 1,
  input_format_try_infer_dates: 0,
  input_format_try_infer_datetimes: 0,
};

export interface InserterOptions {
  readonly client: ClickHouseClient;
  readonly station: Station;
  /** Inserts in flight over all tables. */
  readonly places: Semaphore;
  /** Makes the tables again; resolves when they are there. */
  readonly repairSchema: () => Promise<void>;
  readonly abort: AbortSignal;
  /** Inserts that one table's rows of an intent may be cut into; beyond it a range that is refused is set aside whole. */
  readonly partsMax?: number;
  /** The longest wait between two tries. Default: 1 s. */
  readonly backoffMsMax?: number;
}

/** The rows of one intent for one table. */
export interface TableRows {
  readonly table: Table;
  readonly planned: readonly PlannedRows[];
  /** Token of all rows. */
  readonly token: string;
  /** Takes rows that ClickHouse refuses for ever. */
  readonly setAside: (refused: RefusedRange) => Promise<void>;
  /** Takes the reason why rows that are stored are not in a materialized view. */
  readonly onViewFailed: (missed: RefusedRange) => Promise<void>;
}

export interface RefusedRange {
  readonly from: number;
  readonly to: number;
  /** The first of them. */
  readonly row: RowValues;
  readonly reason: string;
}

export class Inserter {
  readonly #options: InserterOptions;

  constructor(options: InserterOptions) {
    this.#options = options;
  }

  /**
   * Inserts the rows. Resolves when every row is in ClickHouse or set aside.
   * @throws {Error} once the abort signal fires.
   */
  async insert(rows: TableRows): Promise<void> {
    const count = rows.planned.reduce((sum, part) => sum + part.rowCount, 0);
    let parts = this.#options.partsMax ?? PARTS_MAX_DEFAULT;
    const insertRange = async (from: number, to: number, isPart = false): Promise<void> => {
      for (let start = from; start < to;) {
        const { block, to: end } = encodeBlock(rows.table, rows.planned, start, to);
        const isWhole = start === 0 && end === count;
        const token = isWhole ? rows.token : `${rows.token}/${start}-${end}`;
        const describe = () => describePlanned(rows.table, rows.planned, start);
        const suspect = { rowCount: end - start, isPart, describe };
        const { isStored, reason } = await this.#insertBlock(block, token, suspect);
        if (isStored) this.#options.station.count("rows_inserted", end - start);
        if (!isStored && end - start > 1 && parts > 0) {
          parts -= 2;
          const middle = start + Math.ceil((end - start) / 2);
          await Promise.all([insertRange(start, middle, true), insertRange(middle, end, true)]);
        } else if (reason !== undefined) {
          const range = { from: start, to: end, row: describe(), reason };
          await (isStored ? rows.onViewFailed(range) : rows.setAside(range));
        }
        start = end;
      }
    };
    await insertRange(0, count);
  }

  /** Tries until ClickHouse takes the block, or says that it never will. */
  async #insertBlock(block: Block, token: string, suspect: Suspect): Promise<Outcome> {
    const { station, repairSchema, abort, backoffMsMax = BACKOFF_MS_MAX } = this.#options;
    const pieces = block.take();
    let suspicions = 0;
    let viewFailures = 0;
    let missedBecause: string | undefined;
    for (let backoffMs = BACKOFF_MS_MIN; ; backoffMs = Math.min(backoffMs * 2, backoffMsMax)) {
      abort.throwIfAborted();
      try {
        await this.#send(block, pieces, token, missedBecause !== undefined);
        station.setState("ok");
        block.release(); // not after a failure: a broken connection may still hold its pieces
        return { isStored: true, reason: missedBecause };
      } catch (error) {
        abort.throwIfAborted();
        const isSchema = SCHEMA_CODES.has(codeOf(error));
        const prospect = prospectOf(error);
        const isView = missedBecause === undefined && isViewFailure(error);
        if (isView && viewFailures++ >= PATIENCE_WITH_VIEWS[isSchema ? "schema" : prospect]) {
          missedBecause = firstLine(error);
          continue;
        }
        if (!isView && !isSchema && prospect === "never") {
          return { isStored: false, reason: firstLine(error) };
        }
        station.count("insert_retries");
        station.setState("degraded", waitingMessage(error));
        await sleep(backoffMs, undefined, { signal: abort });
        if (isSchema) await repairSchema();
        else if (!isView && (prospect === "unclear" || prospect === "unknown")) {
          suspicions = (await this.#isToBlame(block.table, suspect, error)) ? suspicions + 1 : 0;
          if (suspicions > patienceWith(suspect, prospect)) {
            return { isStored: false, reason: firstLine(error) };
          }
        }
      }
    }
  }

  async #isToBlame(table: Table, suspect: Suspect, error: unknown): Promise<boolean> {
    // Somebody else has the memory of the whole server. Smaller blocks may fit beside them, and one row is as small as can be.
    if (suspect.rowCount === 1 && /\(total\) memory limit/i.test(firstLine(error))) return false;
    return await isBlocksFault(this.#options.client, table, suspect.describe());
  }

  async #send(
    block: Block,
    pieces: readonly Uint8Array[],
    token: string,
    isWithoutFailingViews: boolean,
  ): Promise<void> {
    const { client, places, station } = this.#options;
    await places.take();
    try {
      const columns = block.columnNames.map((name) => `\`${name}\``).join(", ");
      const { stream } = await client.exec({
        query: `INSERT INTO ${block.table.name} (${columns}) FORMAT Native`,
        values: Readable.from(pieces, { objectMode: false }),
        clickhouse_settings: {
          ...INSERT_SETTINGS,
          insert_deduplication_token: token,
          materialized_views_ignore_errors: isWithoutFailingViews ? 1 : 0,
        },
      });
      await stream.resume().toArray();
      station.count("inserts");
      station.count("bytes_inserted", block.sizeBytes);
    } finally {
      places.giveBack();
    }
  }
}

/** What became of a block, and why it or its views were refused. */
interface Outcome {
  readonly isStored: boolean;
  readonly reason: string | undefined;
}

/** Rows whose insert fails in a way that may be their own fault. */
interface Suspect {
  readonly rowCount: number;
  /** Whether they are a part of a block that was to blame. */
  readonly isPart: boolean;
  /** The first of them. */
  readonly describe: () => RowValues;
}

/** ClickHouse's number or the system's name of an error. */
function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? "");
}

function patienceWith({ rowCount, isPart }: Suspect, prospect: keyof typeof PATIENCE): number {
  const { block, row } = PATIENCE[prospect];
  if (rowCount === 1) return row;
  return isPart ? PATIENCE_WITH_PARTS : block;
}

function isViewFailure(error: unknown): boolean {
  return /(while pushing to|Target table .* of) view/i.test(messageOf(error));
}

function waitingMessage(error: unknown): string {
  return `ClickHouse takes no inserts, so requests wait in the spool: ${firstLine(error)}`;
}

function firstLine(error: unknown): string {
  return (messageOf(error).split("\n", 1)[0] as string).slice(0, 500);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
