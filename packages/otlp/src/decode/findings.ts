// findings.ts — what the first walk found wrong in single rows: whom the second walk leaves out, and why.

/** A sentence about one place of the request. The field's path is added by `decodeRequest`. */
export interface Finding {
  readonly offset: number;
  readonly problem: string;
}

export class Findings {
  readonly #rejectedEnds = new Set<number>();
  #firstRejected: Finding | undefined;
  #firstIgnored: Finding | undefined;

  get rejectedCount(): number {
    return this.#rejectedEnds.size;
  }

  /** The first row that was rejected, or else the first id that was ignored. */
  get first(): Finding | undefined {
    return this.#firstRejected ?? this.#firstIgnored;
  }

  /** Leaves out the row that ends at `end`. */
  reject(end: number, finding: Finding): void {
    this.#rejectedEnds.add(end);
    this.#firstRejected ??= finding;
  }

  /** The row stays; a part of it does not. */
  ignore(finding: Finding): void {
    this.#firstIgnored ??= finding;
  }

  isRejected(end: number): boolean {
    return this.#rejectedEnds.size > 0 && this.#rejectedEnds.has(end);
  }
}
