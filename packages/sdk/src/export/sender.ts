// sender.ts — takes encoded OTLP requests to a receiver, by HTTP with protobuf.
//
//   send(signal, chunks) ──POST──▶ delivered
//                          ├─ 429, 502, 503, 504, no connection ─▶ wait, then the same bytes again
//                          ├─ 413 ─▶ tooLarge
//                          └─ anything else ─▶ refused
//
// "The same bytes" matters: a receiver of ours recognises a repeat whose first answer was lost, so that
// every record is stored exactly once. One call ends within the signal's timeout, retries included.
// Nothing in here is traced.

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { runSuppressed } from "../context/context.ts";
import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { ExportTarget, SignalName } from "../options/options.ts";
import { SDK_NAME, SDK_VERSION } from "../version.ts";
import { readAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { Outage } from "./outage.ts";
import { PACE_HEADER } from "./pace.ts";
import type { Pace } from "./pace.ts";
import { HttpPoster } from "./post.ts";
import type { Transport } from "./post.ts";

/** How a request ended. Only after `unavailable` is it worth sending the same bytes again, after `tooLarge` fewer. */
export type SendResult =
  | { readonly outcome: "delivered"; readonly rejectedCount: number }
  | { readonly outcome: "refused"; readonly reason: string }
  | { readonly outcome: "tooLarge"; readonly reason: string }
  | { readonly outcome: "unavailable"; readonly reason: string };

export interface SenderOptions {
  targets: Readonly<Record<SignalName, ExportTarget>>;
  diagnostics: Diagnostics;
  pace: Pace;
  /** Default: node:http and node:https. */
  transport?: Transport | undefined;
  /** The first wait before a retry, and the longest one. */
  backoffMs?: { first: number; max: number };
}

const BACKOFF_MS = { first: 500, max: 5_000 };
const BACKOFF_FACTOR = 2;
/** Waits vary by this share, so that a thousand processes do not come back at once. */
const JITTER = 0.2;
/** Below this nothing more can be tried. */
const ATTEMPT_TIMEOUT_MS_MIN = 10;

const compress = promisify(gzip);

export class Sender {
  readonly outage: Outage;
  readonly pace: Pace;
  /** Requests that were sent again. */
  readonly retriedCount: Record<SignalName, number> = { traces: 0, metrics: 0, logs: 0 };
  readonly #poster = new HttpPoster();
  readonly #transport: Transport;
  readonly #diagnostics: Diagnostics;
  readonly #backoffMs: { first: number; max: number };
  #targets: Readonly<Record<SignalName, ExportTarget>>;
  #wakers = new Set<() => void>();
  #held: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(options: SenderOptions) {
    this.#targets = options.targets;
    this.#diagnostics = options.diagnostics;
    this.#backoffMs = options.backoffMs ?? BACKOFF_MS;
    this.pace = options.pace;
    this.#transport = options.transport ?? ((request) => this.#poster.post(request));
    this.outage = new Outage(options.diagnostics);
  }

  get targets(): Readonly<Record<SignalName, ExportTarget>> {
    return this.#targets;
  }

  /** Sends to other addresses from now on; also wakes what waits for a retry. */
  retarget(targets: Readonly<Record<SignalName, ExportTarget>>): void {
    this.#targets = targets;
    this.wake();
  }

  /** Requests to addresses that nobody chose wait until `ready` settles: a better address is about to be known. */
  holdUntil(ready: Promise<unknown>): void {
    const held = ready
      .catch(() => undefined)
      .then(() => {
        if (this.#held === held) this.#held = undefined;
      });
    this.#held = held;
  }

  /**
   * Sends one request of `itemCount` records. Never rejects.
   * `timeoutMs` may shorten the signal's own timeout, for a flush with a deadline.
   */
  async send(
    signal: SignalName,
    chunks: readonly Uint8Array[],
    itemCount: number,
    options: { timeoutMs?: number } = {},
  ): Promise<SendResult> {
    try {
      const { compression, timeoutMs } = this.#targets[signal];
      const deadlineMs = performance.now() + Math.min(timeoutMs, options.timeoutMs ?? timeoutMs);
      const body = compression === "gzip" ? [await compress(Buffer.concat(chunks))] : chunks;
      const result = await this.#sendUntil(deadlineMs, signal, body, compression);
      this.#count(signal, itemCount, result);
      return result;
    } catch (error) {
      this.#diagnostics.count(`export.${signal}.failed`, itemCount);
      return { outcome: "refused", reason: String(error) };
    }
  }

  /** Ends all waits before a retry: somebody wants an answer now. */
  wake(): void {
    for (const wake of this.#wakers) wake();
  }

  close(): void {
    this.#isClosed = true;
    this.wake();
    this.#poster.close();
  }

  async #sendUntil(
    deadlineMs: number,
    signal: SignalName,
    body: readonly Uint8Array[],
    compression: "none" | "gzip",
  ): Promise<SendResult> {
    let backoffMs = this.#backoffMs.first;
    for (;;) {
      if (this.#held !== undefined && !this.#targets[signal].isExplicit) {
        await Promise.race([this.#held, elapsed(deadlineMs - performance.now())]);
      }
      const leftMs = Math.max(deadlineMs - performance.now(), ATTEMPT_TIMEOUT_MS_MIN);
      const target = this.#targets[signal];
      const answer = await runSuppressed(() => this.#attempt(target, body, compression, leftMs));
      if (answer.kind === "delivered") {
        this.outage.delivered(target.url);
        this.#sayRejected(signal, answer);
        return { outcome: "delivered", rejectedCount: answer.rejectedCount };
      }
      if (answer.kind === "tooLarge") return { outcome: "tooLarge", reason: answer.reason };
      this.outage.failed(target.url, answer.reason, answer.isAnswered);
      if (answer.kind === "never") return { outcome: "refused", reason: answer.reason };

      const waitMs = answer.retryAfterMs ?? backoffMs * (1 + JITTER * (2 * Math.random() - 1));
      if (this.#isClosed || performance.now() + waitMs + ATTEMPT_TIMEOUT_MS_MIN > deadlineMs) {
        return { outcome: "unavailable", reason: answer.reason };
      }
      this.retriedCount[signal]++;
      this.#diagnostics.count(`export.${signal}.retried`);
      await this.#wait(waitMs);
      backoffMs = Math.min(backoffMs * BACKOFF_FACTOR, this.#backoffMs.max);
    }
  }

  async #attempt(
    target: ExportTarget,
    body: readonly Uint8Array[],
    compression: "none" | "gzip",
    timeoutMs: number,
  ): Promise<Answer> {
    try {
      const response = await this.#transport({
        url: target.url,
        headers: {
          "content-type": "application/x-protobuf",
          "user-agent": `${SDK_NAME}-sdk-js/${SDK_VERSION}`,
          ...(compression === "gzip" ? { "content-encoding": "gzip" } : {}),
          ...target.headers,
        },
        body,
        timeoutMs,
        tls: target.tls,
      });
      const pace = response.headers[PACE_HEADER];
      this.pace.hear(typeof pace === "string" ? pace : undefined);
      return readAnswer(response, Date.now());
    } catch (error) {
      return {
        kind: "later",
        reason: connectionReason(error),
        retryAfterMs: undefined,
        isAnswered: false,
      };
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      timer.unref();
      this.#wakers.add(wake);
    });
  }

  #sayRejected(signal: SignalName, answer: Answer & { kind: "delivered" }): void {
    const { rejectedCount, message } = answer;
    if (rejectedCount === 0 && message === "") return;
    this.#diagnostics.sayOnce(
      "warn",
      `export.${signal}.partial`,
      `The receiver rejected ${rejectedCount} records of ${signal}: ${message || "no reason given"}`,
    );
  }

  #count(signal: SignalName, itemCount: number, result: SendResult): void {
    if (result.outcome === "delivered") {
      this.#diagnostics.count(`export.${signal}.delivered`, itemCount - result.rejectedCount);
      this.#diagnostics.count(`export.${signal}.rejected`, result.rejectedCount);
    } else if (result.outcome === "refused") {
      this.#diagnostics.count(`export.${signal}.refused`, itemCount);
    }
  }
}

const CONNECTION_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host",
  ETIMEDOUT: "connection timed out",
  EHOSTUNREACH: "host unreachable",
};

function connectionReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return (
    (code === undefined ? undefined : CONNECTION_REASONS[code]) ?? (error.message || String(code))
  );
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
