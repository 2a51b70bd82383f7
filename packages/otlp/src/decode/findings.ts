// findings.ts — what the first walk found wrong in single rows: whom the second walk leaves out, and why.
//
// Every row of a request may be wrong, and the shortest row has two bytes: the rejected ones are bits, one for each
// byte of the request that a row can end at, and only the first is explained.

/** A sentence about one place of the request. The field's path is added by `decodeRequest`. */
export interface Finding {
  readonly offset: number;
  readonly problem: string;
}

export class Findings {
  readonly #sizeBytes: number;
  /** One bit for each offset; undefined while nothing is rejected. */
  #rejectedEnds: Uint8Array | undefined;
  #rejectedCount = 0;
  #firstRejected: Finding | undefined;
  #firstIgnored: Finding | undefined;

  /** @param sizeBytes of the request */
  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  get rejectedCount(): number {
    return this.#rejectedCount;
  }

  /** The first row that was rejected, or else the first id that was ignored. */
  get first(): Finding | undefined {
    return this.#firstRejected ?? this.#firstIgnored;
  }

  /** Leaves out the row that ends at `end`. `explain` is asked for the first one only. */
  reject(end: number, explain: () => Finding): void {
    this.#rejectedEnds ??= new Uint8Array((this.#sizeBytes >>> 3) + 1);
    const at = end >>> 3;
    this.#rejectedEnds[at] = (this.#rejectedEnds[at] as number) | (1 << (end & 7));
    this.#rejectedCount++;
    this.#firstRejected ??= explain();
  }

  /** The row stays; a part of it does not. */
  ignore(finding: Finding): void {
    this.#firstIgnored ??= finding;
  }

  isRejected(end: number): boolean {
    const ends = this.#rejectedEnds;
    return ends !== undefined && ((ends[end >>> 3] as number) & (1 << (end & 7))) !== 0;
  }
}
