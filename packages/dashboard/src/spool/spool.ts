// spool.ts — keeps every request on disk before its sender is told "yes", until ClickHouse has it.
//
//   receive ──append──▶ one log per signal ──(position)──▶ store ──journal──▶ releaseBefore ──▶ segments go
//
// <data>/spool/
//   id                           the spool's random name (data-folder.ts)
//   journal                      intents and checkpoints (journal.ts), written by the store's thread
//   traces/ metrics/ logs/
//     0000000000000042.segment   the requests from position 42 on (segment.ts)
//     repeats                    hashes of requests whose segments are gone (repeats.ts)
//
// Promises: an entry whose append resolved is there exactly once after `kill -9` at any instant, and after a
// power cut; a byte-identical repeat within ten minutes is recognised; a full disk refuses, and recovers.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Encoding, Signal } from "@telemetry/otlp";
import type { StationStatus } from "../contract/contract.ts";
import { Station } from "../self/self.ts";
import { lockDataFolder, spoolIdOf, type DataFolderLock } from "./data-folder.ts";
import { DiskRoom } from "./disk-room.ts";
import { readJournal } from "./journal.ts";
import { REPEAT_WINDOW_MS } from "./repeats.ts";
import { signalDirectory } from "./scan.ts";
import { hashBody } from "./segment.ts";
import { recordSizeBytes, SignalLog, type NewRecord } from "./signal-log.ts";

export { DataFolderInUseError, type DataFolderHolder } from "./data-folder.ts";
export { openJournal, type Journal } from "./journal.ts";
export { scanEntries, type SpoolEntry } from "./scan.ts";

/** Bytes kept for ClickHouse while it is away: at 1 000 spans a second, about two hours. */
export const SPOOL_BYTES_MAX = 4 * 1_073_741_824;
const SEGMENT_SIZE_BYTES = 64 * 1_048_576;
/** Bytes in memory on their way to a disk that is slower than the senders. */
const WAITING_BYTES_MAX = 256 * 1_048_576;
const SIGNALS: readonly Signal[] = ["traces", "metrics", "logs"];
/** Shown from the start: that nothing was refused is worth knowing. */
const COUNTERS = ["appended", "appended_bytes", "repeated", "refused_full", "records_damaged"];

/** A request before it has a position. */
export interface Arrival {
  readonly signal: Signal;
  readonly encoding: Encoding;
  /** After content decoding. Neither changed nor transferred before the append has settled. */
  readonly body: Uint8Array;
  readonly receivedAtMs: number;
}

/** Where a request was put, or that its bytes were there already. */
export type Appended = { readonly position: number } | { readonly repeated: true };

/** There is no room. The sender keeps the request and tries again later. */
export class SpoolFullError extends Error {
  override readonly name = "SpoolFullError";
}

export interface SpoolOptions {
  readonly dataDirectory: string;
  readonly bytesMax?: number;
  readonly segmentSizeBytes?: number;
}

