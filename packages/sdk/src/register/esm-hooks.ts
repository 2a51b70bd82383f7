// esm-hooks.ts — lets instrumentations see what is loaded by `import`.
//
// An instrumentation patches modules through the copy of import-in-the-middle that its own
// `@opentelemetry/instrumentation` resolves, so each such copy needs its hook. One copy, one hook: a second
// one would wrap every module twice.

import { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";

const BASE = "@opentelemetry/instrumentation";
const HOOK = `${BASE}/hook.mjs`;

/** `paths` are files of instrumentation packages. Returns why a hook could not be used, by path. */
export function registerEsmHooks(paths: readonly string[]): Map<string, string> {
  const failed = new Map<string, string>();
  const seen = new Set<string>();
  for (const path of paths) {
    try {
      const base = createRequire(path).resolve(BASE);
      const importInTheMiddle = createRequire(base).resolve("import-in-the-middle");
      if (seen.has(importInTheMiddle)) continue;
      seen.add(importInTheMiddle);
      register(HOOK, pathToFileURL(path));
    } catch (error) {
      failed.set(path, String(error));
    }
  }
  return failed;
}
