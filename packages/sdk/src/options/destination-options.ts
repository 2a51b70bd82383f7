// destination-options.ts — further destinations, as given in code, to where and how each signal is sent.
//
// A destination is what its options say and nothing else: no variable adds to it, so that headers which are meant
// for one receiver never reach another.

import { kindOf, objectIn } from "./checks.ts";
import { Environment } from "./environment.ts";
import { SIGNALS } from "./export-options.ts";
import type { ExportTarget, SignalName } from "./export-options.ts";
import { resolveTargets } from "./resolve-target.ts";
import type { DestinationOptions, ResolvedDestination } from "./telemetry-options.ts";

/** The destination that `endpoint`, OTEL_EXPORTER_OTLP_* and a dashboard started by the app decide about. */
export const MAIN_DESTINATION = "main";
/** Names that can be a folder's, also where upper and lower case are the same. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
const NAME_LENGTH_MAX = 64;
const KNOWN = [
  "name",
  "endpoint",
  "protocol",
  "headers",
  "compression",
  "timeoutMs",
  "tls",
  "requestSizeBytesMax",
  "httpFallback",
  "signals",
];

/**
 * Throws a TypeError or RangeError that names the destination and the option which cannot be used. `say` gets what
 * can be used, but not as it was meant.
 */
export function resolveDestinations(
  given: unknown,
  say: (sentence: string) => void,
): readonly ResolvedDestination[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    throw new TypeError(
      `Cannot use option destinations: it must be a list, it is ${kindOf(given)}`,
    );
  }
  const nothing = new Environment({}, say);
  const resolved = given.map((options, index) => resolveDestination(options, index, nothing));
  const names = new Set([MAIN_DESTINATION]);
  for (const { name } of resolved) {
    const folded = name.toLowerCase();
    if (names.has(folded)) {
      throw new TypeError(
        `Cannot use option destinations: "${name}" is the name of another one; give each its own`,
      );
    }
    names.add(folded);
  }
  return resolved;
}

function resolveDestination(
  given: unknown,
  index: number,
  nothing: Environment,
): ResolvedDestination {
  const at = `destinations[${index}]`;
  const options = objectIn(at, given) as unknown as DestinationOptions;
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot use option ${at}.${unknown}: a destination has only ${KNOWN.join(", ")}`,
    );
  }
  if (typeof options.endpoint !== "string") {
    throw new TypeError(`Cannot use option ${at}: it has no endpoint, such as "https://host:4318"`);
  }
  const signals = signalsAt(`${at}.signals`, options.signals);
  const targets = resolveTargets(options, nothing, `${at}.`);
  for (const signal of SIGNALS) targets[signal].enabled = signals.includes(signal);
  return { targets, name: nameAt(`${at}.name`, options.name) ?? nameOf(targets.traces) };
}

function nameAt(at: string, name: unknown): string | undefined {
  if (name === undefined || (typeof name === "string" && NAME.test(name))) return name;
  throw new TypeError(
    `Cannot use option ${at}: it must be at most ${NAME_LENGTH_MAX} letters, digits, ".", "_" and "-", it is ${JSON.stringify(name)}`,
  );
}

/** The host and port: no path, user or query, which may be secret. A name of gRPC's own has no host. */
function nameOf({ url }: ExportTarget): string {
  const { host, pathname } = new URL(url);
  const name = (host || pathname).replaceAll(/[^a-z0-9._-]+/gi, "_");
  return name.replace(/^[^a-z0-9]+/i, "").slice(0, NAME_LENGTH_MAX);
}

function signalsAt(at: string, signals: unknown): readonly SignalName[] {
  if (signals === undefined) return SIGNALS;
  const isList = Array.isArray(signals) && signals.length > 0;
  if (isList && signals.every((signal) => SIGNALS.includes(signal as SignalName))) {
    return signals as SignalName[];
  }
  throw new TypeError(
    `Cannot use option ${at}: it must be a list of ${SIGNALS.join(", ")}, it is ${JSON.stringify(signals)}`,
  );
}
