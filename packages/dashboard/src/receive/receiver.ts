// receiver.ts — takes an OTLP request, whatever door it came through, as far as the spool.
//
//   body ──decode, validate──▶ Batch ──▶ append the original bytes ──▶ accepted
//                                              ├──▶ live   publish
//                                              └──▶ store  hand over
//
// Decoding comes before the append, because OTLP wants malformed requests refused and rejected rows named
// in the answer. Which rows are rejected is a function of the bytes alone, so a replay rejects the same.
// http.ts and grpc.ts turn what this file returns and throws into their protocol.

import {
  decodeRequest,
  MalformedPayloadError,
  type Batch,
  type Encoding,
  type RejectedRows,
  type Signal,
} from "@telemetry/otlp";
import type { StationStatus } from "../contract/contract.ts";
import { Station } from "../self/self.ts";
import { UnavailableError } from "./errors.ts";
import { SpoolFullError, type Spool } from "../spool/spool.ts";

/** The size of a request, on the wire and decompressed, that OTLP recommends as a limit. */
export const BODY_SIZE_BYTES_MAX = 64 * 1_048_576;
/** Bodies held in memory at the same time, over all senders and doors. */
const HELD_BYTES_MAX = 4 * BODY_SIZE_BYTES_MAX;

/** Shown from the start: that nothing was refused is worth knowing. */
const COUNTERS = [
  "rows_traces",
  "rows_metrics",
  "rows_logs",
  "rows_rejected",
  "requests_malformed",
  "requests_refused_full",
  "requests_failed",
];

/** What the receiver feeds. `publish` reads the batch at once; `handOver` takes it away. */
export interface ReceiverOptions {
  readonly spool: Spool;
  readonly publish: (batch: Batch, receivedAtMs: number) => void;
  readonly handOver: (batch: Batch, position: number, receivedAtMs: number) => void;
  readonly bodySizeBytesMax?: number;
}

export class Receiver {
  readonly bodySizeBytesMax: number;
  readonly station: Station;
  readonly #options: ReceiverOptions;
  #heldBytes = 0;
  #isClosed = false;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.bodySizeBytesMax = options.bodySizeBytesMax ?? BODY_SIZE_BYTES_MAX;
    this.station = new Station("receive", {
      request_body_bytes_max: this.bodySizeBytesMax,
      held_bytes_max: HELD_BYTES_MAX,
    });
    for (const counter of COUNTERS) this.station.count(counter, 0);
  }

  /**
   * Resolves when the request is durable, with the rows that were left out of it.
   * @throws {MalformedPayloadError} when the body is no OTLP request; nothing was stored.
   * @throws {UnavailableError} when it cannot be kept now, for whatever reason.
   */
  async accept(signal: Signal, encoding: Encoding, body: Uint8Array): Promise<RejectedRows> {
    this.station.count(`requests_${signal}`);
    this.station.count("body_bytes", body.length);
    try {
      if (this.#isClosed) {
        throw new UnavailableError("Cannot accept request: the dashboard is stopping", 1);
      }
      return await this.#accept(signal, encoding, body);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  async #accept(signal: Signal, encoding: Encoding, body: Uint8Array): Promise<RejectedRows> {
    const receivedAtMs = Date.now();
    const batch = decodeRequest(signal, encoding, body);
    const { rejected, rowCount } = batch;
    this.station.count("rows_rejected", rejected.count);
    if (rowCount === 0) return rejected; // an empty request is a success, and there is nothing to keep

    const appended = await this.#options.spool.append({ signal, encoding, body, receivedAtMs });
    if ("repeated" in appended) return rejected; // it went to live and store the first time
    this.station.count(`rows_${signal}`, rowCount);
    this.#passOn(batch, appended.position, receivedAtMs);
    return rejected;
  }

  /** The request is durable: what goes wrong from here on is not the sender's business any more. */
  #passOn(batch: Batch, position: number, receivedAtMs: number): void {
    try {
      this.#options.publish(batch, receivedAtMs);
      this.station.setState("ok");
    } catch (error) {
      this.station.count("publish_failed");
      this.station.setState("degraded", `Live pages miss data: ${(error as Error).message}`);
    }
    this.#options.handOver(batch, position, receivedAtMs);
  }

  /** Everything but a malformed request is worth another try: a bug of ours must not lose data. */
  #refusal(error: unknown): Error {
    if (error instanceof MalformedPayloadError) {
      this.station.count("requests_malformed");
      return error;
    }
    if (error instanceof UnavailableError) return error;
    if (error instanceof SpoolFullError) {
      this.station.count("requests_refused_full");
      return new UnavailableError(error.message, 5, { cause: error });
    }
    this.station.count("requests_failed");
    this.station.setState("degraded", `A request failed: ${(error as Error).message}`);
    return new UnavailableError("Cannot accept request: an unexpected error", 1, { cause: error });
  }

  /**
   * Reserves memory for a part of a body; to be given back with `release`.
   * @throws {UnavailableError} when all senders together send too much at once.
   */
  hold(sizeBytes: number): void {
    if (this.#heldBytes + sizeBytes > HELD_BYTES_MAX) {
      this.station.count("requests_refused_busy");
      throw new UnavailableError("Cannot accept request: too much is on its way at once", 1);
    }
    this.#heldBytes += sizeBytes;
  }

  release(sizeBytes: number): void {
    this.#heldBytes -= sizeBytes;
  }

  status(): StationStatus {
    this.station.set("held_bytes", this.#heldBytes);
    return this.station.status();
  }

  /** From now on every request is asked to come again later. */
  close(): void {
    this.#isClosed = true;
  }
}
