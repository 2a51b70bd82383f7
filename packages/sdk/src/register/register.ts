// register.ts — `node --import @telemetry/sdk/register app.js`: telemetry for an app that does not know of it.
//
// Configured by OTEL_* variables. Starts before the app is loaded, with the instrumentations that the app's
// package.json names.

import { startTelemetry } from "../start.ts";
import { shared } from "../state/state.ts";
import { registerEsmHooks } from "./esm-hooks.ts";
import { findInstrumentations } from "./find-instrumentations.ts";

const { instrumentations, paths, failed } = findInstrumentations(
  process.argv[1] ?? process.cwd(),
  process.env,
);
const hookFailures = registerEsmHooks(paths);
startTelemetry({ instrumentations });

const diagnostics = shared.running?.wiring.diagnostics;
for (const { name, reason } of failed) {
  diagnostics?.say("warn", `Cannot use instrumentation "${name}": ${reason}`);
}
for (const [path, reason] of hookFailures) {
  diagnostics?.say("warn", `Cannot see ES modules through "${path}": ${reason}`);
}
