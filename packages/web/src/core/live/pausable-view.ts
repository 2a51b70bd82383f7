// pausable-view.ts — a list that can be held still while it goes on growing behind the picture.
//
// Pausing stops the view, not the collection: what was there stays as it was, what comes live is only counted,
// which is the "128 new" of the pill. What the reader asks for while paused, such as older rows, is let in.

export class PausableView<Row> {
  readonly #keyOf: (row: Row) => string;
  #latest: readonly Row[] = [];
  /** The rows on screen as they were when it was held. */
  #held: Map<string, Row> | undefined;

  constructor(keyOf: (row: Row) => string) {
    this.#keyOf = keyOf;
  }

  get isPaused(): boolean {
    return this.#held !== undefined;
  }

  /** In the order of the newest list. */
  get shown(): readonly Row[] {
    const held = this.#held;
    if (held === undefined) return this.#latest;
    return this.#latest.flatMap((row) => held.get(this.#keyOf(row)) ?? []);
  }

  update(rows: readonly Row[]): void {
    this.#latest = rows;
  }

  pause(): void {
    this.#held ??= new Map(this.#latest.map((row) => [this.#keyOf(row), row]));
  }

  /** Rows that the reader asked for: shown also while paused. */
  admit(rows: readonly Row[]): void {
    if (this.#held === undefined) return;
    for (const row of rows) {
      const key = this.#keyOf(row);
      if (!this.#held.has(key)) this.#held.set(key, row);
    }
  }

  resume(): void {
    this.#held = undefined;
  }

  /** Rows that came since the pause. */
  newCount(): number {
    const held = this.#held;
    if (held === undefined) return 0;
    let count = 0;
    for (const row of this.#latest) if (!held.has(this.#keyOf(row))) count++;
    return count;
  }
}
