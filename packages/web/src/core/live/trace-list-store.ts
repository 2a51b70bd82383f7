// trace-list-store.ts — the rows of the trace list: pages from the store, changed and joined by live frames.

import type { LiveTraces, TraceSummary } from "@telemetry/dashboard/contract";

export type TraceListOrder = "newest" | "slowest";

/** Rows beyond this many are dropped from the end; the page says "newest 10 000 of …". */
const ROWS_MAX = 10_000;

export class TraceListStore {
  readonly #rows = new Map<string, TraceSummary>();
  readonly #rowsMax: number;
  #sorted: TraceSummary[] | undefined;
  #order: TraceListOrder = "newest";
  #skippedCount = 0;
  #cutCount = 0;

  constructor(options: { rowsMax?: number } = {}) {
    this.#rowsMax = options.rowsMax ?? ROWS_MAX;
  }

  /** Matching rows that the server did not send because a frame was full. */
  get skippedCount(): number {
    return this.#skippedCount;
  }

  /** Rows dropped here because of the limit. */
  get cutCount(): number {
    return this.#cutCount;
  }

  /** Forgets everything: another filter, range or order. */
  clear(order: TraceListOrder): void {
    this.#rows.clear();
    this.#order = order;
    this.#sorted = undefined;
    this.#skippedCount = 0;
    this.#cutCount = 0;
  }

  addStored(traces: readonly TraceSummary[]): void {
    for (const trace of traces) this.#put(trace);
    this.#sorted = undefined;
  }

  addLive(frame: LiveTraces): void {
    for (const trace of frame.traces) this.#put(trace);
    this.#skippedCount += frame.skipped;
    this.#sorted = undefined;
  }

  /** In order, within the range, at most the limit. */
  rows(fromMs: number): readonly TraceSummary[] {
    this.#sorted ??= this.#sort();
    if (this.#order !== "newest") return this.#sorted;
    const fromNano = `${Math.floor(fromMs)}000000`;
    const end = this.#sorted.findIndex((trace) => isBefore(trace.startTimeUnixNano, fromNano));
    return end === -1 ? this.#sorted : this.#sorted.slice(0, end);
  }

  /** A growing trace comes again with more spans; an older view of it, from the store, does not undo that. */
  #put(trace: TraceSummary): void {
    const known = this.#rows.get(trace.traceId);
    if (known === undefined || trace.spanCount >= known.spanCount)
      this.#rows.set(trace.traceId, trace);
  }

  #sort(): TraceSummary[] {
    const compare = this.#order === "newest" ? compareStart : compareDuration;
    const sorted = [...this.#rows.values()].sort(compare);
    for (const trace of sorted.splice(this.#rowsMax)) {
      this.#rows.delete(trace.traceId);
      this.#cutCount++;
    }
    return sorted;
  }
}

function compareStart(a: TraceSummary, b: TraceSummary): number {
  if (a.startTimeUnixNano === b.startTimeUnixNano) return a.traceId < b.traceId ? -1 : 1;
  return isBefore(a.startTimeUnixNano, b.startTimeUnixNano) ? 1 : -1;
}

function compareDuration(a: TraceSummary, b: TraceSummary): number {
  return Number(b.durationNano) - Number(a.durationNano) || compareStart(a, b);
}

/** Decimal strings compare by length, then by text. */
function isBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}
