// What can be configured, in code and by environment variables.

export { Environment } from "./environment.ts";
export { followBase, resolveBatch, resolveOptions, VALUE_LENGTH_MAX } from "./resolve-options.ts";
export { SIGNALS } from "./telemetry-options.ts";
export type {
  BatchLimits,
  ExportTarget,
  ResolvedOptions,
  SignalName,
  SpanLimits,
  TelemetryOptions,
} from "./telemetry-options.ts";
