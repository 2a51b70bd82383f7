// logs.ts — log records from the app's `log.info` to encoded OTLP requests.
//
//   log, api logger ──▶ record: limits, redaction, span ──▶ encoded ──▶ queue ──▶ POST, at the receiver's pace

import { BatchQueue, destinationsOf } from "../export/export.ts";
import { shared } from "../state/state.ts";
import { SDK_NAME, SDK_VERSION } from "../version.ts";
import type { SignalPipeline, SignalStatus, Wiring } from "../wiring.ts";
import { resolveLogsOptions } from "./log-options.ts";
import { LoggerProvider } from "./logger-provider.ts";
import type { LogCore } from "./logger.ts";

export { log } from "./app-log.ts";
export type { Log, LogMessage } from "./app-log.ts";
export type { LogsOptions } from "./log-options.ts";
export type { Logger, LogRecordInput } from "./logger.ts";
export { LoggerProvider } from "./logger-provider.ts";
export { registerLogs } from "./register-logs.ts";
export type { SeverityName } from "./severity.ts";

/** OpenTelemetry's default for the batching of log records. */
const DELAY_MS_DEFAULT = 1_000;

/** The logs of a started SDK. */
export interface LogsPipeline extends SignalPipeline {
  readonly provider: LoggerProvider;
}

/** Opens the pipeline of a process. Throws when an option cannot be used. */
export function openLogs(wiring: Wiring): LogsPipeline {
  const { options, diagnostics, clock, keys, redaction, encodedResource } = wiring;
  const resolved = resolveLogsOptions(options.given.logs ?? {}, options.environment);
  const destinations = destinationsOf("logs", wiring.destinations);
  const queue = new BatchQueue({
    signal: "logs",
    noun: "log records",
    encodedResource,
    limits: resolved.batch,
    defaultDelayMs: DELAY_MS_DEFAULT,
    destinations,
    diagnostics,
  });
  const onLoss = (counter: string): void => diagnostics.count(counter);
  const core: LogCore = {
    clock,
    keys,
    valueLimits: {
      keys,
      valueLengthMax: resolved.attributeValueLength,
      hook: redaction.value,
      onLoss,
    },
    attributeCount: resolved.attributeCount,
    minimumSeverity: resolved.minimumSeverity,
    onLoss,
    isStopped: destinations.length === 0,
    emittedCount: 0,
  };
  const provider = new LoggerProvider(core, queue);
  const appLogger = provider.getLogger(SDK_NAME, SDK_VERSION);
  shared.appLogger = appLogger;
  return {
    provider,
    flush: (timeoutMs) => queue.flush(timeoutMs),
    shutdown: (timeoutMs) => {
      core.isStopped = true;
      if (shared.appLogger === appLogger) shared.appLogger = undefined;
      return queue.close(timeoutMs);
    },
    status: (): SignalStatus => ({ ...queue.status(), emitted: core.emittedCount }),
    destinationStatus: () => queue.destinationStatus(),
  };
}
