// signal-log.ts — the append-only log of one signal: a row of segment files, the last of which is written to.
//
//   append ──▶ waiting ──group──▶ write + fdatasync ──▶ every append of the group resolves
//
// A group is whatever came while the group before it was on its way to the disk, so the wait is one
// disk write at most and the number of syncs falls as the load rises. Positions are given when a group is
// written, and only kept when it is durable: a failed group leaves neither bytes nor a gap.

import { readFileSync, rmSync, truncateSync } from "node:fs";
import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import type { Encoding, Signal } from "@telemetry/otlp";
import { replaceFile, syncFile } from "./durable.ts";
import { keyOf, REPEAT_WINDOW_MS, Repeats } from "./repeats.ts";
import { findSegments, type Segment } from "./scan.ts";
import {
  encodeRecordHeader,
  encodeSegmentHeader,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentFileName,
} from "./segment.ts";
import { readSegment, type SegmentDamage } from "./segment-reader.ts";
import type { Station } from "../self/self.ts";

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
  readonly resolve: (position: number) => void;
  readonly reject: (error: unknown) => void;
}

export interface SignalLogOptions {
  readonly directory: string;
  readonly signal: Signal;
  readonly segmentSizeBytes: number;
  /** Positions below are in ClickHouse. */
  readonly checkpoint: number;
  /** Positions below are used in deduplication tokens, and never given again, whatever is on the disk. */
  readonly endMin: number;
  /** Counts commits and what was lost. */
  readonly station: Station;
}

export class SignalLog {
  readonly #directory: string;
  readonly #signal: Signal;
  readonly #segmentSizeBytes: number;
  readonly #station: Station;
  readonly #repeats = new Repeats();
  /** Appends on their way to the disk, by hash. */
  readonly #inFlight = new Map<string, Promise<number>>();
  #segments: Segment[];
  #handle: FileHandle | undefined;
  #end: number;
  #waiting: WaitingRecord[] = [];
  #waitingBytes = 0;
  /** Set while somebody writes to the active segment; nobody else may then. */
  #commits: Promise<void> | undefined;
  /** Bytes behind the last durable record that a failed write may have left. */
  #tailIsDirty = false;
  #checkpoint: number;
  #releasing: Promise<void> = Promise.resolve();

  /** Reads what is there: repairs the tail, rebuilds the hashes of the last minutes, finds the end. */
  constructor(options: SignalLogOptions) {
    this.#directory = options.directory;
    this.#signal = options.signal;
    this.#segmentSizeBytes = options.segmentSizeBytes;
    this.#station = options.station;
    this.#checkpoint = options.checkpoint;
    this.#segments = findSegments(options.directory);
    this.#restoreRepeats();
    this.#end = Math.max(options.endMin, this.#recover());
  }

  /** The position after the last durable entry. */
  get end(): number {
    return this.#end;
  }

  get checkpoint(): number {
    return this.#checkpoint;
  }

  get segmentCount(): number {
    return this.#segments.length;
  }

  /** On disk and on the way there. */
  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, this.#waitingBytes);
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get repeatWindowShortenedCount(): number {
    return this.#repeats.shortenedCount;
  }

