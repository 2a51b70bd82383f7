// api-copies.ts — finds every copy of `@opentelemetry/api` that is loaded in this process.
//
// There is often more than one: the api is published as ESM and as CommonJS, each with its own state; an
// instrumentation may bring another version; the app may resolve a third. A tracer that somebody took
// from a copy before start comes alive only if that copy is told about our provider.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { TracerProvider } from "@opentelemetry/api";
import * as ownApi from "@opentelemetry/api";

/** The part of an api that differs between copies: the proxy that it hands out before start. */
export interface ApiCopy {
  readonly path: string;
  readonly version: string;
  readonly trace: { getTracerProvider(): TracerProvider };
  readonly logs: { getLoggerProvider(): unknown } | undefined;
}

const API_MAIN = /[\\/]@opentelemetry[\\/]api[\\/](?:build|dist)[\\/](?:[a-z]+[\\/])?index\.c?js$/;
const API_NAME = "@opentelemetry/api";

const require = createRequire(import.meta.url);

/** Our own copy first. Nothing is loaded that the app could not have loaded already. */
export function findApiCopies(): ApiCopy[] {
  const copies = new Map<unknown, ApiCopy>();
  const add = (path: string, exports: unknown): void => {
    const api = exports as Partial<ApiCopy> | undefined;
    if (typeof api?.trace?.getTracerProvider !== "function" || copies.has(api.trace)) return;
    copies.set(api.trace, { path, version: versionAt(path), trace: api.trace, logs: api.logs });
  };
  add(resolveFrom(import.meta.url) ?? API_NAME, ownApi);
  for (const [path, module] of Object.entries(require.cache)) {
    if (API_MAIN.test(path)) add(path, module?.exports);
  }
  for (const path of esmBuilds()) add(path, loadEsm(path));
  return [...copies.values()];
}

/** ESM builds have no cache to look into: those that we and the app's entry resolve are the ones that matter. */
function esmBuilds(): Set<string> {
  const paths = new Set<string>();
  for (const from of [import.meta.url, process.argv[1]]) {
    const main = from === undefined ? undefined : resolveFrom(from);
    if (main === undefined) continue;
    const path = join(dirname(main), "index.mjs");
    if (existsSync(path)) paths.add(path);
  }
  return paths;
}

function resolveFrom(from: string): string | undefined {
  try {
    return createRequire(from).resolve(API_NAME);
  } catch {
    return undefined; // bundled into one file, or the entry does not use the api
  }
}

/** The same instance that `import` gives; needs Node's require(esm), in 20.19 and from 22.12 on. */
function loadEsm(path: string): unknown {
  try {
    return require(path);
  } catch {
    return undefined;
  }
}

function versionAt(path: string): string {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name, version } = require(manifest) as { name?: string; version?: string };
    if (name === API_NAME && version !== undefined) return version;
  }
  return "unknown";
}
