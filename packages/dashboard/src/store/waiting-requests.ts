// waiting-requests.ts — the requests of one signal between the spool and ClickHouse, in the order of positions.
//
// A request is here with its batch, or only as a position below `end`: after a start, or when too much
// waited in memory. Such a request is read from the spool again when its turn comes.

import type { Batch, Signal } from "@telemetry/otlp";
import { decodeRequest, transferablesOf } from "@telemetry/otlp";
import type { SpoolEntry } from "../spool/spool.ts";
import { scanEntries } from "../spool/spool.ts";

export interface Request {
  readonly position: number;
  readonly receivedAtMs: number;
  readonly batch: Batch;
}

export interface WaitingOptions {
  readonly signal: Signal;
  readonly spoolDirectory: string;
  /** The first position that is not stored. */
  readonly checkpoint: number;
  /** The first position that is not in the spool yet. */
  readonly end: number;
  /** Told of a request that is in the spool and cannot be decoded; it is left out. */
  readonly onUnreadable: (position: number, error: unknown) => void;
}

/** How much one insert takes. */
export interface TakeLimits {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** Requests taken for one insert. Positions `[from, to)` that are not among them could not be read. */
export interface TakenRequests {
  readonly from: number;
  readonly to: number;
  readonly requests: readonly Request[];
}

export class WaitingRequests {
  readonly #signal: Signal;
  readonly #spoolDirectory: string;
  readonly #onUnreadable: (position: number, error: unknown) => void;
  readonly #inMemory = new Map<number, Request>();
  #checkpoint: number;
  #end: number;
  #rowCount = 0;
  #sizeBytes = 0;

  constructor(options: WaitingOptions) {
    this.#signal = options.signal;
    this.#spoolDirectory = options.spoolDirectory;
    this.#onUnreadable = options.onUnreadable;
    this.#checkpoint = options.checkpoint;
    this.#end = Math.max(options.end, options.checkpoint);
  }

  get checkpoint(): number {
    return this.#checkpoint;
  }

  get count(): number {
    return this.#end - this.#checkpoint;
  }

  /** Whether enough waits for an insert of its own, as far as is known without reading the spool. */
  isFull(limits: TakeLimits): boolean {
    return this.#rowCount >= limits.rowsMax || this.#sizeBytes >= limits.bytesMax;
  }

  add(position: number, receivedAtMs: number, batch?: Batch): void {
    this.#end = Math.max(this.#end, position + 1);
    if (batch === undefined || position < this.#checkpoint) return;
    this.#inMemory.set(position, { position, receivedAtMs, batch });
    this.#rowCount += batch.rowCount;
    this.#sizeBytes += batch.arena.length;
  }

  /** The requests of the next insert: at least one position, and more until a limit is reached. */
  take(limits: TakeLimits): TakenRequests {
    const from = this.#checkpoint;
    return this.#collect(from, this.#end, limits);
  }

  /** The requests of an insert whose range is decided. */
  takeRange(from: number, to: number): TakenRequests {
    return this.#collect(from, to, { rowsMax: Infinity, bytesMax: Infinity });
  }

  #collect(from: number, end: number, { rowsMax, bytesMax }: TakeLimits): TakenRequests {
    const requests: Request[] = [];
    const spool = new SpoolCursor(this.#spoolDirectory, this.#signal, end);
    let rowCount = 0;
    let sizeBytes = 0;
    let position = from;
    for (; position < end && rowCount < rowsMax && sizeBytes < bytesMax; position++) {
      const request = this.#inMemory.get(position) ?? this.#decode(spool.entryAt(position));
      if (request === undefined) continue;
      requests.push(request);
      rowCount += request.batch.rowCount;
      sizeBytes += request.batch.arena.length;
    }
    spool.close();
    return { from, to: position, requests };
  }

  #decode(entry: SpoolEntry | undefined): Request | undefined {
    if (entry === undefined) return undefined;
    const { position, encoding, body, receivedAtMs } = entry;
    try {
      return { position, receivedAtMs, batch: decodeRequest(this.#signal, encoding, body) };
    } catch (error) {
      this.#onUnreadable(position, error);
      return undefined;
    }
  }

  /** What was taken is stored, and everything before it: the batches are gone afterwards. */
  release({ to, requests }: TakenRequests): void {
    for (let position = this.#checkpoint; position < to; position++) {
      const request = this.#inMemory.get(position);
      if (request === undefined) continue;
      this.#inMemory.delete(position);
      this.#rowCount -= request.batch.rowCount;
      this.#sizeBytes -= request.batch.arena.length;
    }
    for (const { batch } of requests) free(batch);
    this.#checkpoint = Math.max(this.#checkpoint, to);
    this.#end = Math.max(this.#end, to);
  }
}

/** Gives back memory that was handed over, at once: the collector would wait for 64 MiB of it, and then look at everything. */
function free(batch: Batch): void {
  for (const buffer of transferablesOf(batch)) buffer.transfer(0);
}

/** Reads the spool forwards, as far as it is asked for. */
class SpoolCursor {
  readonly #open: (position: number) => Iterator<SpoolEntry>;
  #entries: Iterator<SpoolEntry> | undefined;
  #entry: SpoolEntry | undefined;

  constructor(directory: string, signal: Signal, end: number) {
    this.#open = (position) => scanEntries(directory, signal, position, end);
  }

  /** The entry at a position, or undefined when it is not in the spool any more. Positions must rise. */
  entryAt(position: number): SpoolEntry | undefined {
    this.#entries ??= this.#open(position);
    while (this.#entry === undefined || this.#entry.position < position) {
      const next = this.#entries.next();
      if (next.done === true) return undefined;
      this.#entry = next.value;
    }
    return this.#entry.position === position ? this.#entry : undefined;
  }

  close(): void {
    this.#entries?.return?.();
  }
}
