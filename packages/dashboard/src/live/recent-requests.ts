// recent-requests.ts — the requests of the last seconds, so that a page that opens now misses nothing that is not
// stored yet, and a filter that is new can look back.
//
// A batch is given away right after `publish`, so what is kept is a copy of its arena alone: the protobuf bytes
// of the request, from which the decoder makes the same batch again.

import { decodeRequest, type Batch, type BatchOf, type Signal } from "@telemetry/otlp";

const AGE_MS_MAX = 30_000;
const SIZE_BYTES_MAX = 32 * 1_048_576;

interface RecentRequest {
  readonly signal: Signal;
  readonly arena: Uint8Array;
  readonly receivedAtMs: number;
}

export class RecentRequests {
  readonly #sizeBytesMax: number;
  #requests: RecentRequest[] = [];
  #first = 0;
  #sizeBytes = 0;

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
    this.#requests.push({ signal, arena: arena.slice(), receivedAtMs });
    this.#sizeBytes += arena.length;
    this.#forget(receivedAtMs - AGE_MS_MAX);
  }

  #forget(beforeMs: number): void {
    for (; this.#first < this.#requests.length; this.#first++) {
      const { arena, receivedAtMs } = this.#requests[this.#first] as RecentRequest;
      if (receivedAtMs >= beforeMs && this.#sizeBytes <= this.#sizeBytesMax) break;
      this.#sizeBytes -= arena.length;
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
