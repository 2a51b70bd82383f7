// What can be configured, in code and by environment variables.

export { MAIN_DESTINATION } from "./destination-options.ts";
export { Environment } from "./environment.ts";
export { followBase, resolveBatch, resolveOptions, VALUE_LENGTH_MAX } from "./resolve-options.ts";
export { SIGNALS } from "./telemetry-options.ts";
export type {
  BatchLimits,
  DestinationOptions,
  ExportTarget,
  ResolvedDestination,
  ResolvedOptions,
  SignalName,
  SpanLimits,
  TelemetryOptions,
} from "./telemetry-options.ts";
