// Traces: tracers, spans, and their way into the export queue.

export { exceptionAttributes, factsOf, isCancellation } from "./exception.ts";
export { INVALID_SPAN, NonRecordingSpan, spanFromContext } from "./non-recording-span.ts";
export type { SpanIdentity } from "./non-recording-span.ts";
export { isValidIdentity } from "./ids.ts";
export type { IgnorePattern } from "./ignore.ts";
export type { SampleRules } from "./tail/tail.ts";
export { rateLimitingSampler } from "./rate-limiting-sampler.ts";
export { TelemetryTracerProvider } from "./provider.ts";
export { RecordingSpan } from "./span.ts";
export { startTraces } from "./start-traces.ts";
export { identityOf, Tracer } from "./tracer.ts";
export type { OwnSpan } from "./tracer.ts";
