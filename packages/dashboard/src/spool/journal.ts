// journal.ts — what the store has promised and what it has kept, per signal: intents and checkpoints.
//
// ClickHouse drops a block whose deduplication token it knows without comparing the content. So an insert
// is named before it is made: its range of positions is written here, and after a crash exactly that range
// is inserted again under the same token.
//
// JOURNAL FILE "<spool>/journal". Lines of UTF-8, only ever appended to; each is the CRC-32 of the rest of the
// line as 8 hex digits, a space, and one JSON object:
//
//   {"signal":"traces","intent":{"from":0,"to":12,"tables":["otel_traces"],"formatVersion":1}}
//   {"signal":"traces","checkpoint":12}
//
// The last line of a kind wins; a checkpoint closes the signal's intent. A line that does not prove itself is
// left out (at the end of the file a crash leaves half of one). Beyond 1 MiB the file is replaced by one
// that holds only what is still true. Every call returns when its line is durable. One that throws has changed
// nothing, and may be repeated: half a line is cut off before the next one is written.

import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Signal } from "@telemetry/otlp";
import { replaceFile } from "./durable.ts";

/** An insert that is about to be made: the entries from `from` up to, not including, `to`. */
export interface Intent {
  readonly from: number;
  readonly to: number;
  readonly tables: readonly string[];
  /** Version of the encoding of a Batch to blocks; the same range must encode to the same blocks. */
  readonly formatVersion: number;
}

interface SignalState {
  checkpoint: number;
  intent: Intent | undefined;
}

type JournalLine =
  | { readonly signal: Signal; readonly intent: Intent }
  | { readonly signal: Signal; readonly checkpoint: number };

const SIZE_BYTES_MAX = 1_048_576;

/** The positions below which everything is stored, and the inserts that may have been interrupted. */
export interface Journal {
  checkpoint(signal: Signal): number;
  openIntent(signal: Signal): Intent | undefined;
  /** @throws {RangeError} when the range does not begin at the checkpoint, or an intent is open. */
  writeIntent(signal: Signal, intent: Intent): void;
  /** Moves the checkpoint and closes the intent. */
  moveCheckpoint(signal: Signal, position: number): void;
  close(): void;
}

/** Opens the journal for its only writer; others may {@link readJournal} while nobody writes. */
export function openJournal(spoolDirectory: string): Journal {
  return new JournalFile(join(spoolDirectory, "journal"));
}

/** What a journal says, by signal. */
export function readJournal(spoolDirectory: string): Readonly<Record<Signal, SignalState>> {
  return parseStates(readText(join(spoolDirectory, "journal")));
}

class JournalFile implements Journal {
  readonly #path: string;
  readonly #states: Record<Signal, SignalState>;
  #descriptor: number;
  #sizeBytes: number;
  /** A write failed: half a line may stand at the end of the file. */
  #isTorn = false;

  constructor(path: string) {
    this.#path = path;
    const text = readText(path);
    this.#states = parseStates(text);
    if (text.endsWith("\n")) {
      this.#descriptor = openSync(path, "a");
      this.#sizeBytes = fstatSync(this.#descriptor).size;
    } else {
      [this.#descriptor, this.#sizeBytes] = this.#rewrite(); // half a line at the end must not join the next one
    }
  }

  checkpoint(signal: Signal): number {
    return this.#states[signal].checkpoint;
  }

  openIntent(signal: Signal): Intent | undefined {
    return this.#states[signal].intent;
  }

  writeIntent(signal: Signal, intent: Intent): void {
    const { checkpoint, intent: open } = this.#states[signal];
    if (open || intent.from < checkpoint || intent.to <= intent.from) {
      const state = open ? `${open.from}-${open.to} is open` : `the checkpoint is ${checkpoint}`;
      throw new RangeError(`Cannot write intent "${signal} ${intent.from}-${intent.to}": ${state}`);
    }
    this.#append({ signal, intent });
  }

  moveCheckpoint(signal: Signal, position: number): void {
    const { checkpoint } = this.#states[signal];
    if (position < checkpoint) {
      throw new RangeError(
        `Cannot move checkpoint "${signal}" to ${position}: it is ${checkpoint}`,
      );
    }
    this.#append({ signal, checkpoint: position });
  }

  #append(line: JournalLine): void {
    if (this.#isTorn) this.#cutTail();
    if (this.#sizeBytes > SIZE_BYTES_MAX) this.#reopen();
    const bytes = encodeLine(line);
    this.#isTorn = true;
    const written = writeSync(this.#descriptor, bytes);
    if (written < bytes.length) throw diskFullError(this.#path);
    fdatasyncSync(this.#descriptor);
    this.#isTorn = false;
    this.#sizeBytes += bytes.length;
    apply(this.#states, line);
  }

  /** Takes no room, so it works on a full disk. */
  #cutTail(): void {
    ftruncateSync(this.#descriptor, this.#sizeBytes);
    this.#isTorn = false;
  }

  #reopen(): void {
    const before = this.#descriptor;
    [this.#descriptor, this.#sizeBytes] = this.#rewrite();
    closeSync(before);
  }

  #rewrite(): [descriptor: number, sizeBytes: number] {
    const lines = (Object.keys(this.#states) as Signal[]).flatMap((signal) => {
      const { checkpoint, intent } = this.#states[signal];
      return [
        encodeLine({ signal, checkpoint }),
        ...(intent ? [encodeLine({ signal, intent })] : []),
      ];
    });
    const bytes = Buffer.concat(lines);
    replaceFile(this.#path, bytes);
    return [openSync(this.#path, "a"), bytes.length];
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function parseStates(text: string): Record<Signal, SignalState> {
  const states: Record<Signal, SignalState> = {
    traces: { checkpoint: 0, intent: undefined },
    metrics: { checkpoint: 0, intent: undefined },
    logs: { checkpoint: 0, intent: undefined },
  };
  for (const line of text.split("\n")) {
    const said = decodeLine(line);
    if (said) apply(states, said);
  }
  return states;
}

function apply(states: Record<Signal, SignalState>, line: JournalLine): void {
  const state = states[line.signal];
  if ("intent" in line) {
    state.intent = line.intent;
  } else {
    state.checkpoint = line.checkpoint;
    state.intent = undefined;
  }
}

function encodeLine(line: JournalLine): Buffer {
  const json = JSON.stringify(line);
  return Buffer.from(`${checksumOf(json)} ${json}\n`);
}

function decodeLine(text: string): JournalLine | undefined {
  const json = text.slice(9);
  return text.slice(0, 8) === checksumOf(json) ? (JSON.parse(json) as JournalLine) : undefined;
}

function checksumOf(json: string): string {
  return crc32(json).toString(16).padStart(8, "0");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function diskFullError(path: string): Error {
  return Object.assign(new Error(`Cannot write journal "${path}": the disk is full`), {
    code: "ENOSPC",
  });
}
