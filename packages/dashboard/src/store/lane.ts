// lane.ts — the way of one signal from the spool into its tables, one insert after the other.
//
//   due? ──▶ take requests ──▶ journal the intent ──▶ plan rows ──▶ insert per table ──▶ move the checkpoint
//
// Cadence: the first request after a pause goes at once; then what waits goes every 500 ms, or earlier when
// it fills an insert. So inserts grow under load, and one span sent by hand is there in milliseconds.
// After a crash the open intent is done first, with exactly its range.

import { setTimeout as sleep } from "node:timers/promises";
import type { Batch, Signal } from "@telemetry/otlp";
import type { Station } from "../self/self.ts";
import type { Journal } from "../spool/spool.ts";
import type { Inserter, RefusedRange } from "./inserter.ts";
import type { PlannedRows, RefusedRows } from "./native/native.ts";
import { FORMAT_VERSION, planRows } from "./native/native.ts";
import type { Quarantine, SetAside } from "./quarantine.ts";
import { AHEAD_REASON, expiredReason, summarizeRow } from "./refusals.ts";
import type { Table } from "./tables/tables.ts";
import type { TakenRequests, TakeLimits } from "./waiting-requests.ts";
import { WaitingRequests } from "./waiting-requests.ts";

const CADENCE_MS = 500;
/** Until a disk that took nothing is tried again. */
const DISK_RETRY_MS = 500;
/** What fills an insert, whatever the cadence says. */
export const TAKE_LIMITS: TakeLimits = { rowsMax: 100_000, bytesMax: 36 * 1_048_576 };

export interface LaneOptions {
  readonly signal: Signal;
  readonly tables: readonly Table[];
  readonly journal: Journal;
  readonly inserter: Inserter;
  readonly quarantine: Quarantine;
  readonly station: Station;
  readonly spoolDirectory: string;
  readonly spoolId: string;
  /** Positions below are in the spool already. */
  readonly end: number;
  readonly retentionMs: number;
  readonly onCheckpoint: (signal: Signal, position: number) => void;
  readonly abort: AbortSignal;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #waiting: WaitingRequests;
  #wake = Promise.withResolvers<void>();
  #isFlushing = false;
  /** When the last insert began, by the clock that nobody can set. */
  #startedAtMs = -Infinity;
  /** Requests that could not be read, not in quarantine yet. */
  #unreadable: Omit<SetAside, "signal" | "timeUnixNano">[] = [];

