// sender.ts — takes encoded OTLP requests to a receiver, and decides what happens after each try.
//
//   send(signal, chunks) ──protocol──▶ delivered
//                          ├─ not now, no connection ─▶ wait, then the same bytes again
//                          ├─ too large ─▶ the queue may halve it
//                          └─ anything else ─▶ refused
//
// "The same bytes" matters: a receiver of ours recognises a repeat whose first answer was lost, so that
// every record is stored exactly once. One call ends within the signal's timeout, retries included.
// Nothing in here is traced. How the bytes travel is in http/ and grpc/.

import { runDetached } from "../context/context.ts";
import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import { overHttp } from "../options/options.ts";
import type { ExportTarget, SignalName } from "../options/options.ts";
import type { Answer } from "./answer.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffRange } from "./backoff.ts";
import type { Transport } from "./http/post.ts";
import { MissingPackageError } from "./missing-package-error.ts";
import { Outage } from "./outage.ts";
import type { Pace } from "./pace.ts";
import type { ExportRequest, Protocol } from "./protocol.ts";
import { Protocols } from "./protocols.ts";
import { Waits } from "./waits.ts";

/** How a request ended. Only after `unavailable` is it worth sending the same bytes again later. */
export type SendResult =
  | { readonly outcome: "delivered"; readonly rejectedCount: number }
  | { readonly outcome: "refused"; readonly reason: string }
  /** Half of the records may pass; the same bytes never will. */
  | { readonly outcome: "tooLarge"; readonly reason: string }
  | { readonly outcome: "unavailable"; readonly reason: string };

export interface SenderOptions {
  targets: Readonly<Record<SignalName, ExportTarget>>;
  diagnostics: Diagnostics;
  pace: Pace;
  /** Default: node:http and node:https. */
  transport?: Transport | undefined;
  backoffMs?: BackoffRange;
}

const BACKOFF_MS: BackoffRange = { first: 500, max: 5_000 };
/** Below this nothing more can be tried. */
const ATTEMPT_TIMEOUT_MS_MIN = 10;

