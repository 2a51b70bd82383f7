// segment-folder.ts — the segment files of one signal: the last one is written to, the first ones are deleted.
//
// A write is durable when it returns. One that fails leaves nothing: its bytes are cut off before anything
// else is written, or a shorter write after it would be followed by the rest of it.

import { rmSync, truncateSync } from "node:fs";
import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Signal } from "@telemetry/otlp";
import type { Station } from "../self/self.ts";
import { syncFolder } from "./durable.ts";
import { findSegments, type Segment } from "./scan.ts";
import { readSegment, type SegmentDamage, type SegmentRecord } from "./segment-reader.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentFileName } from "./segment.ts";

export interface SegmentFolderOptions {
  readonly directory: string;
  readonly signal: Signal;
  /** A segment that has reached this size is not written to any more. */
  readonly segmentSizeBytes: number;
  /** Counts what was damaged, and what could not be deleted. */
  readonly station: Station;
}

/** Not for two writers: whoever calls `append` or `delete` waits for the call before. */
export class SegmentFolder {
  readonly directory: string;
  readonly #signal: Signal;
  readonly #segmentSizeBytes: number;
  readonly #station: Station;
  #segments: Segment[];
  /** Of the last segment, once it was written to. */
  #handle: FileHandle | undefined;
  /** Bytes of a failed write may stand behind the last segment's end. */
  #tailIsDirty = false;

  constructor(options: SegmentFolderOptions) {
    this.directory = options.directory;
    this.#signal = options.signal;
    this.#segmentSizeBytes = options.segmentSizeBytes;
    this.#station = options.station;
    this.#segments = findSegments(options.directory);
    this.#dropUnborn();
  }

  get count(): number {
    return this.#segments.length;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** The position that the last segment begins with: none below it is free. */
  get lastFirstPosition(): number {
    return this.#segments.at(-1)?.firstPosition ?? 0;
  }

  /** Segments all of whose positions are below `position`; never the last one. */
  countBelow(position: number): number {
    const kept = this.#segments.findIndex(
      (_, index) => (this.#segments[index + 1]?.firstPosition ?? Infinity) > position,
    );
    return Math.max(0, kept);
  }

  /**
   * All records, to be read to the end before the first `append`. Reads every header and, in the last segment, proves
   * every body; what a crash left at its end is cut off.
   */
  *recover(): Generator<SegmentRecord> {
    for (const segment of this.#segments) {
      const isLast = segment === this.#segments.at(-1);
      const onDamage = (damage: SegmentDamage) => this.#noteDamage(segment, damage, isLast);
      yield* readSegment(segment.path, { bodiesFrom: isLast ? 0 : Infinity, onDamage });
    }
  }

  /** Writes records, the first of which has `position`. Returns when they are durable. */
  async append(position: number, records: readonly Uint8Array[]): Promise<void> {
    try {
      const segment = await this.#openLast(position);
      const sizeBytes = records.reduce((sum, record) => sum + record.length, 0);
      const { bytesWritten } = await this.#handle!.writev(records, segment.sizeBytes);
      if (bytesWritten < sizeBytes) throw diskFullError(segment.path); // the kernel had room for a part
      await this.#handle!.datasync();
      segment.sizeBytes += sizeBytes;
    } catch (error) {
      await this.#dropTail().catch(() => {}); // stays dirty, and is tried again before the next write
      throw error;
    }
  }

  /** Deletes the first `count` segments. What fails is counted, and there to be tried again. */
  async delete(count: number): Promise<void> {
    if (count === this.#segments.length) await this.close();
    for (const segment of this.#segments.slice(0, count)) {
      try {
        await rm(segment.path, { force: true });
        this.#segments = this.#segments.filter((other) => other !== segment);
      } catch {
        this.#station.count("segments_undeletable");
      }
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => this.#station.count("close_failed")); // its bytes are durable
  }

  /** The segment to write to: the last one while it has room, else a new one. */
  async #openLast(position: number): Promise<Segment> {
    if (this.#tailIsDirty) await this.#dropTail();
    const last = this.#segments.at(-1);
    if (last && last.sizeBytes < this.#segmentSizeBytes) {
      this.#handle ??= await open(last.path, "r+");
      return last;
    }
    await this.close();
    return this.#create(position);
  }

  async #create(position: number): Promise<Segment> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const path = join(this.directory, segmentFileName(position));
    const handle = await open(path, "w+", 0o600);
    try {
      const header = encodeSegmentHeader(this.#signal, position);
      const { bytesWritten } = await handle.write(header);
      if (bytesWritten < header.length) throw diskFullError(path);
      await syncFolder(this.directory);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
    const segment = { firstPosition: position, path, sizeBytes: SEGMENT_HEADER_BYTES };
    this.#segments.push(segment);
    this.#handle = handle;
    return segment;
  }

  async #dropTail(): Promise<void> {
    this.#tailIsDirty = true;
    await this.#handle?.truncate(this.#segments.at(-1)?.sizeBytes ?? 0);
    this.#tailIsDirty = false;
  }

  /** A crash between creating a segment and its first write leaves a file without a header. */
  #dropUnborn(): void {
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

function diskFullError(path: string): Error {
  return Object.assign(new Error(`Cannot write segment "${path}": the disk is full`), {
    code: "ENOSPC",
  });
}
