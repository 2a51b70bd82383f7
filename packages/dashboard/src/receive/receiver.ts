// receiver.ts — takes an OTLP request, whatever door it came through, as far as the spool.
//
//   headers ──▶ Reception ──body, decompressed──▶ decode, validate ──▶ Batch ──▶ append the original bytes ──▶ accepted
//                                                                       ├──▶ live   publish
//                                                                       └──▶ store  hand over
//
// Decoding comes before the append, because OTLP wants malformed requests refused and rejected rows named
// in the answer. Which rows are rejected is a function of the bytes alone, so a replay rejects the same.
// http.ts and grpc/ turn what this file returns and throws into their protocol.

import type { Socket } from "node:net";
import {
  decodeRequest,
  MalformedPayloadError,
  type Batch,
  type Encoding,
  type RejectedRows,
  type Signal,
} from "@telemetry/otlp";
import type { StationStatus } from "../contract/contract.ts";
import { Connections, connectionsMax } from "../listen/listen.ts";
import { Station } from "../self/self.ts";
import { SpoolFullError, type Spool } from "../spool/spool.ts";
import { UnavailableError } from "./errors.ts";
import { HeldMemory, type Holding } from "./held-memory.ts";
import { inflateBody } from "./inflate.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { Senders, type Sender, type SenderLimits } from "./senders.ts";

/** The size of a request, on the wire and decompressed, that OTLP recommends as a limit. */
const BODY_SIZE_BYTES_MAX = 64 * 1_048_576;
/** Of all requests under way. One sender may hold half of it: a request of the largest size, as it came and decompressed. */
const HELD_BYTES_MAX = 4 * BODY_SIZE_BYTES_MAX;

/** Shown from the start: that nothing was refused is worth knowing. */
const COUNTERS = [
  "rows_traces",
  "rows_metrics",
  "rows_logs",
  "rows_rejected",
  "requests_malformed",
  "requests_refused_full",
  "requests_refused_busy",
  "requests_refused_rate",
  "requests_failed",
];

/** What the receiver feeds. `publish` reads the batch at once; `handOver` takes it away. */
export interface ReceiverOptions {
  readonly spool: Spool;
  readonly publish: (batch: Batch, receivedAtMs: number) => void;
  readonly handOver: (batch: Batch, position: number, receivedAtMs: number) => void;
  readonly limits?: SenderLimits;
  readonly bodySizeBytesMax?: number;
  readonly heldBytesMax?: number;
  /** Connections at the same time. Default: 10 000, or half of the files that the process may open. */
  readonly connectionsMax?: number;
  /** Told of errors that nobody foresaw. */
  readonly tell?: (error: unknown) => void;
}

export class Receiver {
  readonly bodySizeBytesMax: number;
  readonly station: Station;
  /** Of all ports, the page's too: they share what this process may have open. */
  readonly connections: Connections;
  readonly #options: ReceiverOptions;
  readonly #memory: HeldMemory;
  readonly #senders: Senders;
  #isClosed = false;

  constructor(options: ReceiverOptions) {
    const { bodySizeBytesMax = BODY_SIZE_BYTES_MAX, heldBytesMax = HELD_BYTES_MAX } = options;
    const { limits = {}, connectionsMax: connections = connectionsMax() } = options;
    this.#options = options;
    this.bodySizeBytesMax = bodySizeBytesMax;
    this.#memory = new HeldMemory(heldBytesMax);
    this.#senders = new Senders(limits);
    this.station = new Station("receive", {
      request_body_bytes_max: bodySizeBytesMax,
      held_bytes_max: heldBytesMax,
      connections_max: connections,
      ...(limits.bytesPerSecond && { sender_bytes_per_second_max: limits.bytesPerSecond }),
      ...(limits.requestsPerSecond && { sender_requests_per_second_max: limits.requestsPerSecond }),
    });
    for (const counter of COUNTERS) this.station.count(counter, 0);
    this.connections = new Connections(this.station, connections);
  }

