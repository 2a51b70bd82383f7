// provider.ts — the tracers of this process: one per instrumentation scope, all sharing one core.

import type { Attributes, TracerOptions, TracerProvider } from "@opentelemetry/api";
import { encodeScope } from "@telemetry/otlp/encode";
import { copyAttributes } from "../attributes/attributes.ts";
import type { BatchQueue, DestinationQueueStatus, ScopeBuffer } from "../export/export.ts";
import type { InstrumentationScope } from "../foreign/foreign.ts";
import type { SignalPipeline, SignalStatus } from "../wiring.ts";
import type { TraceCore } from "./trace-core.ts";
import { Tracer } from "./tracer.ts";

/** An app names its tracers; one that makes names from data gets one tracer for all beyond this. */
const TRACERS_MAX = 1_000;
const SCOPE_ATTRIBUTES_MAX = 128;

/** The api has only `schemaUrl`; the specification has scope attributes, too. */
export interface ScopeOptions extends TracerOptions {
  readonly attributes?: Attributes;
}

export class TelemetryTracerProvider implements TracerProvider, SignalPipeline {
  #core: TraceCore;
  #queue: BatchQueue | undefined;
  readonly #tracers = new Map<string, Tracer>();
  #shutdown: Promise<boolean> | undefined;

  /** Without a queue spans are recorded for processors only. */
  constructor(core: TraceCore, queue: BatchQueue | undefined) {
    this.#core = core;
    this.#queue = queue;
  }

  get core(): TraceCore {
    return this.#core;
  }

  /** Starts again after a shutdown: tracers that people hold record to the new core. */
  restart(core: TraceCore, queue: BatchQueue | undefined): void {
    this.#core = core;
    this.#queue = queue;
    this.#shutdown = undefined;
    for (const tracer of this.#tracers.values())
      tracer.connect(core, this.#openScope(tracer.scope));
  }

  getTracer(name: string, version?: string, options?: ScopeOptions): Tracer {
    const attributes = options?.attributes;
    const key = `${name}\0${version ?? ""}\0${options?.schemaUrl ?? ""}${attributes === undefined ? "" : `\0${safeJson(attributes)}`}`;
    return this.#tracers.get(key) ?? this.#addTracer(key, name, version, options);
  }

  async flush(timeoutMs: number): Promise<boolean> {
    const { processors, tail } = this.core;
    const results = await Promise.all([
      processors?.forceFlush(timeoutMs) ?? true,
      tail?.exporters?.forceFlush(timeoutMs) ?? true,
      this.#queue?.flush(timeoutMs) ?? true,
    ]);
    return results.every(Boolean);
  }

  /** Decides about traces that wait for their end: nothing more will come of them. */
  decideAll(): void {
    try {
      this.core.tail?.decideAll();
    } catch {
      this.core.lose("sample.failed");
    }
  }

  /** The name that OpenTelemetry JS gives it; frameworks call it. */
  async forceFlush(): Promise<void> {
    await this.flush(30_000);
  }

  shutdown(timeoutMs = 30_000): Promise<boolean> {
    return (this.#shutdown ??= this.#stop(timeoutMs));
  }

  status(): SignalStatus {
    const queue = this.#queue?.status();
    return {
      waiting: queue?.waiting ?? 0,
      waitingMax: queue?.waitingMax ?? 0,
      waitingBytes: queue?.waitingBytes ?? 0,
      dropped: queue?.droppedCount ?? 0,
      started: this.core.startedCount,
      open: this.core.openSpans.size,
      neverEnded: this.core.openSpans.forgottenCount,
      tracers: this.#tracers.size,
      ...this.core.tail?.status(),
    };
  }

  destinationStatus(): Record<string, DestinationQueueStatus> {
    return this.#queue?.destinationStatus() ?? {};
  }

  async #stop(timeoutMs: number): Promise<boolean> {
    const { processors, tail } = this.core;
    this.core.isStopped = true;
    this.decideAll();
    const results = await Promise.all([
      processors?.shutdown(timeoutMs) ?? true,
      tail?.exporters?.shutdown(timeoutMs) ?? true,
      this.#queue?.close(timeoutMs) ?? true,
    ]);
    return results.every(Boolean);
  }

  #addTracer(
    key: string,
    name: string,
    version: string | undefined,
    options: ScopeOptions | undefined,
  ): Tracer {
    if (this.#tracers.size >= TRACERS_MAX) {
      this.core.misuse(
        "tracer.too_many",
        `Cannot keep more than ${TRACERS_MAX} tracers: their names seem to be made from data; further ones share one`,
      );
      const shared = this.#tracers.get("");
      if (shared !== undefined) return shared;
      return this.#keepTracer("", { name: "telemetry.overflow" });
    }
    if (typeof name !== "string" || name === "") {
      this.core.misuse(
        "tracer.unnamed",
        "Cannot tell tracers apart: getTracer was called without a name",
      );
    }
    return this.#keepTracer(key, {
      name: typeof name === "string" ? name : "",
      ...(typeof version === "string" ? { version } : {}),
      ...(typeof options?.schemaUrl === "string" ? { schemaUrl: options.schemaUrl } : {}),
      ...(options?.attributes === undefined ? {} : { attributes: options.attributes }),
    });
  }

  #keepTracer(key: string, scope: InstrumentationScope): Tracer {
    const tracer = new Tracer(this.core, scope, this.#openScope(scope));
    this.#tracers.set(key, tracer);
    return tracer;
  }

  #openScope(scope: InstrumentationScope): ScopeBuffer | undefined {
    const { keys, valueLimits } = this.core;
    const { flat } = copyAttributes(scope.attributes, SCOPE_ATTRIBUTES_MAX, valueLimits);
    return this.#queue?.openScope(encodeScope({ ...scope, attributes: flat ?? undefined }, keys));
  }
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}
