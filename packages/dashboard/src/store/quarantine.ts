// quarantine.ts — rows that ClickHouse will never take, kept with the reason, and those refused for their time.
//
//   <quarantine>/00000001.jsonl, 00000002.jsonl, …    one JSON object per line, appended:
//
//   { "id": "traces/12-19/otel_traces/5", "signal", "timeUnixNano", "reason", "summary", "count", "row"? }
//
// `row` is the row by column, complete: whoever repairs it can insert it by hand. A file ends at 8 MiB, and the
// oldest is removed when there are more than eight. The newest hundred are what the page shows.

import { appendFileSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { QuarantinedRow } from "../contract/contract.ts";
import type { RowValues } from "./native/native.ts";

const FILE_BYTES_MAX = 8 * 1_048_576;
const FILES_MAX = 8;
const SHOWN_MAX = 100;
/** A row larger than this is kept without its values. */
const ROW_CHARACTERS_MAX = 1_048_576;

/** A row to be set aside. `id` says which row of which request it is, so that a replay adds it once. */
export interface SetAside extends QuarantinedRow {
  readonly id: string;
  readonly row?: RowValues;
}

export class Quarantine {
  readonly #directory: string;
  readonly #ids = new Set<string>();
  #shown: QuarantinedRow[] = [];
  #fileNumber: number;
  #fileSizeBytes: number;

  /** Reads back what the newest file says. */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#fileNumber = this.#fileNumbers().at(-1) ?? 1;
    const path = this.#path(this.#fileNumber);
    this.#fileSizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    for (const line of this.#fileSizeBytes === 0 ? [] : readFileSync(path, "utf8").split("\n")) {
      const entry = parseLine(line);
      if (entry !== undefined) this.#remember(entry);
    }
  }

  /** Newest first, at most a hundred; equal rows are one with a count. */
  get shown(): readonly QuarantinedRow[] {
    return this.#shown;
  }

  /** Keeps the row. Returns false when it was kept before. */
  add(entry: SetAside): boolean {
    if (this.#ids.has(entry.id)) return false;
    const line = `${encodeEntry(entry)}\n`;
    if (this.#fileSizeBytes + line.length > FILE_BYTES_MAX) this.#startFile();
    appendFileSync(this.#path(this.#fileNumber), line, { mode: 0o600 });
    this.#fileSizeBytes += Buffer.byteLength(line);
    this.#remember(entry);
    return true;
  }

  #remember(entry: SetAside): void {
    this.#ids.add(entry.id);
    const { signal, timeUnixNano, reason, summary, count } = entry;
    const same = this.#shown.findIndex((row) => row.signal === signal && row.reason === reason);
    const before = same === -1 ? 0 : (this.#shown[same] as QuarantinedRow).count;
    const merged = { signal, timeUnixNano, reason, summary, count: before + count };
    const others = same === -1 ? this.#shown : this.#shown.toSpliced(same, 1);
    this.#shown = [merged, ...others].slice(0, SHOWN_MAX);
  }

  #startFile(): void {
    this.#ids.clear(); // an intent that is replayed wrote its rows just before the crash
    this.#fileNumber++;
    this.#fileSizeBytes = 0;
    for (const number of this.#fileNumbers().slice(0, -(FILES_MAX - 1))) rmSync(this.#path(number));
  }

  #fileNumbers(): number[] {
    return readdirSync(this.#directory)
      .flatMap((name) => (/^\d{8}\.jsonl$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .toSorted((left, right) => left - right);
  }

  #path(fileNumber: number): string {
    return join(this.#directory, `${String(fileNumber).padStart(8, "0")}.jsonl`);
  }
}

function encodeEntry(entry: SetAside): string {
  const text = JSON.stringify(entry);
  if (text.length <= ROW_CHARACTERS_MAX) return text;
  return JSON.stringify({ ...entry, row: undefined });
}

/** Half a line, as a crash leaves it, is no entry. */
function parseLine(line: string): SetAside | undefined {
  try {
    return line === "" ? undefined : (JSON.parse(line) as SetAside);
  } catch {
    return undefined;
  }
}
