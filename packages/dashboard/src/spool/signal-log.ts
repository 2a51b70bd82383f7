// signal-log.ts — the append-only log of one signal: gives positions, groups writes, knows repeats.
//
//   append ──▶ waiting ──group──▶ write + fdatasync ──▶ every append of the group resolves
//
// A group is whatever came while the group before it was on its way to the disk, so the wait is one
// disk write at most and the number of syncs falls as the load rises. Positions are given when a group is
// written, and only kept when it is durable: a failed group leaves neither bytes nor a gap.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import type { Encoding } from "@telemetry/otlp";
import type { Station } from "../self/self.ts";
import { rewriteFile } from "./durable.ts";
import { keyOf, Repeats } from "./repeats.ts";
import { SegmentFolder, type SegmentFolderOptions } from "./segment-folder.ts";
import { encodeRecordHeader, RECORD_HEADER_BYTES } from "./segment.ts";

/** A group is cut here, so that one write stays short. */
const GROUP_BYTES_MAX = 16 * 1_048_576;
const GROUP_RECORDS_MAX = 1_024;

/** A request to be kept. */
export interface NewRecord {
  readonly encoding: Encoding;
  /** Content-decoded. Not changed and not moved until the append has settled. */
  readonly body: Uint8Array;
  readonly receivedAtMs: number;
  readonly hash: Buffer;
}

interface WaitingRecord extends NewRecord {
  /** On disk; once the append has settled, the body may be gone. */
  readonly sizeBytes: number;
  readonly resolve: (position: number) => void;
  readonly reject: (error: unknown) => void;
}

export interface SignalLogOptions extends SegmentFolderOptions {
  /** Positions below are in ClickHouse. */
  readonly checkpoint: number;
  /** Positions below are used in deduplication tokens, and never given again, whatever is on the disk. */
  readonly endMin: number;
}

export class SignalLog {
  readonly #folder: SegmentFolder;
  readonly #station: Station;
  readonly #repeats = new Repeats();
  /** Appends on their way to the disk, by hash. */
  readonly #inFlight = new Map<string, Promise<number>>();
  #end: number;
  #checkpoint: number;
  #waiting: WaitingRecord[] = [];
  #waitingBytes = 0;
  /** Set while somebody writes to the last segment; nobody else may then. */
  #writing: Promise<void> | undefined;
  #releasing: Promise<void> = Promise.resolve();

  /** Reads what is there: repairs the tail, rebuilds the hashes of the last minutes, finds the end. */
  constructor(options: SignalLogOptions) {
    this.#folder = new SegmentFolder(options);
    this.#station = options.station;
    this.#checkpoint = options.checkpoint;
    this.#restoreRepeats();
    this.#end = Math.max(options.endMin, this.#folder.lastFirstPosition);
    for (const { position, hash } of this.#folder.recover()) {
      this.#end = Math.max(this.#end, position + 1);
      this.#repeats.add(hash);
    }
  }

  /** The position after the last durable record. */
  get end(): number {
    return this.#end;
  }

  get checkpoint(): number {
    return this.#checkpoint;
  }

  get segmentCount(): number {
    return this.#folder.count;
  }

  /** On disk and on the way there. */
  get sizeBytes(): number {
    return this.#folder.sizeBytes + this.#waitingBytes;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get repeatWindowShortenedCount(): number {
    return this.#repeats.shortenedCount;
  }

  /** Settles like the append that brought the same bytes before; undefined where there was none. */
  findRepeat(hash: Buffer): Promise<unknown> | undefined {
    if (this.#repeats.has(hash)) return Promise.resolve();
    return this.#inFlight.get(keyOf(hash));
  }

  /** Resolves with the record's position once it is durable; rejects with the system's error when it is not. */
  append(record: NewRecord): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const sizeBytes = recordSizeBytes(record.body);
    this.#waiting.push({ ...record, sizeBytes, resolve, reject });
    this.#waitingBytes += sizeBytes;
    this.#inFlight.set(keyOf(record.hash), promise);
    this.#writing ??= this.#writeWaiting();
    return promise;
  }

  async #writeWaiting(): Promise<void> {
    await turnOfTheLoop(); // requests that are ready in this turn share one sync
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#write(group);
      } catch (error) {
        for (const record of group) record.reject(error);
      }
      for (const record of group) {
        this.#inFlight.delete(keyOf(record.hash));
        this.#waitingBytes -= record.sizeBytes;
      }
    }
    this.#writing = undefined;
  }

  #takeGroup(): WaitingRecord[] {
    let count = 0;
    let sizeBytes = 0;
    for (const record of this.#waiting) {
      const isFull = count === GROUP_RECORDS_MAX || sizeBytes + record.sizeBytes > GROUP_BYTES_MAX;
      if (isFull && count > 0) break;
      count++;
      sizeBytes += record.sizeBytes;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(group: readonly WaitingRecord[]): Promise<void> {
    const firstPosition = this.#end;
    const records = group.flatMap((record, index) => {
      const numbers = { position: firstPosition + index, bodySizeBytes: record.body.length };
      return [encodeRecordHeader({ ...record, ...numbers }), record.body];
    });
    await this.#folder.append(firstPosition, records);

    this.#end += group.length;
    this.#station.count("commits");
    for (const [index, record] of group.entries()) {
      this.#repeats.add(record.hash);
      record.resolve(firstPosition + index);
    }
  }

  /** The checkpoint moved to `position`: segments that end below it are deleted, except the one written to. */
  release(position: number): Promise<void> {
    this.#checkpoint = Math.max(this.#checkpoint, position);
    return this.#inTurn(() => this.#delete(this.#folder.countBelow(this.#checkpoint)));
  }

  /** Deletes the last segment too, if all is released and nobody writes: the room is needed. */
  async releaseLast(): Promise<void> {
    if (this.#checkpoint < this.#end || this.#writing) return;
    const deleted = this.#inTurn(() => this.#delete(this.#folder.count));
    this.#writing = deleted.then(() => {
      this.#writing = this.#waiting.length > 0 ? this.#writeWaiting() : undefined;
    });
    await deleted;
  }

  /** Deletions one after the other: they share a file. */
  #inTurn(deletion: () => Promise<void>): Promise<void> {
    this.#releasing = this.#releasing.then(deletion);
    return this.#releasing;
  }

  async #delete(count: number): Promise<void> {
    if (count === 0) return;
    try {
      await rewriteFile(this.#repeatsPath, this.#repeats.encode());
    } catch {
      // A full disk must not keep us from making room. The hashes are lost if we stop before the next time.
      this.#station.count("repeats_unsaved");
    }
    await this.#folder.delete(count);
  }

  /** Waits for what was appended, then closes the files. */
  async close(): Promise<void> {
    while (this.#writing) await this.#writing;
    await this.#releasing;
    await this.#folder.close();
  }

  get #repeatsPath(): string {
    return join(this.#folder.directory, "repeats");
  }

  #restoreRepeats(): void {
    try {
      this.#repeats.restore(readFileSync(this.#repeatsPath));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

export function recordSizeBytes(body: Uint8Array): number {
  return RECORD_HEADER_BYTES + body.length;
}
