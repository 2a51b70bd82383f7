// trace-table.ts — the traces that grow now, found by the words of their ids.
//
// A span finds its trace in about 50 ns: the id's hash leads to a short chain, and nothing is made of the id. When
// the table is full, a clock hand goes round and takes out the first trace that has not grown since its last round.

import { isZeroId, wordsOf, type TraceBatch } from "@telemetry/otlp";
import { TraceEntry } from "./trace-entry.ts";

/** Traces that can grow at the same time. An entry takes about 400 bytes. */
export const GROWING_TRACES_MAX = 10_000;

export class TraceTable {
  readonly #tracesMax: number;
  readonly #chains = new Map<number, TraceEntry>();
  readonly #slots: TraceEntry[] = [];
  #hand = 0;
  #sequence = 0;
  #frame = 0;
  #changed: TraceEntry[] = [];
  /** The trace of each row of the batch that was added last. */
  readonly #rows: TraceEntry[] = [];

  constructor(options: { tracesMax?: number } = {}) {
    this.#tracesMax = options.tracesMax ?? GROWING_TRACES_MAX;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The traces that changed in this frame. */
  get changed(): readonly TraceEntry[] {
    return this.#changed;
  }

  endFrame(): void {
    this.#frame++;
    this.#changed = [];
  }

  /** Adds the spans of a batch. Returns the trace of each row; the array is used again by the next call. */
  add(
    batch: TraceBatch,
    serviceOfScope: readonly string[],
    receivedAtMs: number,
  ): readonly TraceEntry[] {
    const { spans } = batch;
    const ids = wordsOf(spans.traceId);
    const times = {
      starts: wordsOf(spans.startTimeUnixNano),
      ends: wordsOf(spans.endTimeUnixNano),
      received: wordsOf(BigUint64Array.of(BigInt(receivedAtMs) * 1_000_000n)),
    };
    this.#rows.length = 0;
    let trace: TraceEntry | undefined;
    for (let row = 0; row < spans.count; row++) {
      if (trace === undefined || !hasId(trace, ids, row)) trace = this.#findOrAdd(ids, row);
      const service = serviceOfScope[spans.scope[row] as number] as string;
      const isRoot = isZeroId(spans.parentSpanId, row, 8);
      trace.add({ batch, row, service, isRoot }, times);
      trace.isFresh = true;
      if (trace.changedInFrame !== this.#frame) {
        trace.changedInFrame = this.#frame;
        this.#changed.push(trace);
      }
      this.#rows.push(trace);
    }
    return this.#rows;
  }

  #findOrAdd(ids: Uint32Array, row: number): TraceEntry {
    const hash = hashOf(ids, row);
    const head = this.#chains.get(hash);
    for (let entry = head; entry !== undefined; entry = entry.next) {
      if (hasId(entry, ids, row)) return entry;
    }
    const words = [ids[row * 4]!, ids[row * 4 + 1]!, ids[row * 4 + 2]!, ids[row * 4 + 3]!] as const;
    const added = new TraceEntry(words, this.#sequence++);
    added.next = head;
    this.#chains.set(hash, added);
    this.#place(added);
    return added;
  }

  #place(added: TraceEntry): void {
    if (this.#slots.length < this.#tracesMax) {
      this.#slots.push(added);
      return;
    }
    for (;;) {
      const entry = this.#slots[this.#hand] as TraceEntry;
      const place = this.#hand;
      this.#hand = (place + 1) % this.#tracesMax;
      if (entry.isFresh) entry.isFresh = false;
      else {
        this.#unchain(entry);
        this.#slots[place] = added;
        return;
      }
    }
  }

  #unchain(entry: TraceEntry): void {
    const hash = hashOf(Uint32Array.from(entry.words), 0);
    let before = this.#chains.get(hash);
    if (before === entry) {
      if (entry.next === undefined) this.#chains.delete(hash);
      else this.#chains.set(hash, entry.next);
      return;
    }
    while (before !== undefined && before.next !== entry) before = before.next;
    if (before !== undefined) before.next = entry.next;
  }

  /** The traces that began last, newest first. */
  newest(count: number, accepts: (trace: TraceEntry) => boolean): TraceEntry[] {
    return this.#slots
      .filter(accepts)
      .sort((a, b) => b.sequence - a.sequence)
      .slice(0, count);
  }

  /** Forgets that traces passed a filter whose place another one takes. */
  clearFilter(bit: number): void {
    for (const trace of this.#slots) trace.filters &= ~bit;
  }

  /** The trace of an id, given as the four words of its bytes. */
  find(words: Uint32Array): TraceEntry | undefined {
    let entry = this.#chains.get(hashOf(words, 0));
    while (entry !== undefined && !hasId(entry, words, 0)) entry = entry.next;
    return entry;
  }
}

function hasId({ words }: TraceEntry, ids: Uint32Array, row: number): boolean {
  const at = row * 4;
  return (
    words[3] === ids[at + 3] &&
    words[0] === ids[at] &&
    words[1] === ids[at + 1] &&
    words[2] === ids[at + 2]
  );
}

/** So that nobody can choose ids which all fall into one chain. */
const SEED = Math.floor(Math.random() * 2 ** 32);

/** 30 bits, so that it stays a small integer. */
function hashOf(ids: Uint32Array, row: number): number {
  let hash = SEED;
  for (let at = row * 4; at < row * 4 + 4; at++) {
    hash = Math.imul(hash ^ (ids[at] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash & 0x3fffffff;
}