  /** Settles like the append that brought the same bytes before; undefined where there was none. */
  findRepeat(hash: Buffer, nowMs: number): Promise<unknown> | undefined {
    if (this.#repeats.has(hash, nowMs)) return Promise.resolve();
    return this.#inFlight.get(keyOf(hash));
  }

  /** Resolves with the record's position once it is durable; rejects with the system's error when it is not. */
  append(record: NewRecord): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ ...record, resolve, reject });
    this.#waitingBytes += recordSizeBytes(record.body);
    this.#inFlight.set(keyOf(record.hash), promise);
    this.#commits ??= this.#commitWaiting();
    return promise;
  }

  async #commitWaiting(): Promise<void> {
    await turnOfTheLoop(); // requests that are ready in this turn share one sync
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#write(group);
      } catch (error) {
        await this.#dropTail().catch(() => {}); // stays dirty, and is tried again before the next write
        for (const record of group) record.reject(error);
      }
      for (const record of group) this.#inFlight.delete(keyOf(record.hash));
    }
    this.#commits = undefined;
  }

  #takeGroup(): WaitingRecord[] {
    let count = 0;
    let sizeBytes = 0;
    for (const record of this.#waiting) {
      const recordBytes = recordSizeBytes(record.body);
      const isFull = count === GROUP_RECORDS_MAX || sizeBytes + recordBytes > GROUP_BYTES_MAX;
      if (isFull && count > 0) break;
      count++;
      sizeBytes += recordBytes;
    }
    this.#waitingBytes -= sizeBytes;
    return this.#waiting.splice(0, count);
  }

  async #write(group: readonly WaitingRecord[]): Promise<void> {
    const { handle, segment } = await this.#openActive();
    const buffers = group.flatMap((record, index) => [
      encodeRecordHeader({
        ...record,
        position: this.#end + index,
        bodySizeBytes: record.body.length,
      }),
      record.body,
    ]);
    const sizeBytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    const { bytesWritten } = await handle.writev(buffers, segment.sizeBytes);
    if (bytesWritten < sizeBytes) throw diskFullError(segment.path); // the kernel had room for a part
    await handle.datasync();

    const firstPosition = this.#end;
    segment.sizeBytes += sizeBytes;
    this.#end += group.length;
    this.#station.count("commits");
    for (const [index, record] of group.entries()) {
      this.#repeats.add(record.hash, record.receivedAtMs);
      record.resolve(firstPosition + index);
    }
  }

  /** The segment to write to: the last one while it has room, else a new one. */
  async #openActive(): Promise<{ handle: FileHandle; segment: Segment }> {
    if (this.#tailIsDirty) await this.#dropTail();
    const last = this.#segments.at(-1);
    if (last && last.sizeBytes < this.#segmentSizeBytes) {
      this.#handle ??= await open(last.path, "r+");
      return { handle: this.#handle, segment: last };
    }
    await this.#closeHandle();
    return this.#createSegment();
  }

  async #createSegment(): Promise<{ handle: FileHandle; segment: Segment }> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = join(this.#directory, segmentFileName(this.#end));
    const handle = await open(path, "w+", 0o600);
    try {
      await handle.write(encodeSegmentHeader(this.#signal, this.#end));
      syncFile(this.#directory);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
    const segment = { firstPosition: this.#end, path, sizeBytes: SEGMENT_HEADER_BYTES };
    this.#segments.push(segment);
    this.#handle = handle;
    return { handle, segment };
  }

  /** Cuts off what a failed write left, so that it cannot be read after a later, shorter one. */
  async #dropTail(): Promise<void> {
    this.#tailIsDirty = true;
    await this.#handle?.truncate(this.#segments.at(-1)?.sizeBytes ?? 0);
    this.#tailIsDirty = false;
  }

  /** The checkpoint moved to `position`: segments that end below it are deleted. The active one stays. */
  release(position: number): Promise<void> {
    this.#checkpoint = Math.max(this.#checkpoint, position);
    this.#releasing = this.#releasing.then(async () => {
      const kept = this.#segments.findIndex(
        (_, index) => (this.#segments[index + 1]?.firstPosition ?? Infinity) > this.#checkpoint,
      );
      await this.#deleteSegments(Math.max(0, kept));
    });
    return this.#releasing;
  }

  /** Deletes the active segment too, if all is released and nobody writes: the room is needed. */
  async releaseActive(): Promise<void> {
    if (this.#checkpoint < this.#end || this.#commits) return;
    const deleteAll = async () => {
      await this.#releasing;
      await this.#closeHandle();
      await this.#deleteSegments(this.#segments.length);
      this.#commits = undefined;
      if (this.#waiting.length > 0) this.#commits = this.#commitWaiting();
    };
    this.#commits = deleteAll();
    await this.#commits;
  }

  /** Deletes the first `count` segments. What fails is counted, and tried again with the next release. */
  async #deleteSegments(count: number): Promise<void> {
    if (count === 0) return;
    try {
      replaceFile(this.#repeatsPath, this.#repeats.encode());
    } catch {
      // A full disk must not keep us from making room. The hashes are lost if we stop before the next time.
      this.#station.count("repeats_unsaved");
    }
    for (const segment of this.#segments.slice(0, count)) {
      try {
        await rm(segment.path, { force: true });
        this.#segments = this.#segments.filter((other) => other !== segment);
      } catch {
        this.#station.count("segments_undeletable");
      }
    }
  }

  /** Waits for what was appended, then closes the file. */
  async close(): Promise<void> {
    while (this.#commits) await this.#commits;
    await this.#releasing;
    await this.#closeHandle();
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => this.#station.count("close_failed")); // its bytes are durable
  }

  get #repeatsPath(): string {
    return join(this.#directory, "repeats");
  }

  #restoreRepeats(): void {
    try {
      this.#repeats.restore(readFileSync(this.#repeatsPath));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  /** Reads all headers and, in the last segment, all bodies. Returns the position after the last good record. */
  #recover(): number {
    const knownFromMs = Date.now() - REPEAT_WINDOW_MS;
    this.#dropUnbornSegment();
    let end = 0;
    for (const segment of this.#segments) {
      const isLast = segment === this.#segments.at(-1);
      const onDamage = (damage: SegmentDamage) => this.#noteDamage(segment, damage, isLast);
      const records = readSegment(segment.path, { bodiesFrom: isLast ? 0 : Infinity, onDamage });
      end = Math.max(end, segment.firstPosition);
      for (const record of records) {
        end = Math.max(end, record.position + 1);
        if (record.receivedAtMs >= knownFromMs) this.#repeats.add(record.hash, record.receivedAtMs);
      }
    }
    return end;
  }

  /** A crash between creating a segment and its first write leaves a file without a header. */
  #dropUnbornSegment(): void {
    const last = this.#segments.at(-1);
    if (!last || last.sizeBytes >= SEGMENT_HEADER_BYTES) return;
    rmSync(last.path);
    this.#segments.pop();
  }

  /** Bad bytes at the very end are a write that a crash interrupted: cut, so that writing can go on there. */
  #noteDamage(segment: Segment, damage: SegmentDamage, isLast: boolean): void {
    if (!isLast || !damage.tail) {
      this.#station.count("records_damaged");
      this.#station.count("damaged_bytes", damage.sizeBytes);
      return;
    }
    this.#station.count("tail_bytes_cut", damage.sizeBytes);
    truncateSync(segment.path, damage.offset);
    segment.sizeBytes = damage.offset;
  }
}

export function recordSizeBytes(body: Uint8Array): number {
  return RECORD_HEADER_BYTES + body.length;
}

function diskFullError(path: string): Error {
  return Object.assign(new Error(`Cannot write segment "${path}": the disk is full`), {
    code: "ENOSPC",
  });
}
