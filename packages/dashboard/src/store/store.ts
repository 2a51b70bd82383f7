// store.ts — from the spool into ClickHouse. This is the side of the main thread: it hands requests over to
// the worker, bounds what waits in memory, and starts the worker again should it ever end.
//
//   handOver(batch, position) ──▶ worker: lane per signal ──▶ ClickHouse
//                                    └── checkpoint ──▶ onCheckpoint ──▶ spool.releaseBefore
//
// The spool has every request, so nothing here can be lost: what has no room waits as a position.

import { Worker } from "node:worker_threads";
import type { Batch, Signal } from "@telemetry/otlp";
import { transferablesOf } from "@telemetry/otlp";
import type { QuarantinedRow, StationStatus } from "../contract/contract.ts";
import { Station } from "../self/self.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./messages.ts";

export type { SchemaFeatures } from "./migrate.ts";
export * as schema from "./schema.ts";

export const RETENTION_MS_DEFAULT = 7 * 86_400_000;
export const RETENTION_BYTES_DEFAULT = 10_000_000_000;
const WAITING_BYTES_MAX_DEFAULT = 64 * 1_048_576;
const RESTART_AFTER_MS = 1_000;
const CLOSE_TIMEOUT_MS = 5_000;
const WORKER_MEMORY_MB = 1_024;
/** Most of what it makes are buffers, which are not in here. */
const WORKER_YOUNG_MEMORY_MB = 16;
const SIGNALS: readonly Signal[] = ["traces", "metrics", "logs"];

export interface StoreOptions extends Omit<WorkerOptions, "retentionMs" | "retentionBytes"> {
  /** Rows older than this are dropped, or refused when they come. Default: 7 days. */
  readonly retentionMs?: number;
  /** Bytes of all tables on disk before the oldest are dropped. Default: 10 GB. */
  readonly retentionBytes?: number;
  /** Bytes of batches in memory before requests wait as positions only. Default: 64 MiB. */
  readonly waitingBytesMax?: number;
}

interface Handed {
  readonly position: number;
  readonly sizeBytes: number;
}

/** Starts the worker and returns; the worker makes the tables as soon as ClickHouse answers. */
export function openStore(options: StoreOptions): Store {
  return new Store(options);
}

