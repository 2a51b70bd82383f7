// store-worker.ts — what runs in the store's thread: the schema, a lane per signal, retention and status.

import { setTimeout as sleep } from "node:timers/promises";
import type { Signal } from "@telemetry/otlp";
import type { QuarantinedRow } from "../contract/contract.ts";
import { openClient } from "../engine/engine.ts";
import { Station } from "../self/self.ts";
import { openJournal } from "../spool/spool.ts";
import { Inserter } from "./inserter.ts";
import { Lane, TAKE_LIMITS } from "./lane.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./messages.ts";
import { applySchema } from "./migrate.ts";
import { Quarantine } from "./quarantine.ts";
import { enforceRetention } from "./retention.ts";
import { Semaphore } from "./semaphore.ts";
import type { Table } from "./tables/tables.ts";
import { tablesOf } from "./tables/tables.ts";

const INSERTS_IN_FLIGHT_MAX = 2;
const SCHEMA_RETRY_MS = 100;
const STATUS_EVERY_MS = 250;
const RETENTION_EVERY_MS = 30_000;
const SIGNALS: readonly Signal[] = ["traces", "metrics", "logs"];

export class StoreWorker {
  readonly #options: WorkerOptions;
  readonly #send: (message: FromWorker) => void;
  readonly #station: Station;
  readonly #quarantine: Quarantine;
  readonly #abort = new AbortController();
  readonly #client;
  readonly #journal;
  readonly #places = new Semaphore(INSERTS_IN_FLIGHT_MAX);
  readonly #lanes = new Map<Signal, Lane>();
  /** Requests that came before the schema was there, with their batches. The others are found in the spool. */
  readonly #early: Extract<ToWorker, { type: "request" }>[] = [];
  readonly #ends: Record<Signal, number>;
  #sentStatus = "";
  #sentQuarantine: readonly QuarantinedRow[] | undefined;

  constructor(options: WorkerOptions, send: (message: FromWorker) => void) {
    this.#options = options;
    this.#send = send;
    this.#ends = { ...options.ends };
    this.#client = openClient(options.endpoint);
    this.#journal = openJournal(options.spoolDirectory);
    this.#quarantine = new Quarantine(options.quarantineDirectory);
    this.#station = new Station("store", {
      insert_rows_max: TAKE_LIMITS.rowsMax,
      insert_bytes_max: TAKE_LIMITS.bytesMax,
      inserts_in_flight_max: INSERTS_IN_FLIGHT_MAX,
      retention_ms: options.retentionMs,
      retention_bytes_max: options.retentionBytes,
    });
  }

  receive(message: ToWorker): void {
    if (message.type === "close") this.#abort.abort(new Error("The store was closed"));
    else if (message.type === "flush") for (const lane of this.#lanes.values()) lane.flush();
    else this.#take(message);
  }

  #take(message: Extract<ToWorker, { type: "request" }>): void {
    const lane = this.#lanes.get(message.signal);
    if (lane !== undefined) lane.add(message.position, message.receivedAtMs, message.batch);
    else {
      this.#ends[message.signal] = Math.max(this.#ends[message.signal], message.position + 1);
      if (message.batch !== undefined) this.#early.push(message);
    }
  }

  /** Resolves after `close`. */
  async run(): Promise<void> {
    const timer = setInterval(() => this.#sendStatus(), STATUS_EVERY_MS);
    try {
      const tables = await this.#untilSchema();
      for (const signal of SIGNALS) {
        this.#lanes.set(signal, this.#openLane(signal, tables));
        this.#send({ type: "checkpoint", signal, position: this.#journal.checkpoint(signal) });
      }
      for (const message of this.#early.splice(0)) this.#take(message);
      const lanes = [...this.#lanes.values()].map((lane) => lane.run());
      await Promise.all([...lanes, this.#keepRetention()]);
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    } finally {
      clearInterval(timer);
      this.#sendStatus();
      this.#journal.close();
      await this.#client.close();
    }
  }

  async #untilSchema(): Promise<readonly Table[]> {
    const { signal } = this.#abort;
    for (;;) {
      signal.throwIfAborted();
      try {
        const { endpoint, retentionMs } = this.#options;
        const tables = await applySchema(this.#client, endpoint, Math.ceil(retentionMs / 1_000));
        this.#station.setState("ok");
        return tables;
      } catch (error) {
        this.#station.setState("degraded", `Nothing is stored yet: ${(error as Error).message}`);
        await sleep(SCHEMA_RETRY_MS, undefined, { signal });
      }
    }
  }

  #openLane(signal: Signal, tables: readonly Table[]): Lane {
    const names = tablesOf(signal).map((table) => table.name);
    const { spoolDirectory, spoolId, retentionMs } = this.#options;
    const abort = this.#abort.signal;
    return new Lane({
      signal,
      tables: tables.filter((table) => names.includes(table.name)),
      journal: this.#journal,
      inserter: new Inserter({
        client: this.#client,
        station: this.#station,
        places: this.#places,
        repairSchema: async () => void (await this.#untilSchema()),
        abort,
      }),
      quarantine: this.#quarantine,
      station: this.#station,
      spoolDirectory,
      spoolId,
      end: this.#ends[signal],
      retentionMs,
      onCheckpoint: (of, position) => this.#send({ type: "checkpoint", signal: of, position }),
      abort,
    });
  }

  async #keepRetention(): Promise<never> {
    const { retentionMs, retentionBytes } = this.#options;
    for (;;) {
      try {
        await enforceRetention({
          client: this.#client,
          station: this.#station,
          ageMsMax: retentionMs,
          bytesMax: retentionBytes,
          nowMs: Date.now(),
        });
      } catch {
        this.#station.count("retention_failed"); // ClickHouse is away: the next turn tries again
      }
      await sleep(RETENTION_EVERY_MS, undefined, { signal: this.#abort.signal });
    }
  }

  #sendStatus(): void {
    for (const [signal, lane] of this.#lanes) {
      this.#station.set(`requests_waiting_${signal}`, lane.waitingCount);
    }
    const status = this.#station.status();
    const { shown } = this.#quarantine;
    const text = JSON.stringify(status);
    if (text === this.#sentStatus && shown === this.#sentQuarantine) return;
    const quarantined = shown === this.#sentQuarantine ? {} : { quarantined: shown };
    this.#sentStatus = text;
    this.#sentQuarantine = shown;
    this.#send({ type: "status", status, ...quarantined });
  }
}
