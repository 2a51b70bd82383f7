// recent-requests.ts — the requests of the last seconds, so that a page that opens now misses nothing that is not
// stored yet, and a filter that is new can look back.
//
// A batch is given away right after `publish`, so what is kept is a copy of its arena alone: the protobuf bytes
// of the request, from which the decoder makes the same batch again. The copies of forgotten requests are
// written over: under load there are a hundred a second, and each would be memory to clear and to collect.

import { decodeRequest, type Batch, type BatchOf, type Signal } from "@telemetry/otlp";

const AGE_MS_MAX = 30_000;
const SIZE_BYTES_MAX = 16 * 1_048_576;
/** Forgotten copies that wait to be written over. */
const SPARES_MAX = 8;

interface RecentRequest {
  readonly signal: Signal;
  readonly arena: Uint8Array<ArrayBuffer>;
  readonly receivedAtMs: number;
}

export class RecentRequests {
  readonly #sizeBytesMax: number;
  #requests: RecentRequest[] = [];
  #first = 0;
  #sizeBytes = 0;
  readonly #spares: ArrayBuffer[] = [];

  constructor(options: { sizeBytesMax?: number } = {}) {
    this.#sizeBytesMax = options.sizeBytesMax ?? SIZE_BYTES_MAX;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get count(): number {
    return this.#requests.length - this.#first;
  }

  add({ signal, arena }: Batch, receivedAtMs: number): void {
    if (arena.length > this.#sizeBytesMax) return;
    this.#forget(receivedAtMs - AGE_MS_MAX, arena.length);
    this.#requests.push({ signal, arena: this.#copy(arena), receivedAtMs });
    this.#sizeBytes += arena.length;
  }

  /** In a spare that is large enough, and not more than twice as large. */
  #copy(arena: Uint8Array): Uint8Array<ArrayBuffer> {
    const at = this.#spares.findIndex(
      ({ byteLength }) => byteLength >= arena.length && byteLength <= arena.length * 2,
    );
    const [spare] = at < 0 ? [] : this.#spares.splice(at, 1);
    const copy = new Uint8Array(spare ?? new ArrayBuffer(arena.length), 0, arena.length);
    copy.set(arena);
    return copy;
  }

  /** Forgets what is too old, and what has to go so that `neededBytes` more have room. */
  #forget(beforeMs: number, neededBytes: number): void {
    for (; this.#first < this.#requests.length; this.#first++) {
      const { arena, receivedAtMs } = this.#requests[this.#first] as RecentRequest;
      const hasRoom = this.#sizeBytes + neededBytes <= this.#sizeBytesMax;
      if (receivedAtMs >= beforeMs && hasRoom) break;
      this.#sizeBytes -= arena.length;
      if (this.#spares.length < SPARES_MAX) this.#spares.push(arena.buffer);
    }
    // Moving the rest down costs little when half of the array is gone.
    if (this.#first * 2 > this.#requests.length) {
      this.#requests = this.#requests.slice(this.#first);
      this.#first = 0;
    }
  }

  /**
   * The batches of a signal, newest first, until `rowsMax` rows were given: decoding takes the time of the whole
   * dashboard.
   */
  *newest<S extends Signal>(
    signal: S,
    rowsMax: number,
  ): Generator<{ batch: BatchOf[S]; receivedAtMs: number }> {
    let rows = 0;
    for (let at = this.#requests.length - 1; at >= this.#first && rows < rowsMax; at--) {
      const request = this.#requests[at] as RecentRequest;
      if (request.signal !== signal) continue;
      const batch = decodeRequest(signal, "protobuf", request.arena);
      rows += batch.rowCount;
      yield { batch, receivedAtMs: request.receivedAtMs };
    }
  }
}
