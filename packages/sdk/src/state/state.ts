// state.ts — what exists once per process, however often this package was loaded: as ESM and as CJS, or in
// two versions. It hangs on globalThis under one registered symbol.
//
// Everything here is undefined until `startTelemetry`: that is what makes each call a no-op before.

import type { TelemetryContextManager } from "../context/context-manager.ts";
import type { Logger } from "../logs/logs.ts";
import type { Meter } from "../metrics/metrics.ts";
import type { RunningTelemetry } from "../wiring.ts";

export interface SharedState {
  contextManager: TelemetryContextManager | undefined;
  /** Our manager while it is the one that the api has registered. */
  directContext: TelemetryContextManager | undefined;
  running: RunningTelemetry | undefined;
  /** Instruments that the app made; they record nothing while nothing runs. */
  appMeter: Meter | undefined;
  /** Where the app's log records go. */
  appLogger: Logger | undefined;
}

/** The number goes up when a member changes its meaning. */
const KEY = Symbol.for("telemetry.sdk.state.1");

const holder = globalThis as { [KEY]?: SharedState };

export const shared: SharedState = (holder[KEY] ??= {
  contextManager: undefined,
  directContext: undefined,
  running: undefined,
  appMeter: undefined,
  appLogger: undefined,
});
