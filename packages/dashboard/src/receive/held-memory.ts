// held-memory.ts — the memory that all requests under way hold together, and how much of it one sender may hold.
//
//   of 256 MiB   one sender      128 held,              128 free
//                two floods       85 held, 85 held,      85 free
//                nine floods      25 held, nine times,   25 free
//
// Who is alone may fill half. The rule behind the table is one comparison: a sender may never hold more than is still
// free. So the more senders there are that take what they can get, the less each of them gets, and a quiet one always
// finds room for a request of its usual size.

import { UnavailableError } from "./errors.ts";

/** What one sender holds, over all its requests. */
export class Share {
  heldBytes = 0;
}

export class HeldMemory {
  readonly #bytesMax: number;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** What a request of this share's sender holds. */
  open(share: Share): Holding {
    return new Holding(this, share);
  }

  mayTake(share: Share, sizeBytes: number): boolean {
    return share.heldBytes + sizeBytes <= this.#bytesMax - this.#heldBytes;
  }

  add(share: Share, sizeBytes: number): void {
    share.heldBytes += sizeBytes;
    this.#heldBytes += sizeBytes;
  }
}

/** The memory of one request. Whoever opened it releases it, however the request ends. */
export class Holding {
  readonly #memory: HeldMemory;
  readonly #share: Share;
  #sizeBytes = 0;

  constructor(memory: HeldMemory, share: Share) {
    this.#memory = memory;
    this.#share = share;
  }

  /**
   * Asks for memory before it is used.
   * @throws {UnavailableError} when this sender holds too much, or all together do.
   */
  take(sizeBytes: number): void {
    if (!this.#memory.mayTake(this.#share, sizeBytes)) {
      throw new UnavailableError("Cannot accept request: too much is on its way at once", 1);
    }
    this.add(sizeBytes);
  }

  /** Counts memory that is in use already. */
  add(sizeBytes: number): void {
    this.#sizeBytes += sizeBytes;
    this.#memory.add(this.#share, sizeBytes);
  }

  release(): void {
    this.#memory.add(this.#share, -this.#sizeBytes);
    this.#sizeBytes = 0;
  }
}
