// destination-options.ts — further destinations, as given in code, to where and how each signal is sent.
//
// A destination is what its options say and nothing else: no variable adds to it, so that headers which are meant
// for one receiver never reach another.

import { positive, signalUrl } from "./checked.ts";
import { SIGNALS } from "./telemetry-options.ts";
import type {
  DestinationOptions,
  ExportTarget,
  ResolvedDestination,
  SignalName,
} from "./telemetry-options.ts";

/** The destination that `endpoint`, OTEL_EXPORTER_OTLP_* and a dashboard started by the app decide about. */
export const MAIN_DESTINATION = "main";
/** For one request and its retries. */
export const DEFAULT_TIMEOUT_MS = 10_000;
/** Names that can be a folder's, also where upper and lower case are the same. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
const COMPRESSIONS = ["none", "gzip"] as const;
const TLS_PARTS = ["ca", "cert", "key"] as const;
const KNOWN = ["name", "endpoint", "headers", "compression", "timeoutMs", "tls", "signals"];

/** Throws a TypeError or RangeError that names the destination and the option which cannot be used. */
export function resolveDestinations(given: unknown): readonly ResolvedDestination[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    throw new TypeError(
      `Cannot use option destinations: it must be a list, it is ${kindOf(given)}`,
    );
  }
  const resolved = given.map(resolveDestination);
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

function resolveDestination(given: unknown, index: number): ResolvedDestination {
  const at = `destinations[${index}]`;
  const options = objectAt(at, given) as unknown as DestinationOptions;
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot use option ${at}.${unknown}: a destination has only ${KNOWN.join(", ")}`,
    );
  }
  if (typeof options.endpoint !== "string") {
    throw new TypeError(`Cannot use option ${at}: it has no endpoint, such as "https://host:4318"`);
  }
  const { endpoint } = options;
  const signals = signalsAt(`${at}.signals`, options.signals);
  const target = (signal: SignalName): ExportTarget => ({
    url: signalUrl(endpoint, signal, `${at}.endpoint`),
    headers: textsAt(`${at}.headers`, options.headers ?? {}),
    timeoutMs: positive(`${at}.timeoutMs`, options.timeoutMs) ?? DEFAULT_TIMEOUT_MS,
    compression: oneOf(`${at}.compression`, COMPRESSIONS, options.compression) ?? "none",
    tls: tlsAt(`${at}.tls`, options.tls ?? {}),
    isExplicit: true,
    enabled: signals.includes(signal),
  });
  return {
    targets: { traces: target("traces"), metrics: target("metrics"), logs: target("logs") },
    name: nameAt(`${at}.name`, options.name) ?? nameOf(endpoint),
  };
}

function nameAt(at: string, name: unknown): string | undefined {
  if (name === undefined || (typeof name === "string" && NAME.test(name))) return name;
  throw new TypeError(
    `Cannot use option ${at}: it must be at most 64 letters, digits, ".", "_" and "-", it is ${JSON.stringify(name)}`,
  );
}

/** The host and port: no path, user or query, which may be secret. */
function nameOf(endpoint: string): string {
  return new URL(endpoint).host.replaceAll(/[^a-z0-9._-]+/gi, "_").replace(/^_/, "");
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

function tlsAt(at: string, given: unknown): ExportTarget["tls"] {
  const tls = textsAt(at, given);
  const unknown = Object.keys(tls).find((part) => !TLS_PARTS.some((known) => known === part));
  if (unknown === undefined) return tls;
  throw new TypeError(`Cannot use option ${at}.${unknown}: it has only ${TLS_PARTS.join(", ")}`);
}

/** A map of texts. What it holds may be secret, so it is not repeated. */
function textsAt(at: string, given: unknown): Record<string, string> {
  const texts = objectAt(at, given);
  const wrong = Object.keys(texts).find((key) => typeof texts[key] !== "string");
  if (wrong === undefined) return texts as Record<string, string>;
  throw new TypeError(`Cannot use option ${at}: "${wrong}" must be a text`);
}

function objectAt(at: string, given: unknown): Record<string, unknown> {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    return given as Record<string, unknown>;
  }
  throw new TypeError(`Cannot use option ${at}: it must be an object, it is ${kindOf(given)}`);
}

function oneOf<T extends string>(at: string, values: readonly T[], given: unknown): T | undefined {
  const found = values.find((value) => value === given);
  if (given === undefined || found !== undefined) return found;
  throw new TypeError(
    `Cannot use option ${at}: it must be one of ${values.join(", ")}, it is ${JSON.stringify(given)}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
