// find-instrumentations.ts — the instrumentations that an app has chosen by installing them: those that its own
// package.json names, and what `@opentelemetry/auto-instrumentations-node` bundles when it is named there.
//
// node_modules is never searched: what somebody's dependency brought along is not loaded by us.
// OTEL_NODE_ENABLED_INSTRUMENTATIONS and OTEL_NODE_DISABLED_INSTRUMENTATIONS hold short names: "http,express".

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Instrumentation } from "../foreign/foreign.ts";

const PREFIX = "@opentelemetry/instrumentation-";
const BUNDLE = "@opentelemetry/auto-instrumentations-node";

export interface FoundInstrumentations {
  readonly instrumentations: Instrumentation[];
  /** Files that each of them was loaded from. */
  readonly paths: string[];
  /** Packages that are named but cannot be used, with the reason. */
  readonly failed: { readonly name: string; readonly reason: string }[];
}

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** `entry` is the app's first file, or a folder to start from. */
export function findInstrumentations(
  entry: string,
  variables: NodeJS.ProcessEnv,
): FoundInstrumentations {
  const found: FoundInstrumentations = { instrumentations: [], paths: [], failed: [] };
  const manifestPath = nearestManifest(entry);
  if (manifestPath === undefined) return found;
  const require = createRequire(manifestPath);
  const isWanted = chooser(variables);
  for (const name of namesIn(manifestPath)) {
    if (name !== BUNDLE && !isWanted(name.slice(PREFIX.length))) continue;
    try {
      const exports = require(name) as Record<string, unknown>;
      const made = name === BUNDLE ? fromBundle(exports, isWanted) : fromPackage(exports);
      found.instrumentations.push(...made);
      found.paths.push(require.resolve(name));
    } catch (error) {
      found.failed.push({ name, reason: String(error) });
    }
  }
  return found;
}

function nearestManifest(entry: string): string | undefined {
  for (let folder = entry; ; folder = dirname(folder)) {
    const path = join(folder, "package.json");
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

function namesIn(manifestPath: string): string[] {
  const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as Manifest;
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  return names.filter((name) => name.startsWith(PREFIX) || name === BUNDLE);
}

function chooser(variables: NodeJS.ProcessEnv): (shortName: string) => boolean {
  const listOf = (name: string): Set<string> | undefined => {
    const names = variables[name]?.split(",").map((part) => part.trim());
    return names === undefined ? undefined : new Set(names.filter((part) => part !== ""));
  };
  const enabled = listOf("OTEL_NODE_ENABLED_INSTRUMENTATIONS");
  const disabled = listOf("OTEL_NODE_DISABLED_INSTRUMENTATIONS");
  return (name) => (enabled?.has(name) ?? true) && !(disabled?.has(name) ?? false);
}

type InstrumentationClass = new () => Instrumentation;

/** Every class of the package that is an instrumentation: one, as a rule. */
function fromPackage(exports: Record<string, unknown>): Instrumentation[] {
  const classes = new Set(Object.values(exports).filter(isInstrumentationClass));
  return [...classes].map((Class) => new Class());
}

function isInstrumentationClass(value: unknown): value is InstrumentationClass {
  if (typeof value !== "function") return false;
  const prototype = value.prototype as Partial<Instrumentation> | undefined;
  return (
    typeof prototype?.setTracerProvider === "function" && typeof prototype.enable === "function"
  );
}

function fromBundle(
  exports: Record<string, unknown>,
  isWanted: (shortName: string) => boolean,
): Instrumentation[] {
  const make = exports["getNodeAutoInstrumentations"] as () => Instrumentation[];
  return make().filter(({ instrumentationName }) =>
    isWanted(instrumentationName.replace(PREFIX, "")),
  );
}