  constructor(options: LaneOptions) {
    const { signal, journal, spoolDirectory, end } = options;
    this.#options = options;
    this.#waiting = new WaitingRequests({
      signal,
      spoolDirectory,
      checkpoint: journal.checkpoint(signal),
      end: Math.max(end, journal.openIntent(signal)?.to ?? 0),
      onUnreadable: (position, error) => this.#setUnreadableAside(position, error),
    });
  }

  /** Requests that are not in ClickHouse yet. */
  get waitingCount(): number {
    return this.#waiting.count;
  }

  add(position: number, receivedAtMs: number, batch?: Batch): void {
    this.#waiting.add(position, receivedAtMs, batch);
    this.#wake.resolve();
  }

  /** What waits goes now. */
  flush(): void {
    this.#isFlushing = this.#waiting.count > 0;
    this.#wake.resolve();
  }

  /** Runs until the abort signal; then rejects with its reason. */
  async run(): Promise<never> {
    const { journal, signal } = this.#options;
    const open = journal.openIntent(signal);
    if (open !== undefined) await this.#store(this.#waiting.takeRange(open.from, open.to));
    for (;;) {
      await this.#untilDue();
      this.#startedAtMs = performance.now();
      const taken = this.#waiting.take(TAKE_LIMITS);
      const { from, to } = taken;
      const tables = this.#options.tables.map((table) => table.name);
      const intent = { from, to, tables, formatVersion: FORMAT_VERSION };
      await this.#onDisk(() => journal.writeIntent(signal, intent));
      await this.#store(taken);
    }
  }

  async #untilDue(): Promise<void> {
    const { abort } = this.#options;
    for (;;) {
      abort.throwIfAborted();
      const wake = (this.#wake = Promise.withResolvers<void>());
      const restMs = this.#startedAtMs + CADENCE_MS - performance.now();
      if (this.#waiting.count === 0) this.#isFlushing = false;
      else if (restMs <= 0 || this.#isFlushing || this.#waiting.isFull(TAKE_LIMITS)) return;
      const pause = this.#waiting.count === 0 ? undefined : sleep(restMs);
      const aborted = abortOf(abort);
      await Promise.race([wake.promise, aborted.promise, ...(pause === undefined ? [] : [pause])]);
      aborted.forget();
    }
  }

  async #store(taken: TakenRequests): Promise<void> {
    const { from, to, requests } = taken;
    const { signal, tables, journal, inserter, station, spoolId, retentionMs } = this.#options;
    const missing = to - from - requests.length;
    if (missing > 0) station.count("requests_missing", missing);
    for (const entry of this.#unreadable.splice(0)) await this.#setAside(entry);
    const plans = requests.map(({ batch, receivedAtMs }) =>
      planRows(batch, {
        receivedAtMs,
        retentionMs,
        countOversized: () => station.count("origins_oversized"),
      }),
    );
    const range = `${from}-${to}`;
    for (const table of tables) {
      const planned = plans.flatMap((plan) =>
        plan.filter((rows) => rows.table.name === table.name),
      );
      const setAside = (refused: RefusedRange) =>
        this.#setRowsAside(`${signal}/${range}/${table.name}/${refused.from}`, refused);
      await inserter.insert({
        table,
        planned,
        token: `${spoolId}/${range}/${table.name}`,
        setAside,
        onViewFailed: (missed) => this.#tellOfView(`${signal}/${range}/${table.name}`, missed),
      });
      await this.#countRefused(`${signal}/${range}/${table.name}`, planned);
    }
    await this.#onDisk(() => journal.moveCheckpoint(signal, to));
    this.#waiting.release(taken);
    station.count("requests_stored", requests.length);
    this.#options.onCheckpoint(signal, to);
  }

  /** Rows outside of the time that is kept are not stored, and counted. */
  async #countRefused(id: string, planned: readonly PlannedRows[]): Promise<void> {
    const { station, retentionMs } = this.#options;
    const kinds = [
      ["expired", "rows_expired", expiredReason(retentionMs)],
      ["ahead", "rows_ahead", AHEAD_REASON],
    ] as const;
    for (const [kind, counter, reason] of kinds) {
      const refusing = planned.filter((rows) => rows[kind].count > 0);
      const [first] = refusing;
      if (first === undefined) continue;
      const refused: RefusedRows = first[kind];
      const count = refusing.reduce((sum, rows) => sum + rows[kind].count, 0);
      station.count(counter, count);
      await this.#setAside({
        id: `${id}/${kind}`,
        reason,
        count,
        ...this.#said(first.describe(refused)),
      });
    }
  }

  async #setRowsAside(id: string, { from, to, row, reason }: RefusedRange): Promise<void> {
    this.#options.station.count("rows_quarantined", to - from);
    await this.#setAside({ id, reason, count: to - from, row, ...this.#said(row) });
  }

  /** The rows are stored. What is listed is the reason, so that whoever made the view learns of it. */
  async #tellOfView(id: string, { from, to, row, reason }: RefusedRange): Promise<void> {
    this.#options.station.count("rows_missed_by_views", to - from);
    await this.#setAside({
      id: `${id}/${from}/view`,
      reason: `Stored, but a materialized view took nothing of it: ${reason}`,
      count: to - from,
      ...this.#said(row),
    });
  }

  #said(row: Parameters<typeof summarizeRow>[1]): { summary: string } {
    return { summary: summarizeRow(this.#options.signal, row) };
  }

  #setUnreadableAside(position: number, error: unknown): void {
    const { signal, station } = this.#options;
    station.count("requests_unreadable");
    this.#unreadable.push({
      id: `${signal}/${position}`,
      reason: error instanceof Error ? error.message : String(error),
      summary: `request ${position} of the spool`,
      count: 1,
    });
  }

  async #setAside(entry: Omit<SetAside, "signal" | "timeUnixNano">): Promise<void> {
    const { quarantine, signal } = this.#options;
    const timeUnixNano = `${Date.now()}000000`;
    await this.#onDisk(() => quarantine.add({ ...entry, signal, timeUnixNano }));
  }

  /** Journal and quarantine are files: while the disk takes nothing, the lane waits as senders do, and goes on by itself. */
  async #onDisk(write: () => unknown): Promise<void> {
    const { station, abort } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        write();
        if (tries > 0) station.setState("ok");
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
        station.count("disk_retries");
        station.setState(
          "degraded",
          `Requests wait in the spool, because the data folder cannot be written: ${(error as Error).message}`,
        );
        await sleep(DISK_RETRY_MS, undefined, { signal: abort });
      }
    }
  }
}

/** A promise that rejects when the signal aborts, and a way to let go of it. */
function abortOf(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  return { promise, forget: () => signal.removeEventListener("abort", onAbort) };
}
