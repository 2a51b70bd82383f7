// open-diagnostics.ts — the two that need each other at the start: variables, of which one says how much is printed,
// and diagnostics, which say what is wrong with the variables.

import { Diagnostics } from "./diagnostics/diagnostics.ts";
import type { LogLevel } from "./diagnostics/diagnostics.ts";
import { Environment } from "./options/options.ts";

/** OTEL_LOG_LEVEL has more names than we have levels. */
const LOG_LEVELS = {
  none: "silent",
  silent: "silent",
  error: "error",
  warn: "warn",
  info: "info",
  debug: "debug",
  verbose: "debug",
  all: "debug",
} as const satisfies Record<string, LogLevel>;
const LOG_LEVEL_NAMES = Object.keys(LOG_LEVELS) as (keyof typeof LOG_LEVELS)[];
export interface OpenDiagnostics {
  readonly diagnostics: Diagnostics;
  readonly environment: Environment;
}

/** `given` is the option `logLevel`. */
export function openDiagnostics(given: LogLevel | undefined): OpenDiagnostics {
  const early: string[] = [];
  let say = (sentence: string): void => void early.push(sentence);
  const environment = new Environment(process.env, (sentence) => say(sentence));
  const name = environment.choice("OTEL_LOG_LEVEL", LOG_LEVEL_NAMES) ?? "warn";
  const diagnostics = new Diagnostics({ logLevel: given ?? LOG_LEVELS[name] });
  say = (sentence) => diagnostics.say("warn", sentence);
  for (const sentence of early) say(sentence);
  return { diagnostics, environment };
}
