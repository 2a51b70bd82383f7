// What an app calls.

export {
  bind,
  contextEnvironment,
  extractContext,
  injectContext,
  runWithContext,
} from "./carry.ts";
export { addEvent, getCurrentSpan, linkSpan, recordError, setAttributes } from "./current.ts";
export { doctor } from "./doctor.ts";
export type { DoctorReport, ReceiverReport } from "./doctor.ts";
export { flush, shutdown } from "./lifecycle.ts";
export type { ParentInput, StartSpanOptions } from "./parent.ts";
export { recordHttp } from "./record-http.ts";
export type { HttpFacts } from "./record-http.ts";
export { startSpan } from "./start-span.ts";
export type { TelemetrySpan } from "./start-span.ts";
export { traced } from "./traced.ts";
export type { TracedDecorator, TracedOptions } from "./traced.ts";
export { withSpan } from "./with-span.ts";
export type { WithSpanOptions } from "./with-span.ts";
