// log-store.ts — the rows of the log tail, the newest first.

import type { LiveLogs, LogRecord } from "@telemetry/dashboard/contract";
import { insertLogs, mergeLogs } from "../logs/logs.ts";
import { nanoToMs } from "../time/time.ts";

const ROWS_MAX = 5_000;

export class LogStore {
  readonly #rowsMax: number;
  #rows: LogRecord[] = [];
  #skippedCount = 0;

  constructor(options: { rowsMax?: number } = {}) {
    this.#rowsMax = options.rowsMax ?? ROWS_MAX;
  }

  get rowsMax(): number {
    return this.#rowsMax;
  }

  /** Matching rows that the server did not send because a frame was full. */
  get skippedCount(): number {
    return this.#skippedCount;
  }

  clear(): void {
    this.#rows = [];
    this.#skippedCount = 0;
  }

  addStored(logs: readonly LogRecord[]): void {
    this.#rows = mergeLogs(this.#rows, logs, "newest_first", this.#rowsMax);
  }

  addLive(frame: LiveLogs): void {
    // A snapshot repeats what is known; any other frame is new, also where two lines are alike.
    const add = frame.snapshot ? mergeLogs : insertLogs;
    this.#rows = add(this.#rows, frame.logs, "newest_first", this.#rowsMax);
    this.#skippedCount += frame.skipped;
  }

  /** Rows of the range and of at least this severity. */
  rows(fromMs: number, severityNumberMin: number): readonly LogRecord[] {
    return this.#rows.filter(
      (log) => log.severityNumber >= severityNumberMin && nanoToMs(log.timeUnixNano) >= fromMs,
    );
  }
}
