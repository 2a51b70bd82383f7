// pack.ts — builds what is published and writes two tarballs into dist/.
//
//   packages/sdk, packages/dashboard ──bundle──▶ packages/<name>/dist ──stage──▶ dist/<name> ──npm pack──▶ dist/*.tgz
//
// Private packages (otlp, web) are bundled in. The staged package.json is the workspace's own without the
// `@telemetry/source` condition and without devDependencies, so nothing published points to a file or a
// package that only the workspace has. Each tarball is checked by publint.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build, type UserConfig } from "tsdown";
import { buildPage } from "./build-page.ts";

const root = resolve(import.meta.dirname, "..");
const output = join(root, "dist");
const SOURCE_CONDITION = "@telemetry/source";

interface Published {
  readonly name: "sdk" | "dashboard";
  readonly formats: ("esm" | "cjs")[];
  /** Files that are entries beside those of `exports`: a worker or child process is started from them. */
  readonly processes: Record<string, string>;
  readonly extraFiles: string[];
}

const PUBLISHED: Published[] = [
  { name: "sdk", formats: ["esm", "cjs"], processes: {}, extraFiles: [] },
  {
    name: "dashboard",
    formats: ["esm"],
    processes: {
      command: "src/command/command.ts",
      worker: "src/store/worker.ts",
      "engine-process": "src/engine/engine-process.ts",
    },
    extraFiles: ["bin"],
  },
];

rmSync(output, { recursive: true, force: true });
mkdirSync(output);
await buildPage();
for (const published of PUBLISHED) {
  await bundle(published);
  if (published.name === "dashboard") {
    cpSync(join(root, "packages/web/dist"), join(root, "packages/dashboard/dist/web"), {
      recursive: true,
    });
  }
  const stage = stagePackage(published);
  await lintPackage(stage);
  console.log(pack(stage));
}

async function bundle({ name, formats, processes }: Published): Promise<void> {
  const directory = join(root, "packages", name);
  const config: UserConfig = {
    cwd: directory,
    entry: { ...exportedEntries(readManifest(directory).exports), ...processes },
    format: formats,
    // Declarations of the private packages are bundled in, so the project that emits them spans all.
    dts: { tsconfig: join(root, "tsconfig.pack.json") },
    // `using` needs a library that a project for es2022 has not named.
    banner: { dts: '/// <reference lib="esnext.disposable" />' },
    platform: "node",
    target: "node20",
    outDir: join(directory, "dist"),
    clean: true,
    fixedExtension: false,
    shims: true,
    sourcemap: true,
    logLevel: "warn",
    inputOptions: { resolve: { conditionNames: [SOURCE_CONDITION, "node", "import", "default"] } },
  };
  await build({ config: false, ...config });
}

type Exports = Record<string, string | Record<string, unknown>>;
interface Manifest {
  name: string;
  version: string;
  exports: Exports;
  devDependencies?: unknown;
  files?: string[];
  [field: string]: unknown;
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}

/** `"./testing": { "@telemetry/source": "./src/testing/testing.ts" }` → `{ testing: "src/testing/testing.ts" }`. */
function exportedEntries(exports: Exports): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const [subpath, target] of Object.entries(exports)) {
    if (typeof target === "string") continue;
    const source = target[SOURCE_CONDITION];
    if (typeof source !== "string") continue;
    const entry = subpath === "." ? "index" : subpath.slice(2);
    entries[entry] = source.slice(2);
  }
  return entries;
}

function stagePackage({ name, extraFiles }: Published): string {
  const directory = join(root, "packages", name);
  const stage = join(output, name);
  const { devDependencies: _workspaceOnly, ...manifest } = readManifest(directory);
  const staged = {
    ...manifest,
    exports: withoutSourceCondition(manifest.exports),
    files: ["dist", ...extraFiles],
  };
  mkdirSync(stage, { recursive: true });
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(staged, null, 2)}\n`);
  for (const file of ["dist", ...extraFiles]) {
    cpSync(join(directory, file), join(stage, file), { recursive: true });
  }
  for (const file of ["LICENSE", "README.md"]) cpSync(join(root, file), join(stage, file));
  return stage;
}

function withoutSourceCondition(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([condition]) => condition !== SOURCE_CONDITION)
      .map(([key, target]) => [key, withoutSourceCondition(target)]),
  );
}

async function lintPackage(stage: string): Promise<void> {
  const { messages, pkg } = await publint({ pkgDir: stage, strict: true });
  for (const message of messages) console.error(formatMessage(message, pkg ?? {}));
  if (messages.length > 0) process.exit(1);
}

function pack(stage: string): string {
  return execFileSync("npm", ["pack", "--silent", "--pack-destination", output], {
    cwd: stage,
    encoding: "utf8",
  }).trim();
}
