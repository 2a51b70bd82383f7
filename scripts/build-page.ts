// build-page.ts — builds the page when a source of it is newer than the last build, so that `npm start`
// and `npm run demo` need no build step of their own.

import { globSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vite";

const web = resolve(import.meta.dirname, "../packages/web");

/** Builds packages/web into packages/web/dist if needed. Returns whether it built. */
export async function buildPage(): Promise<boolean> {
  if (builtAtMs() >= newestSourceMs()) return false;
  await build({
    root: web,
    configFile: join(web, "vite.config.ts"),
    logLevel: "warn",
  });
  return true;
}

function builtAtMs(): number {
  return (
    statSync(join(web, "dist/index.html"), { throwIfNoEntry: false })?.mtimeMs ??
    Number.NEGATIVE_INFINITY
  );
}

function newestSourceMs(): number {
  const files = globSync(["src/**/*", "index.html", "vite.config.ts", "public/**/*"], { cwd: web });
  return Math.max(...files.map((file) => statSync(join(web, file)).mtimeMs));
}

if (import.meta.main) console.log((await buildPage()) ? "page built" : "page is up to date");
