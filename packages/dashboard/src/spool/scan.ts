// scan.ts — finds segments on disk, and reads ranges of positions out of them, in whatever thread asks.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Encoding, Signal } from "@telemetry/otlp";
import { parseSegmentFileName } from "./segment.ts";
import { readSegment, type SegmentDamage } from "./segment-reader.ts";

/** One request as it was appended. */
export interface SpoolEntry {
  readonly position: number;
  readonly encoding: Encoding;
  /** A buffer of its own; the caller may transfer it. */
  readonly body: Uint8Array;
  readonly receivedAtMs: number;
}

export interface Segment {
  readonly firstPosition: number;
  readonly path: string;
  sizeBytes: number;
}

/** The folder of a signal's segments. */
export function signalDirectory(spoolDirectory: string, signal: Signal): string {
  return join(spoolDirectory, signal);
}

/**
 * The entries at `from` and up to, not including, `to`. Positions whose records are damaged, or whose
 * segments were released, are left out; damage is reported with the bytes it spans.
 */
export function* scanEntries(
  spoolDirectory: string,
  signal: Signal,
  from: number,
  to: number,
  onDamage?: (damage: SegmentDamage) => void,
): Generator<SpoolEntry> {
  const segments = findSegments(signalDirectory(spoolDirectory, signal));
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1]?.firstPosition ?? Number.POSITIVE_INFINITY;
    if (next <= from) continue;
    if (segment.firstPosition >= to) return;
    const records = readSegment(segment.path, { bodiesFrom: from, ...(onDamage && { onDamage }) });
    for (const { position, encoding, body, receivedAtMs } of records) {
      if (position >= to) return;
      if (position >= from) yield { position, encoding, body, receivedAtMs };
    }
  }
}

/** The segments of a folder in the order of their positions. */
export function findSegments(directory: string): Segment[] {
  return namesIn(directory).flatMap((name) => {
    const firstPosition = parseSegmentFileName(name);
    const path = join(directory, name);
    if (firstPosition === undefined) return [];
    const status = statSync(path, { throwIfNoEntry: false }); // released by another thread just now
    return status ? [{ firstPosition, path, sizeBytes: status.size }] : [];
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
