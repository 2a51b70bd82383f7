// processors.ts — calls the span processors that an app registered, each alone: one that throws is counted and
// said once, and neither the app nor another processor notices.

import type { Context } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "../foreign/foreign.ts";
import type { RecordingSpan } from "./span.ts";

export class SpanProcessors {
  readonly #processors: readonly SpanProcessor[];
  readonly #onError: (where: string, error: unknown) => void;

  constructor(
    processors: readonly SpanProcessor[],
    onError: (where: string, error: unknown) => void,
  ) {
    this.#processors = processors;
    this.#onError = onError;
  }

  onStart(span: RecordingSpan, context: Context): void {
    this.#each("onStart", (processor) => processor.onStart(span, context));
  }

  onEnding(span: RecordingSpan): void {
    this.#each("onEnding", (processor) => processor.onEnding?.(span));
  }

  onEnd(span: ReadableSpan): void {
    this.#each("onEnd", (processor) => processor.onEnd(span));
  }

  forceFlush(timeoutMs: number): Promise<boolean> {
    return this.#all("forceFlush", timeoutMs, (processor) => processor.forceFlush());
  }

  shutdown(timeoutMs: number): Promise<boolean> {
    return this.#all("shutdown", timeoutMs, (processor) => processor.shutdown());
  }

  #each(where: string, call: (processor: SpanProcessor) => void): void {
    for (const processor of this.#processors) {
      try {
        call(processor);
      } catch (error) {
        this.#onError(where, error);
      }
    }
  }

  /** Whether all succeeded in time. */
  async #all(
    where: string,
    timeoutMs: number,
    call: (processor: SpanProcessor) => Promise<void>,
  ): Promise<boolean> {
    const results = await Promise.all(
      this.#processors.map(async (processor) => {
        try {
          return await withinMs(timeoutMs, call(processor));
        } catch (error) {
          this.#onError(where, error);
          return false;
        }
      }),
    );
    return results.every(Boolean);
  }
}

/** Whether `work` is done within `timeoutMs`. Keeps the process alive until then. */
export async function withinMs(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([Promise.resolve(work).then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
