// pausable-view.ts — a list that can be held still while it goes on growing behind the picture.
//
// Pausing stops the view, not the collection: `latest` always holds the newest rows, `shown` what is on screen,
// and the difference is the "128 new" of the pill.

export class PausableView<Row> {
  readonly #keyOf: (row: Row) => string;
  #latest: readonly Row[] = [];
  #held: readonly Row[] | undefined;
  #heldKeys: ReadonlySet<string> | undefined;

  constructor(keyOf: (row: Row) => string) {
    this.#keyOf = keyOf;
  }

  get isPaused(): boolean {
    return this.#held !== undefined;
  }

  get shown(): readonly Row[] {
    return this.#held ?? this.#latest;
  }

  update(rows: readonly Row[]): void {
    this.#latest = rows;
  }

  pause(): void {
    if (this.#held !== undefined) return;
    this.#held = this.#latest;
    this.#heldKeys = new Set(this.#latest.map(this.#keyOf));
  }

  resume(): void {
    this.#held = undefined;
    this.#heldKeys = undefined;
  }

  /** Rows that came since the pause. */
  newCount(): number {
    const keys = this.#heldKeys;
    if (keys === undefined) return 0;
    let count = 0;
    for (const row of this.#latest) if (!keys.has(this.#keyOf(row))) count++;
    return count;
  }
}
