// open-spans.ts — every span that has started and not ended, so that a dashboard can show what is running and
// a forgotten `end()` is seen.
//
// A span knows its place in the array; ending one moves the last into its place. That costs 3 ns, where a
// WeakRef per span costs more than the span. The price is that spans are held strongly, so their number
// is bounded: when it is reached, the oldest tenth is forgotten and counted (they still end normally).

/** Spans that are remembered. */
export const OPEN_SPANS_MAX = 10_000;

/** What the registry needs of a span. */
export interface OpenSpan {
  /** Place in the registry; -1 when not in it. */
  openIndex: number;
  readonly startMs: number;
}

export class OpenSpans<S extends OpenSpan> {
  readonly #capacity: number;
  readonly #spans: S[] = [];
  #forgottenCount = 0;

  constructor(capacity = OPEN_SPANS_MAX) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#spans.length;
  }

  /** Spans that were never ended while there was room. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  /** hot: see bench/trace. */
  add(span: S): void {
    if (this.#spans.length >= this.#capacity) this.#forgetOldest();
    span.openIndex = this.#spans.length;
    this.#spans.push(span);
  }

  /** hot: see bench/trace. */
  remove(span: S): void {
    const index = span.openIndex;
    // Not in here: forgotten, or begun before telemetry was started anew.
    if (index < 0 || this.#spans[index] !== span) return;
    span.openIndex = -1;
    const last = this.#spans.pop()!;
    if (last === span) return;
    this.#spans[index] = last;
    last.openIndex = index;
  }

  /** The spans at this moment, in no order. */
  list(): readonly S[] {
    return [...this.#spans];
  }

  #forgetOldest(): void {
    const oldest = [...this.#spans]
      .sort((a, b) => a.startMs - b.startMs)
      .slice(0, Math.ceil(this.#capacity / 10));
    for (const span of oldest) this.remove(span);
    this.#forgottenCount += oldest.length;
  }
}
