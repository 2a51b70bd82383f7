// register-logs.ts — makes our LoggerProvider the global one, for both generations of instrumentations.
//
//   @opentelemetry/api 1.10 and newer     api.logs.setGlobalLoggerProvider
//   @opentelemetry/api-logs 0.x           globalThis[Symbol.for("io.opentelemetry.js.api.logs")]
//
// The second is set by its symbol, so that the package need not be there. What somebody else registered
// first is left alone and named.

import * as api from "@opentelemetry/api";

import type { LoggerProvider } from "./logger-provider.ts";

/** The api's `logs`, which 1.9 does not have. */
interface LogsApi {
  /** Returns whether the place was free. */
  setGlobalLoggerProvider(provider: LoggerProvider): boolean;
  getLoggerProvider(): unknown;
  disable(): void;
}

const LEGACY_KEY = Symbol.for("io.opentelemetry.js.api.logs");
/** API_BACKWARDS_COMPATIBILITY_VERSION of api-logs: another one gets nothing, and makes a no-op itself. */
const LEGACY_VERSION = 1;

const holder = globalThis as { [LEGACY_KEY]?: (version: number) => unknown };

export interface LogsRegistration {
  /** Globals that somebody else had already; their instrumentations' logs do not reach us. */
  readonly taken: readonly string[];
  /** Gives the globals back that are still ours. */
  undo(): void;
}

export function registerLogs(provider: LoggerProvider): LogsRegistration {
  const logs = (api as { logs?: LogsApi }).logs;
  const taken: string[] = [];
  const undos: (() => void)[] = [];

  if (logs?.setGlobalLoggerProvider(provider) === true) {
    undos.push(() => {
      if (logs.getLoggerProvider() === provider) logs.disable();
    });
  } else if (logs !== undefined) {
    taken.push("logs of @opentelemetry/api");
  }

  if (holder[LEGACY_KEY] === undefined) {
    const getProvider = (version: number): unknown =>
      version === LEGACY_VERSION ? provider : undefined;
    holder[LEGACY_KEY] = getProvider;
    undos.push(() => {
      if (holder[LEGACY_KEY] === getProvider) delete holder[LEGACY_KEY];
    });
  } else {
    taken.push("@opentelemetry/api-logs");
  }

  return {
    taken,
    undo: () => {
      for (const undo of undos) undo();
    },
  };
}
