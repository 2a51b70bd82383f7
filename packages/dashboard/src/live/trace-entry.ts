// trace-entry.ts — one trace as it grows: what its row in the list shows.

import { decodeText, encodeHex, type TraceBatch } from "@telemetry/otlp";
import type { TraceSummary } from "../contract/contract.ts";

/** Names of services that a summary lists. */
const SERVICES_MAX = 64;
const TWO_32 = 4_294_967_296;
const STATUS_ERROR = 2;

/** A span of a batch, and what several of its readers need of it. */
export interface SpanRow {
  readonly batch: TraceBatch;
  readonly row: number;
  readonly service: string;
  readonly isRoot: boolean;
}

/** Words of the spans' times, low half first. */
export interface SpanTimes {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** For spans without a start: that of their arrival. */
  readonly received: Uint32Array;
}

export class TraceEntry {
  /** The id, as four words of its 16 bytes. */
  readonly words: readonly [number, number, number, number];
  /** The next entry with the same hash. */
  next: TraceEntry | undefined;
  /** Whether it changed since it was last looked at by the table's clock. */
  isFresh = true;
  /** The frame in which it changed last. */
  changedInFrame = -1;
  /** One bit per filter that a span of it passed. */
  filters = 0;
  /** Order of arrival of the first span. */
  readonly sequence: number;
  #spanCount = 0;
  #errorCount = 0;
  #rootName = "";
  #rootService = "";
  #hasRoot = false;
  #rootLow = 0;
  #rootHigh = 0;
  readonly #services: string[] = [];
  #startLow = 0xffff_ffff;
  #startHigh = 0xffff_ffff;
  #endLow = 0;
  #endHigh = 0;
  #hex = "";

  constructor(words: readonly [number, number, number, number], sequence: number) {
    this.words = words;
    this.sequence = sequence;
  }

  /** 32 lower-case hex digits. */
  get traceId(): string {
    if (this.#hex === "") {
      const bytes = new Uint8Array(Uint32Array.from(this.words).buffer);
      this.#hex = encodeHex(bytes, 0, 16);
    }
    return this.#hex;
  }

  /** hot: see live.bench.ts */
  add({ batch, row, service, isRoot }: SpanRow, { starts, ends, received }: SpanTimes): void {
    this.#spanCount++;
    if (batch.spans.statusCode[row] === STATUS_ERROR) this.#errorCount++;
    if (!this.#services.includes(service) && this.#services.length < SERVICES_MAX) {
      this.#services.push(service);
    }
    let startLow = starts[row * 2] as number;
    let startHigh = starts[row * 2 + 1] as number;
    if ((startLow | startHigh) === 0) {
      startLow = received[0] as number;
      startHigh = received[1] as number;
    }
    if (isBefore(startHigh, startLow, this.#startHigh, this.#startLow)) {
      this.#startHigh = startHigh;
      this.#startLow = startLow;
    }
    this.#extend(startHigh, startLow);
    this.#extend(ends[row * 2 + 1] as number, ends[row * 2] as number);
    if (this.#isNearerToRoot(isRoot, startHigh, startLow)) {
      const { name } = batch.spans;
      this.#rootName = decodeText(batch.arena, name.start[row]!, name.length[row]!);
      this.#rootService = service;
      this.#rootHigh = startHigh;
      this.#rootLow = startLow;
      this.#hasRoot ||= isRoot;
    }
  }

  /** An open span has no end, and nothing ends before it starts. */
  #extend(high: number, low: number): void {
    if (!isBefore(this.#endHigh, this.#endLow, high, low)) return;
    this.#endHigh = high;
    this.#endLow = low;
  }

  /** A root wins over what has a parent; among equals the earlier one wins. As in telemetry_trace_summary. */
  #isNearerToRoot(isRoot: boolean, startHigh: number, startLow: number): boolean {
    if (this.#spanCount === 1) return true;
    if (isRoot !== this.#hasRoot) return isRoot;
    return isBefore(startHigh, startLow, this.#rootHigh, this.#rootLow);
  }

  summary(): TraceSummary {
    const start = bigintOf(this.#startHigh, this.#startLow);
    return {
      traceId: this.traceId,
      rootName: this.#rootName,
      rootService: this.#rootService,
      services: [...this.#services].sort(),
      spanCount: this.#spanCount,
      errorCount: this.#errorCount,
      startTimeUnixNano: String(start),
      durationNano: String(bigintOf(this.#endHigh, this.#endLow) - start),
    };
  }
}

function isBefore(aHigh: number, aLow: number, bHigh: number, bLow: number): boolean {
  return aHigh < bHigh || (aHigh === bHigh && aLow < bLow);
}

function bigintOf(high: number, low: number): bigint {
  return BigInt(high) * BigInt(TWO_32) + BigInt(low);
}
