// foreign.ts — the interfaces of OpenTelemetry JS's SDK that people implement or use: processors, exporters,
// samplers, id generators and instrumentations. Structural types, so that nothing of that SDK is needed to use what was
// written for it.

import type {
  Attributes,
  Context,
  HrTime,
  Link,
  MeterProvider,
  SamplingResult,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
  TracerProvider,
} from "@opentelemetry/api";
import type { Resource } from "../resource/resource.ts";

export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  readonly attributes?: Attributes;
}

/** Finds attributes of the resource. Those that come as promises cannot be used: await them before the start. */
export interface ResourceDetector {
  detect(config?: undefined): {
    readonly attributes?: Readonly<Record<string, unknown>>;
    readonly schemaUrl?: string | undefined;
  };
}

export interface TimedEvent {
  readonly time: HrTime;
  readonly name: string;
  readonly attributes?: Attributes;
  readonly droppedAttributesCount?: number;
}

/** A span as processors and exporters see it. */
export interface ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext | undefined;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: Link[];
  readonly events: TimedEvent[];
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** Hooks around each recorded span. Order at the end: limits, `onEnding` of all, freeze, `onEnd` of all, encode. */
export interface SpanProcessor {
  onStart(span: Span & ReadableSpan, parentContext: Context): void;
  onEnding?(span: Span & ReadableSpan): void;
  onEnd(span: ReadableSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** `code` is 0 for success, 1 for failure. */
export interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

export interface SpanExporter {
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

export interface Sampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult;
  toString(): string;
}

/** Ids as lower-case hex: 32 characters for a trace, 16 for a span. */
export interface IdGenerator {
  generateTraceId(): string;
  generateSpanId(): string;
}

/** An instrumentation of OpenTelemetry JS, as `registerInstrumentations` of its package sees it. */
export interface Instrumentation {
  readonly instrumentationName: string;
  enable(): void;
  disable(): void;
  setTracerProvider(provider: TracerProvider): void;
  setMeterProvider(provider: MeterProvider): void;
  setLoggerProvider?(provider: unknown): void;
  getConfig?(): { enabled?: boolean };
}
