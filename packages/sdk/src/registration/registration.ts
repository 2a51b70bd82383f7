// registration.ts — makes us the implementation behind the official api, for every copy of it in the process.
//
//   1. every loaded copy's proxy gets our provider, so tracers taken before start come alive
//   2. all signals are registered through our own copy
//   3. the global's version is raised to the newest that we implement: a copy refuses a global that is
//      older than itself, and its spans would vanish without a word
//
// What somebody else registered first is left alone and named.

import { context, metrics, propagation, trace } from "@opentelemetry/api";
import type { MeterProvider, TextMapPropagator, TracerProvider } from "@opentelemetry/api";
import { contextManager } from "../context/context.ts";
import { registerLogs } from "../logs/logs.ts";
import type { LoggerProvider } from "../logs/logs.ts";
import { shared } from "../state/state.ts";
import { findApiCopies } from "./api-copies.ts";
import type { ApiCopy } from "./api-copies.ts";

export { registerInstrumentations, stopInstrumentations } from "./instrumentations.ts";
export type { ApiCopy } from "./api-copies.ts";

/** What is registered. Signals that are not there are left alone. */
export interface GlobalParts {
  readonly tracerProvider: TracerProvider;
  readonly propagator: TextMapPropagator;
  readonly meterProvider?: MeterProvider | undefined;
  readonly loggerProvider?: LoggerProvider | undefined;
}

export interface Registration {
  readonly copies: readonly Pick<ApiCopy, "path" | "version">[];
  /** Global parts that somebody else registered first, with what they are. */
  readonly taken: readonly string[];
  /** Gives back what is still ours. */
  undo(): void;
}

/** The newest version of the api whose every function our objects have. */
const IMPLEMENTED_VERSION = "1.10.0";
const GLOBAL_KEY = Symbol.for("opentelemetry.js.api.1");

type GlobalName = "trace" | "context" | "propagation" | "metrics" | "logs";
type GlobalApi = { version: string } & Partial<Record<GlobalName | "diag", object>>;

const holder = globalThis as { [GLOBAL_KEY]?: GlobalApi };

export function registerGlobals(parts: GlobalParts): Registration {
  const copies = findApiCopies();
  const before = holder[GLOBAL_KEY];
  const taken = namesTaken(before);
  for (const copy of copies) {
    if (before?.trace === undefined) wake(copy.trace.getTracerProvider(), parts.tracerProvider);
    if (before?.logs === undefined && parts.loggerProvider !== undefined) {
      wake(copy.logs?.getLoggerProvider(), parts.loggerProvider);
    }
  }
  // A copy registers only into a global of its own version, so ours starts from an empty one.
  delete holder[GLOBAL_KEY];
  trace.setGlobalTracerProvider(parts.tracerProvider);
  propagation.setGlobalPropagator(parts.propagator);
  context.setGlobalContextManager(contextManager());
  if (parts.meterProvider !== undefined) metrics.setGlobalMeterProvider(parts.meterProvider);
  const logs = parts.loggerProvider === undefined ? undefined : registerLogs(parts.loggerProvider);
  const ours = holder[GLOBAL_KEY];
  setGlobal({ ...ours, ...before });
  shared.directContext = before?.context === undefined ? contextManager() : undefined;
  return {
    copies,
    taken: [...taken, ...(logs?.taken ?? [])],
    undo: () => {
      logs?.undo();
      shared.directContext = undefined;
      removeGlobals(ours ?? {});
    },
  };
}

function removeGlobals(ours: Partial<GlobalApi>): void {
  const left = Object.entries(holder[GLOBAL_KEY] ?? {}).filter(
    ([name, part]) => name === "version" || ours[name as GlobalName] !== part,
  );
  if (left.length > 1) holder[GLOBAL_KEY] = Object.fromEntries(left) as GlobalApi;
  else delete holder[GLOBAL_KEY];
}

function setGlobal(parts: Partial<GlobalApi>): void {
  const { version = IMPLEMENTED_VERSION, ...rest } = parts;
  const newest = isNewer(version, IMPLEMENTED_VERSION) ? version : IMPLEMENTED_VERSION;
  // The api defines its version as constant, so the global is a new object.
  holder[GLOBAL_KEY] = Object.assign({ version: newest }, rest);
}

function isNewer(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split(".").map(Number);
  return major > thanMajor || (major === thanMajor && minor > thanMinor);
}

function namesTaken(api: GlobalApi | undefined): string[] {
  const names: GlobalName[] = ["trace", "context", "propagation", "metrics", "logs"];
  return names.flatMap((name) => {
    const part = api?.[name];
    return part === undefined ? [] : [`${name} (${describe(part)})`];
  });
}

/** The class of what is registered; of a proxy, of what stands behind it. */
function describe(part: object): string {
  const behind = (part as { getDelegate?: () => object }).getDelegate?.() ?? part;
  return behind.constructor.name;
}

/** Lets a proxy that was handed out before start know who stands behind it now. */
function wake(proxy: unknown, provider: object): void {
  const { setDelegate, _setDelegate } = (proxy ?? {}) as Record<string, unknown>;
  const set = setDelegate ?? _setDelegate;
  if (typeof set === "function") set.call(proxy, provider);
}
