// What can be configured, in code and by environment variables.

export { MAIN_DESTINATION } from "./destination-options.ts";
export { originOf, withoutCredentials } from "./endpoint.ts";
export { Environment } from "./environment.ts";
export { SIGNALS } from "./export-options.ts";
export type {
  Compression,
  ExportOptions,
  ExportProtocol,
  ExportTarget,
  SignalName,
  TlsOptions,
  TlsTexts,
} from "./export-options.ts";
export { resolveBatch, resolveOptions, VALUE_LENGTH_MAX } from "./resolve-options.ts";
export { followBase, overHttp } from "./resolve-target.ts";
export type {
  BatchLimits,
  DestinationOptions,
  ResolvedDestination,
  ResolvedOptions,
  SpanLimits,
  TelemetryOptions,
} from "./telemetry-options.ts";