export class Store {
  readonly #options: WorkerOptions;
  readonly #waitingBytesMax: number;
  readonly #station: Station;
  readonly #listeners = new Set<(signal: Signal, position: number) => void>();
  readonly #handed: Record<Signal, Handed[]> = { traces: [], metrics: [], logs: [] };
  readonly #ends: Record<Signal, number>;
  readonly #checkpoints: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 };
  /**
   * Ends of what was left in the spool. Until it is read from there, everything that comes is left there, too: in
   * memory it would only wait behind.
   */
  readonly #leftEnds: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 };
  readonly #drains = new Set<() => void>();
  #waitingBytes = 0;
  #worker: Worker;
  #status: StationStatus;
  #quarantined: readonly QuarantinedRow[] = [];
  #restart: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: StoreOptions) {
    const { waitingBytesMax = WAITING_BYTES_MAX_DEFAULT, ...rest } = options;
    this.#options = {
      retentionMs: RETENTION_MS_DEFAULT,
      retentionBytes: RETENTION_BYTES_DEFAULT,
      ...rest,
    };
    this.#waitingBytesMax = waitingBytesMax;
    this.#ends = { ...options.ends };
    this.#station = new Station("store", { waiting_bytes_max: waitingBytesMax });
    this.#status = this.#station.status();
    this.#worker = this.#startWorker();
  }

  /**
   * Takes a request that is in the spool at `position`. The batch's buffers are transferred: nobody may
   * read it afterwards.
   */
  handOver(batch: Batch, position: number, receivedAtMs: number): void {
    const { signal } = batch;
    this.#ends[signal] = Math.max(this.#ends[signal], position + 1);
    if (this.#closed) return;
    const buffers = transferablesOf(batch);
    const sizeBytes = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    const isBehind = this.#checkpoints[signal] < this.#leftEnds[signal];
    if (isBehind || this.#waitingBytes + sizeBytes > this.#waitingBytesMax) {
      this.#leftEnds[signal] = position + 1;
      this.#station.count("requests_left_in_spool");
      this.#post({ type: "request", signal, position, receivedAtMs });
      return;
    }
    this.#waitingBytes += sizeBytes;
    this.#handed[signal].push({ position, sizeBytes });
    this.#post({ type: "request", signal, position, receivedAtMs, batch }, buffers);
  }

  /** Calls back when everything below a position is in ClickHouse or counted. */
  onCheckpoint(listener: (signal: Signal, position: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rows that are not stored, with the reason. Newest first, at most 100. */
  quarantined(): QuarantinedRow[] {
    return [...this.#quarantined];
  }

  /** Resolves when everything handed over until now is in ClickHouse or counted; waits while ClickHouse is away. */
  drained(): Promise<void> {
    const ends = { ...this.#ends };
    const isDrained = () => SIGNALS.every((signal) => this.#checkpoints[signal] >= ends[signal]);
    if (isDrained()) return Promise.resolve();
    this.#post({ type: "flush" });
    return new Promise((resolve) => {
      const check = () => {
        if (!isDrained()) return;
        this.#drains.delete(check);
        resolve();
      };
      this.#drains.add(check);
    });
  }

  status(): StationStatus {
    this.#station.set("waiting_bytes", this.#waitingBytes);
    const own = this.#station.status();
    return {
      ...this.#status,
      counters: { ...this.#status.counters, ...own.counters },
      limits: { ...this.#status.limits, ...own.limits },
    };
  }

  /** Stops after the inserts in flight; what waits is in the spool, for the next start. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#restart);
    if (this.#restart !== undefined) return; // no worker runs
    const worker = this.#worker;
    const ended = new Promise<void>((resolve) => {
      worker.once("exit", () => resolve());
    });
    this.#post({ type: "close" });
    const timer = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #startWorker(): Worker {
    const isSource = import.meta.url.endsWith(".ts");
    const worker = new Worker(new URL(isSource ? "./worker.ts" : "./worker.js", import.meta.url), {
      workerData: { ...this.#options, ends: { ...this.#ends } },
      execArgv: isSource ? ["--conditions=@telemetry/source"] : [],
      resourceLimits: {
        maxOldGenerationSizeMb: WORKER_MEMORY_MB,
        maxYoungGenerationSizeMb: WORKER_YOUNG_MEMORY_MB,
      },
    });
    worker.on("message", (message: FromWorker) => this.#receive(message));
    worker.on("error", (error) => this.#failed(error));
    worker.on("exit", () => this.#restartWorker(worker));
    return worker;
  }

  #receive(message: FromWorker): void {
    if (message.type === "status") {
      this.#status = message.status;
      this.#quarantined = message.quarantined ?? this.#quarantined;
      return;
    }
    const { signal, position } = message;
    this.#checkpoints[signal] = position;
    const handed = this.#handed[signal];
    while (handed[0] !== undefined && handed[0].position < position) {
      this.#waitingBytes -= (handed.shift() as Handed).sizeBytes;
    }
    for (const listener of this.#listeners) listener(signal, position);
    for (const check of this.#drains) check();
  }

  #failed(error: unknown): void {
    this.#station.count("worker_failures");
    const message = `The store's thread failed and starts again: ${(error as Error).message}`;
    this.#status = { ...this.#status, state: "degraded", message };
  }

  /** What it had in memory is in the spool, and is read from there. */
  #restartWorker(ended: Worker): void {
    if (this.#closed || ended !== this.#worker) return;
    for (const signal of SIGNALS) this.#handed[signal] = [];
    this.#waitingBytes = 0;
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#worker = this.#startWorker();
    }, RESTART_AFTER_MS);
  }
}