export class Sender {
  readonly outage: Outage;
  readonly pace: Pace;
  /** Requests that were sent again. */
  readonly retriedCount: Record<SignalName, number> = { traces: 0, metrics: 0, logs: 0 };
  readonly #protocols: Protocols;
  readonly #diagnostics: Diagnostics;
  readonly #backoffMs: BackoffRange;
  #targets: Readonly<Record<SignalName, ExportTarget>>;
  /** When the receiver wants to be asked again, where it said so; also for the next request. */
  readonly #notBefore = new Map<SignalName, { readonly timeMs: number; readonly reason: string }>();
  readonly #waits = new Waits();
  #held: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(options: SenderOptions) {
    this.#targets = options.targets;
    this.#diagnostics = options.diagnostics;
    this.#backoffMs = options.backoffMs ?? BACKOFF_MS;
    this.pace = options.pace;
    this.#protocols = new Protocols(options.transport, options.diagnostics);
    this.outage = new Outage(options.diagnostics);
  }

  /** Where requests go now, and by which protocol. */
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
      const { timeoutMs } = this.#targets[signal];
      const deadlineMs = performance.now() + Math.min(timeoutMs, options.timeoutMs ?? timeoutMs);
      const result = await runDetached(() => this.#sendUntil(deadlineMs, { signal, chunks }));
      this.#count(signal, itemCount, result);
      return result;
    } catch (error) {
      if (error instanceof MissingPackageError) {
        // Nothing is wrong with the records: they may wait for a start with the package.
        this.#diagnostics.sayOnce("error", "export.grpc.missing", error.message);
        return { outcome: "unavailable", reason: error.message };
      }
      this.#diagnostics.count(`export.${signal}.failed`, itemCount);
      return { outcome: "refused", reason: String(error) };
    }
  }

  /** Ends all waits before a retry: somebody wants an answer now. */
  wake(): void {
    this.#notBefore.clear();
    this.#waits.wake();
  }

  close(): void {
    this.#isClosed = true;
    this.wake();
    this.#protocols.close();
  }

  async #sendUntil(deadlineMs: number, request: ExportRequest): Promise<SendResult> {
    const { signal } = request;
    const backoff = new Backoff(this.#backoffMs);
    for (;;) {
      const reason = await this.#waitForTurn(signal, deadlineMs);
      if (reason !== undefined) return { outcome: "unavailable", reason };

      const answer = await this.#attempt(request, deadlineMs);
      const result = this.#resultOf(signal, answer);
      if (answer.kind !== "later") return result;

      const waitMs = backoff.takeMs(answer.retryAfterMs);
      if (answer.retryAfterMs !== undefined) {
        const timeMs = performance.now() + answer.retryAfterMs;
        this.#notBefore.set(signal, { timeMs, reason: answer.reason });
      }
      if (this.#isClosed || !isTimeFor(waitMs, deadlineMs)) return result;
      this.retriedCount[signal]++;
      this.#diagnostics.count(`export.${signal}.retried`);
      await this.#waits.wait(waitMs);
    }
  }

  /** Undefined when a try may begin, else why it cannot in time. */
  async #waitForTurn(signal: SignalName, deadlineMs: number): Promise<string | undefined> {
    if (this.#held !== undefined && !this.#targets[signal].isExplicit) {
      await Promise.race([this.#held, elapsed(deadlineMs - performance.now())]);
    }
    const notBefore = this.#notBefore.get(signal);
    if (notBefore === undefined) return undefined;
    const waitMs = notBefore.timeMs - performance.now();
    if (!isTimeFor(waitMs, deadlineMs)) return notBefore.reason;
    if (waitMs > 0) await this.#waits.wait(waitMs);
    this.#notBefore.delete(signal);
    return undefined;
  }

  async #attempt(request: ExportRequest, deadlineMs: number): Promise<Answer> {
    const protocol = await this.#open(request.signal);
    const target = this.#targets[request.signal];
    const leftMs = Math.max(deadlineMs - performance.now(), ATTEMPT_TIMEOUT_MS_MIN);
    const { answer, pace } = await protocol.attempt(request, target, leftMs);
    if (pace !== undefined) this.pace.hear(pace);
    return answer;
  }

  /** The protocol of the signal's target, or HTTP in its place where that is allowed. */
  async #open(signal: SignalName): Promise<Protocol> {
    const target = this.#targets[signal];
    try {
      return await this.#protocols.open(target.protocol);
    } catch (error) {
      if (!(error instanceof MissingPackageError) || target.fallbackUrl === undefined) throw error;
      this.#diagnostics.sayOnce("warn", "export.grpc.fallback", `${error.message}; HTTP is used`);
      this.#targets = { ...this.#targets, [signal]: overHttp(target, target.fallbackUrl) };
      return this.#open(signal);
    }
  }

  #resultOf(signal: SignalName, answer: Answer): SendResult {
    const target = this.#targets[signal];
    switch (answer.kind) {
      case "delivered":
        this.outage.delivered(target.url);
        this.#sayRejected(signal, answer);
        return { outcome: "delivered", rejectedCount: answer.rejectedCount };
      case "later":
        this.outage.failed(target, answer.reason, answer.isAnswered);
        return { outcome: "unavailable", reason: answer.reason };
      case "tooLarge":
        // The receiver is there and takes smaller ones: that is no outage.
        return { outcome: "tooLarge", reason: answer.reason };
      case "never":
        this.outage.failed(target, answer.reason, true);
        return { outcome: "refused", reason: answer.reason };
    }
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
    } else if (result.outcome === "tooLarge") {
      // Requests, not records: the queue counts those that it could not make small enough.
      this.#diagnostics.count(`export.${signal}.too_large`);
    }
  }
}

function isTimeFor(waitMs: number, deadlineMs: number): boolean {
  return performance.now() + waitMs + ATTEMPT_TIMEOUT_MS_MIN <= deadlineMs;
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
