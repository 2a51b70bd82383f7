// instrumentations.ts — connects instrumentations of OpenTelemetry JS to our providers directly, so that it does
// not matter which copy of the api each of them resolved.

import { createRequire, syncBuiltinESMExports } from "node:module";
import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import type { Diagnostics } from "../diagnostics/diagnostics.ts";
import type { Instrumentation } from "../foreign/foreign.ts";

export interface InstrumentationProviders {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider?: MeterProvider | undefined;
  readonly loggerProvider?: object | undefined;
}

const require = createRequire(import.meta.url);

type Given = readonly (Instrumentation | readonly Instrumentation[])[];

/** Returns those that were enabled. One that throws is said and left out. */
export function registerInstrumentations(
  given: Given,
  providers: InstrumentationProviders,
  diagnostics: Diagnostics,
): Instrumentation[] {
  const registered = given.flat().filter((instrumentation) => {
    try {
      instrumentation.setTracerProvider(providers.tracerProvider);
      if (providers.meterProvider !== undefined) {
        instrumentation.setMeterProvider(providers.meterProvider);
      }
      if (providers.loggerProvider !== undefined) {
        instrumentation.setLoggerProvider?.(providers.loggerProvider);
      }
      // Made with `enabled: false`, it is ours to enable; made with the default, it is enabled already.
      if (instrumentation.getConfig?.().enabled === false) instrumentation.enable();
      return true;
    } catch (error) {
      const name = instrumentation?.instrumentationName ?? "without a name";
      diagnostics.sayOnce(
        "warn",
        `instrumentation.${name}.failed`,
        `Cannot use instrumentation "${name}": ${String(error)}`,
      );
      return false;
    }
  });
  if (registered.length > 0) touchBuiltins();
  return registered;
}

/**
 * An instrumentation patches a module when somebody requires it. An ES module never does, but Node's own modules
 * are the same object for both, so requiring them here is enough; the second step renews named imports.
 */
function touchBuiltins(): void {
  for (const name of ["http", "https", "net", "dns"]) require(name);
  syncBuiltinESMExports();
}

export function stopInstrumentations(instrumentations: readonly Instrumentation[]): void {
  for (const instrumentation of instrumentations) {
    try {
      instrumentation.disable();
    } catch {
      // It failed to leave: nothing that could be done about it concerns the app.
    }
  }
}
