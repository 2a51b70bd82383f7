// exporter-processor.ts — gives ended spans to an exporter that was written for OpenTelemetry JS, in batches.
//
// Each exporter has its own queue, so that a dead one delays nobody. It is called for one batch at a time, as
// the specification wants; one that throws, rejects or never calls back costs its batch, which is counted.

import { runSuppressed } from "../context/context.ts";
import type {
  ExportResult,
  ReadableSpan,
  SpanExporter,
  SpanProcessor,
} from "../foreign/foreign.ts";
import type { BatchLimits } from "../options/options.ts";
import { withinMs } from "./processors.ts";

const FLAG_SAMPLED = 1;

export class ExporterProcessor implements SpanProcessor {
  readonly #exporter: SpanExporter;
  readonly #limits: BatchLimits;
  readonly #delayMs: number;
  readonly #onLoss: (count: number, reason: string) => void;
  #spans: ReadableSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #isShutDown = false;

  constructor(
    exporter: SpanExporter,
    limits: BatchLimits,
    defaultDelayMs: number,
    onLoss: (count: number, reason: string) => void,
  ) {
    this.#exporter = exporter;
    this.#limits = limits;
    this.#delayMs = limits.delayMs ?? defaultDelayMs;
    this.#onLoss = onLoss;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & FLAG_SAMPLED) === 0) return;
    if (this.#isShutDown || this.#spans.length >= this.#limits.queueSize) {
      this.#onLoss(1, this.#isShutDown ? "it is shut down" : "its queue is full");
      return;
    }
    this.#spans.push(span);
    if (this.#spans.length >= this.#limits.size) void this.#send();
    else this.#arm();
  }

  async forceFlush(): Promise<void> {
    while (this.#spans.length > 0 || this.#sending !== undefined) await this.#send();
    await this.#exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    clearTimeout(this.#timer);
    await this.forceFlush();
    await this.#exporter.shutdown();
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#send();
    }, this.#delayMs);
    this.#timer.unref();
  }

  #send(): Promise<void> {
    return (this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    }));
  }

  async #sendAll(): Promise<void> {
    while (this.#spans.length > 0) {
      const batch = this.#spans.splice(0, this.#limits.size);
      const reason = await this.#export(batch);
      if (reason !== undefined) this.#onLoss(batch.length, reason);
    }
  }

  /** Undefined after success, else why not. */
  async #export(batch: ReadableSpan[]): Promise<string | undefined> {
    let result: ExportResult | undefined;
    const done = new Promise<void>((resolve, reject) => {
      runSuppressed(() => {
        const returned: unknown = this.#exporter.export(batch, (given) => {
          result = given;
          resolve();
        });
        // Some exporters are async functions by mistake: a rejection must not be unhandled.
        if (returned instanceof Promise) returned.catch(reject);
      });
    });
    try {
      const { exportTimeoutMs } = this.#limits;
      if (!(await withinMs(exportTimeoutMs, done))) return `no answer within ${exportTimeoutMs} ms`;
    } catch (error) {
      return String(error);
    }
    return result?.code === 0 ? undefined : String(result?.error ?? "it failed");
  }
}
