// periodic-export.ts — collects and sends the metrics of one reader at an even pace (metrics/sdk.md,
// "Periodic exporting MetricReader").
//
//   timer ──▶ collect ──▶ send ──▶ timer …        one export at a time; a tick during an export is skipped
//
// What could not be delivered waits, a few requests at most, and goes first next time with the same bytes.
// Totals of later collections include what was dropped; only differences (delta) are truly lost, and counted.

import { encodeRequest } from "@telemetry/otlp/encode";
import type { KeyTable } from "@telemetry/otlp/encode";

import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { Sender } from "../export/export.ts";
import type { SignalStatus } from "../wiring.ts";
import { encodeMetrics } from "./encode-metrics.ts";
import type { EncodedMetrics } from "./encode-metrics.ts";
import type { MetricReader } from "./reader.ts";

/** OpenTelemetry's default, for receivers that nobody is watching. */
const INTERVAL_MS_DEFAULT = 60_000;
/** The first export comes early, so that the receiver's pace is known and the process is seen. */
const FIRST_DELAY_MS = 100;
/** Requests kept while they cannot be sent: eight minutes at the default interval. */
const WAITING_MAX = 8;

export interface PeriodicExportOptions {
  readonly reader: MetricReader;
  readonly keys: KeyTable;
  readonly sender: Sender;
  readonly encodedResource: Uint8Array;
  readonly diagnostics: Diagnostics;
  /** Undefined follows the receiver's pace. */
  readonly intervalMs: number | undefined;
  /** For one export. */
  readonly timeoutMs: number;
}

export class PeriodicExport {
  readonly #options: PeriodicExportOptions;
  #waiting: EncodedMetrics[] = [];
  #exporting: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #startedMs = performance.now();
  #exportCount = 0;
  #isClosed = false;

  constructor(options: PeriodicExportOptions) {
    this.#options = options;
    options.sender.pace.onChange(() => this.#arm());
    this.#arm(FIRST_DELAY_MS);
  }

  /** Requests that wait to be sent again, points in them, and exports so far. */
  status(): SignalStatus {
    return {
      waiting: this.#waiting.length,
      waitingMax: WAITING_MAX,
      waitingPoints: this.#waiting.reduce((sum, { pointCount }) => sum + pointCount, 0),
      exports: this.#exportCount,
    };
  }

  /** Collects now and sends; resolves with whether everything arrived. Keeps the process alive meanwhile. */
  async flush(timeoutMs: number): Promise<boolean> {
    const keepAlive = setTimeout(() => {}, timeoutMs);
    try {
      this.#options.sender.wake();
      return await Promise.race([this.#flushNow(timeoutMs), elapsed(timeoutMs)]);
    } finally {
      clearTimeout(keepAlive);
    }
  }

  /** Exports the last, partial interval and stops. */
  async close(timeoutMs: number): Promise<boolean> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const isDelivered = await this.flush(timeoutMs);
    for (const { pointCount } of this.#waiting.splice(0)) {
      this.#drop(pointCount, "telemetry was shut down before they could be sent");
    }
    return isDelivered;
  }

  async #flushNow(timeoutMs: number): Promise<boolean> {
    // What is under way was collected before this call, so another export follows it.
    await this.#exporting;
    return this.#export(timeoutMs);
  }

  get #intervalMs(): number {
    const { intervalMs, sender } = this.#options;
    return intervalMs ?? sender.pace.announced.metricsMs ?? INTERVAL_MS_DEFAULT;
  }

  #arm(delayMs = this.#delayMs()): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#startedMs = performance.now();
      void this.#export(this.#options.timeoutMs).then(() => this.#arm());
    }, delayMs);
    this.#timer.unref();
  }

  /** The rest of the interval that the last export began. */
  #delayMs(): number {
    return Math.max(0, this.#intervalMs - (performance.now() - this.#startedMs));
  }

  /** One at a time: a call during an export gets that one's result. */
  #export(timeoutMs: number): Promise<boolean> {
    return (this.#exporting ??= this.#collectAndSend(timeoutMs)
      .catch(() => {
        this.#options.diagnostics.count("export.metrics.failed");
        return false;
      })
      .finally(() => {
        this.#exporting = undefined;
      }));
  }

  async #collectAndSend(timeoutMs: number): Promise<boolean> {
    const { reader, sender, keys, encodedResource } = this.#options;
    this.#exportCount++;
    this.#waiting.push(
      ...(await reader.collect((scopes, timeMs) => encodeMetrics(scopes, timeMs, keys))),
    );
    this.#dropOldest();
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const chunks = encodeRequest(encodedResource, next.scopes);
      const result = await sender.send("metrics", chunks, next.pointCount, { timeoutMs });
      if (result.outcome === "unavailable") return false;
      this.#waiting.shift();
      if (result.outcome === "refused") {
        this.#drop(next.pointCount, `the receiver refused them (${result.reason})`);
      }
    }
    return true;
  }

  #dropOldest(): void {
    const tooMany = this.#waiting.length - WAITING_MAX;
    if (tooMany <= 0) return;
    for (const { pointCount } of this.#waiting.splice(0, tooMany)) {
      this.#drop(pointCount, "the receiver has not answered for a while");
    }
  }

  #drop(pointCount: number, reason: string): void {
    const { diagnostics } = this.#options;
    diagnostics.count("export.metrics.dropped", pointCount);
    diagnostics.sayOnce(
      "warn",
      "queue.metrics.dropped",
      `Cannot keep all metric points: ${reason}`,
    );
  }
}

function elapsed(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, false).unref();
  });
}
