// spawn-engine.ts — starts the engine process. What it needs to know comes by IPC; what it inherits is listed here.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { EngineUnsupportedError } from "./errors.ts";
import type { ToEngine } from "./messages.ts";

/** @throws {EngineUnsupportedError} when this platform or installation has no chdb. */
export function requireChdb(): void {
  const platform = `${process.platform}-${process.arch}`;
  if (!["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"].includes(platform)) {
    throw new EngineUnsupportedError(`there is no build of it for ${platform}`);
  }
  try {
    createRequire(import.meta.url).resolve("chdb/package.json");
  } catch (cause) {
    throw new EngineUnsupportedError("the package chdb is not installed", { cause });
  }
}

/** With a clean environment: nothing that configures or traces the parent may reach the engine. */
export function spawnEngineProcess(options: {
  uvThreads: number;
  compiledDirectory: string;
}): ChildProcess {
  const source = import.meta.url.endsWith(".ts");
  const entry = new URL(source ? "./engine-process.ts" : "./engine-process.js", import.meta.url);
  const kept = [
    "PATH",
    "HOME",
    "TMPDIR",
    "TZ",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
  ];
  const env: NodeJS.ProcessEnv = {
    UV_THREADPOOL_SIZE: String(options.uvThreads),
    NODE_COMPILE_CACHE: options.compiledDirectory,
  };
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  return spawn(
    process.execPath,
    [...(source ? ["--conditions=@telemetry/source"] : []), fileURLToPath(entry)],
    { env, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
}

/** A process that has ended cannot be told anything; its end is handled where it is seen. */
export function tell(child: ChildProcess, message: ToEngine): void {
  if (child.connected) child.send(message, () => {});
}