/**
 * Takes the data folder's lock, repairs what a crash left, and is ready to append.
 * @throws {DataFolderInUseError} when another dashboard works in the folder.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const lock = await lockDataFolder(options.dataDirectory);
  try {
    return new Spool(lock, options);
  } catch (error) {
    lock.release();
    throw error;
  }
}

export class Spool {
  /** 32 hex digits, random per data folder. */
  readonly id: string;
  /** What `openJournal` and `scanEntries` take. */
  readonly directory: string;
  readonly #bytesMax: number;
  readonly #lock: DataFolderLock;
  readonly #room: DiskRoom;
  readonly #station: Station;
  readonly #logs: Readonly<Record<Signal, SignalLog>>;

  constructor(lock: DataFolderLock, options: SpoolOptions) {
    const { dataDirectory, bytesMax = SPOOL_BYTES_MAX } = options;
    // Three active segments must leave room for others, or a spool whose entries are all stored stays full.
    const segmentSizeBytes = options.segmentSizeBytes ?? Math.min(SEGMENT_SIZE_BYTES, bytesMax / 8);
    this.#lock = lock;
    this.#bytesMax = bytesMax;
    this.#station = new Station("spool", {
      bytes_max: bytesMax,
      segment_bytes_max: segmentSizeBytes,
      waiting_bytes_max: WAITING_BYTES_MAX,
      repeat_window_ms: REPEAT_WINDOW_MS,
    });
    for (const counter of COUNTERS) this.#station.count(counter, 0);
    this.directory = join(dataDirectory, "spool");
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.#room = new DiskRoom(this.directory);
    this.id = spoolIdOf(this.directory);
    const journal = readJournal(this.directory);
    const openLog = (signal: Signal) => {
      const { checkpoint, intent } = journal[signal];
      const log = new SignalLog({
        directory: signalDirectory(this.directory, signal),
        signal,
        segmentSizeBytes,
        checkpoint,
        endMin: intent?.to ?? checkpoint,
        station: this.#station,
      });
      void log.release(checkpoint);
      return log;
    };
    this.#logs = { traces: openLog("traces"), metrics: openLog("metrics"), logs: openLog("logs") };
  }

  /** Other processes that want this data folder are told to look here. */
  announce(url: string): void {
    this.#lock.announce(url);
  }

  /**
   * Resolves when the request is durable.
   * @throws {SpoolFullError} when there is no room on the disk or within the limits.
   */
  async append(arrival: Arrival): Promise<Appended> {
    const hash = hashBody(arrival.body);
    try {
      const lack = this.#tryAppend(arrival, hash);
      if (typeof lack !== "string") return await lack;
      await this.#makeRoom();
      const still = this.#tryAppend(arrival, hash);
      if (typeof still !== "string") return await still;
      throw new SpoolFullError(`Cannot keep request: ${still}`);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  /** Nothing is awaited before the log has it: of two equal requests at once, one is the repeat. Or says what lacks. */
  #tryAppend(arrival: Arrival, hash: Buffer): Promise<Appended> | string {
    const log = this.#logs[arrival.signal];
    const earlier = log.findRepeat(hash);
    if (earlier !== undefined) return this.#repeat(earlier);
    const lack = this.#takeRoom(recordSizeBytes(arrival.body));
    return lack ?? this.#append(log, { ...arrival, hash });
  }

  async #repeat(earlier: Promise<unknown>): Promise<Appended> {
    await earlier;
    this.#station.count("repeated");
    return { repeated: true };
  }

  async #append(log: SignalLog, record: NewRecord): Promise<Appended> {
    const sizeBytes = record.body.length; // who handed it over may take it away afterwards
    const position = await log.append(record);
    this.#station.count("appended");
    this.#station.count("appended_bytes", sizeBytes);
    this.#station.setState("ok");
    return { position };
  }

  /** The position after the last durable entry. */
  end(signal: Signal): number {
    return this.#logs[signal].end;
  }

  /** The checkpoint moved: entries below `position` are in ClickHouse, and their segments may go. */
  releaseBefore(signal: Signal, position: number): void {
    void this.#logs[signal].release(position);
  }

  status(): StationStatus {
    const now = { bytes: 0, waiting_bytes: 0, segments: 0, unstored_requests: 0 };
    let shortenedCount = 0;
    for (const log of Object.values(this.#logs)) {
      now.bytes += log.sizeBytes;
      now.waiting_bytes += log.waitingBytes;
      now.segments += log.segmentCount;
      now.unstored_requests += log.end - log.checkpoint;
      shortenedCount += log.repeatWindowShortenedCount;
    }
    for (const [name, value] of Object.entries(now)) this.#station.set(name, value);
    this.#station.set("repeat_window_shortened", shortenedCount);
    return this.#station.status();
  }

  /** Waits for appends under way, then gives the data folder free. */
  async close(): Promise<void> {
    await Promise.all(SIGNALS.map((signal) => this.#logs[signal].close()));
    this.#lock.release();
  }

  async #makeRoom(): Promise<void> {
    await this.#releaseLast();
    await this.#room.ask();
  }

  /** Takes room on the disk, or returns what there is too much or too little of. */
  #takeRoom(sizeBytes: number): string | undefined {
    let bytes = sizeBytes;
    let waitingBytes = sizeBytes;
    for (const signal of SIGNALS) {
      bytes += this.#logs[signal].sizeBytes;
      waitingBytes += this.#logs[signal].waitingBytes;
    }
    if (bytes > this.#bytesMax) return `the spool holds its limit of ${this.#bytesMax} bytes`;
    if (waitingBytes > WAITING_BYTES_MAX) return "the disk is slower than the senders";
    if (this.#room.take(sizeBytes)) return undefined;
    return `the disk is full, but for ${Math.round(this.#room.reserveBytes)} bytes that ClickHouse needs`;
  }

  async #releaseLast(): Promise<void> {
    await Promise.all(SIGNALS.map((signal) => this.#logs[signal].releaseLast()));
  }

  /** Counts a refused append and says what a person can do; a full disk is a full spool. */
  #refusal(error: unknown): unknown {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const isFull = error instanceof SpoolFullError || DISK_FULL_CODES.has(code);
    this.#station.count(isFull ? "refused_full" : "refused_error");
    this.#station.setState(
      "degraded",
      isFull ? FULL_MESSAGE : `Cannot write the spool: ${(error as Error).message}`,
    );
    if (!isFull || error instanceof SpoolFullError) return error;
    void this.#releaseLast();
    return new SpoolFullError("Cannot keep request: the disk is full", { cause: error });
  }
}

const DISK_FULL_CODES: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const FULL_MESSAGE =
  "The spool is full and senders are asked to wait: free disk space, or see whether ClickHouse takes what the store sends";