  /**
   * Lets a request in whose headers are here. Whoever calls this ends it.
   * @throws {RateLimitedError} when its sender sends too much.
   * @throws {UnavailableError} while the dashboard stops.
   */
  open(socket: Socket): Reception {
    if (this.#isClosed) throw stopping();
    const { sender, share } = this.#senders.find(socket);
    try {
      sender.admit(Date.now());
    } catch (error) {
      sender.refusedCount++;
      this.station.count("requests_refused_rate");
      throw error;
    }
    return new Reception(this, sender, this.#memory.open(share));
  }

  /** See {@link Reception.accept}. */
  async accept(
    signal: Signal,
    encoding: Encoding,
    body: Uint8Array,
    holding: Holding,
  ): Promise<RejectedRows> {
    this.station.count(`requests_${signal}`);
    this.station.count("body_bytes", body.length);
    try {
      if (this.#isClosed) throw stopping();
      return await this.#accept(signal, encoding, body, holding);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  async #accept(
    signal: Signal,
    encoding: Encoding,
    body: Uint8Array,
    holding: Holding,
  ): Promise<RejectedRows> {
    const receivedAtMs = Date.now();
    const batch = decodeRequest(signal, encoding, body);
    const { rejected, rowCount } = batch;
    this.station.count("rows_rejected", rejected.count);
    if (rowCount === 0) return rejected; // an empty request is a success, and there is nothing to keep

    holding.add(batch.attributes.type.buffer.byteLength);
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

  /** Counts why, and turns it into what the sender can act on. */
  #refusal(error: unknown): unknown {
    if (error instanceof MalformedPayloadError) this.station.count("requests_malformed");
    if (!(error instanceof SpoolFullError)) return error;
    this.station.count("requests_refused_full");
    return new UnavailableError(error.message, 5, { cause: error });
  }

  /**
   * What a sender is told of an error. Everything but a request that is wrong itself is worth another try: a bug of
   * ours must not lose data, so what nobody foresaw is counted, told, and "later" to the sender.
   */
  outcomeOf(error: unknown): Outcome {
    const outcome = outcomeOf(error);
    if (outcome.isForeseen) return outcome;
    this.station.count("requests_failed");
    this.station.setState("degraded", `A request failed: ${(error as Error).message}`);
    this.#options.tell?.(error);
    return outcome;
  }

  status(): StationStatus {
    this.station.set("held_bytes", this.#memory.heldBytes);
    this.station.set("senders", this.#senders.count);
    this.station.set("connections", this.connections.count);
    for (const [name, count] of Object.entries(this.#senders.refused())) {
      this.station.set(`refused_sender_${name}`, count);
    }
    return this.station.status();
  }

  /** From now on every request is asked to come again later. */
  close(): void {
    this.#isClosed = true;
  }
}

/** One request, from its headers to its answer: whom it counts for, and the memory that it holds. */
export class Reception {
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  readonly #holding: Holding;

  constructor(receiver: Receiver, sender: Sender, holding: Holding) {
    this.#receiver = receiver;
    this.#sender = sender;
    this.#holding = holding;
  }

  /**
   * Asks for memory for a part of the body.
   * @throws {UnavailableError} when this sender, or all senders together, send too much at once.
   */
  hold(sizeBytes: number): void {
    try {
      this.#holding.take(sizeBytes);
    } catch (error) {
      this.#sender.refusedCount++;
      this.#receiver.station.count("requests_refused_busy");
      throw error;
    }
  }

  /**
   * Resolves when the request is durable, with the rows that were left out of it.
   * @param contentEncoding what the body is compressed with
   * @throws {MalformedPayloadError} when the body is no OTLP request; nothing was stored.
   * @throws {PayloadTooLargeError} when it is too large after decompression.
   * @throws {UnavailableError} when it cannot be kept now.
   */
  async accept(
    signal: Signal,
    encoding: Encoding,
    body: Uint8Array,
    contentEncoding?: string,
  ): Promise<RejectedRows> {
    const { station, bodySizeBytesMax: sizeBytesMax } = this.#receiver;
    station.count("wire_bytes", body.length);
    const hold = (sizeBytes: number) => this.hold(sizeBytes);
    const inflated =
      contentEncoding === undefined
        ? body
        : await inflateBody(body, contentEncoding, { sizeBytesMax, hold });
    this.#sender.charge(inflated.length, Date.now());
    return this.#receiver.accept(signal, encoding, inflated, this.#holding);
  }

  /** Gives the memory back. */
  end(): void {
    this.#holding.release();
  }
}

function stopping(): UnavailableError {
  return new UnavailableError("Cannot accept request: the dashboard is stopping", 1);
}
