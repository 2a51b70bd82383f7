// delivery.ts — one request on its way to one destination, until nothing of it is left to send.
//
//   whole ──▶ delivered
//      ├────▶ refused        dropped and counted
//      ├────▶ unavailable    later, the same bytes
//      └────▶ too large      its two halves, in order; a single record that is too large is dropped and counted
//
// What was settled stays settled: a later try begins with the half that is left.

import type { SignalName } from "../options/options.ts";
import type { Sender, SendResult } from "./sender.ts";
import { splitRequest } from "./split-request.ts";
import type { SplitRequest } from "./split-request.ts";

/** Undefined where somebody else sends them; `lost` says why nobody can. */
export type RequestBytes =
  | { readonly chunks: readonly Uint8Array[] }
  | { readonly lost: string }
  | undefined;

/** Bytes that a destination has not taken yet. They never change. */
export interface QueuedRequest {
  /** Spans, log records or metric points. */
  readonly itemCount: number;
  /** Whether the bytes outlive the process. */
  readonly isOnDisk: boolean;
  /** Rejects where they cannot be read now. */
  read(): Promise<RequestBytes>;
  /** Nobody needs them any more. */
  remove(): Promise<void>;
}

/** What became of records. */
export interface Settled {
  readonly deliveredCount: number;
  readonly refusedCount: number;
  readonly droppedCount: number;
  /** Why records were refused or dropped. */
  readonly reason: string;
}

export interface DeliveryOptions {
  readonly request: QueuedRequest;
  readonly signal: SignalName;
  readonly sender: Sender;
  readonly onSettled: (settled: Settled) => void;
}

/** `unreadable`: its bytes could not be read several times; it is given up without having been sent. */
export type DeliveryOutcome = "done" | "later" | "unreadable";

const NOTHING: Settled = { deliveredCount: 0, refusedCount: 0, droppedCount: 0, reason: "" };
/** Trying to read may fail for want of file handles, which passes. */
const READS_MAX = 5;

export class Delivery {
  readonly request: QueuedRequest;
  readonly #options: DeliveryOptions;
  #parts: SplitRequest[] | undefined;
  #readCount = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.request = options.request;
  }

  /** Sends what is left. Never rejects. */
  async run(timeoutMs: number | undefined): Promise<DeliveryOutcome> {
    const parts = (this.#parts ??= await this.#read());
    if (parts === undefined) return ++this.#readCount < READS_MAX ? "later" : "unreadable";
    for (let part = parts[0]; part !== undefined; part = parts[0]) {
      const next = await this.#settle(part, timeoutMs);
      if (next === "later") return next;
      parts.splice(0, 1, ...next);
    }
    return "done";
  }

  async #read(): Promise<SplitRequest[] | undefined> {
    const { request, onSettled } = this.#options;
    const { itemCount } = request;
    try {
      const bytes = await request.read();
      if (bytes === undefined) return [];
      if ("chunks" in bytes) return [{ chunks: bytes.chunks, itemCount }];
      onSettled({ ...NOTHING, droppedCount: itemCount, reason: bytes.lost });
      return [];
    } catch {
      return undefined;
    }
  }

  /** Sends one part. What takes its place: nothing, or its halves. */
  async #settle(
    { chunks, itemCount }: SplitRequest,
    timeoutMs: number | undefined,
  ): Promise<readonly SplitRequest[] | "later"> {
    const { signal, onSettled } = this.#options;
    const result = await this.#send(chunks, itemCount, timeoutMs);
    if (result.outcome === "unavailable") return "later";
    if (result.outcome === "delivered") {
      const refusedCount = Math.min(result.rejectedCount, itemCount);
      const deliveredCount = itemCount - refusedCount;
      onSettled({ ...NOTHING, deliveredCount, refusedCount, reason: "the receiver rejected them" });
    } else if (result.outcome === "refused") {
      const reason = `the receiver refused them (${result.reason})`;
      onSettled({ ...NOTHING, refusedCount: itemCount, reason });
    } else {
      const halves = splitRequest(signal, chunks);
      if (halves !== undefined) return halves;
      const reason = `the receiver takes no request as large as a single one (${result.reason})`;
      onSettled({ ...NOTHING, droppedCount: itemCount, reason });
    }
    return [];
  }

  async #send(
    chunks: readonly Uint8Array[],
    itemCount: number,
    timeoutMs: number | undefined,
  ): Promise<SendResult> {
    const { signal, sender } = this.#options;
    try {
      const options = timeoutMs === undefined ? {} : { timeoutMs };
      return await sender.send(signal, chunks, itemCount, options);
    } catch (error) {
      // A request that cannot be sent at all must not stop those behind it.
      return { outcome: "refused", reason: String(error) };
    }
  }
}
