// embedded.ts — keeps the engine process alive: starts it, watches its pulse, starts it again when it ends.
//
//   starting ──ready──▶ ready ──exit, or no pulse for 30 s──▶ down ──▶ starting …
//
// The first restart is immediate, the next ones wait 0.25, 0.5, 1, … 5 s, until the engine has lived for a minute.
// If it never came up, trying again is of no use: it is down for good, and `whenReady` says why.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { StationStatus } from "../contract/contract.ts";
import { Station } from "../self/self.ts";
import type { ClickHouseEndpoint } from "./client.ts";
import type { Engine, EngineState } from "./engine.ts";
import { configXml, engineLimits, threadPoolSize } from "./engine-config.ts";
import type { EngineLimits } from "./engine-config.ts";
import { openEngineFolder } from "./engine-folder.ts";
import type { EngineFolder } from "./engine-folder.ts";
import { EngineLog } from "./engine-log.ts";
import { StateTeller } from "./engine-state.ts";
import { EngineLockedError, EngineStartError, EngineUnsupportedError } from "./errors.ts";
import type { FailedMessage, FromEngine, ToEngine } from "./messages.ts";

export interface EmbeddedEngineOptions {
  /** The dashboard's data folder; the engine uses the folder `engine` in it. */
  readonly dataDirectory: string;
  /** ClickHouse's memory limit. Default: a quarter of the machine's or container's memory, at most 2 GiB. */
  readonly memoryBytes?: number;
}

const PULSE_PATIENCE_MS = 30_000;
const RESTART_DELAYS_MS = [0, 250, 500, 1_000, 2_000, 5_000];
/** An engine that has lived this long starts over with the first delay. */
const STEADY_AFTER_MS = 60_000;
/** How long `close` waits before it kills. */
const CLOSE_PATIENCE_MS = 10_000;

/** @throws {EngineUnsupportedError} when chdb is not installed here; {Error} when the folder cannot be made. */
export async function openEmbeddedEngine(options: EmbeddedEngineOptions): Promise<Engine> {
  requireChdb();
  const engine = new EmbeddedEngine(options, openEngineFolder(options.dataDirectory));
  engine.start();
  return engine;
}

class EmbeddedEngine implements Engine {
  readonly endpoint: ClickHouseEndpoint;
  readonly #dataDirectory: string;
  readonly #folder: EngineFolder;
  readonly #limits: EngineLimits;
  readonly #log: EngineLog;
  readonly #station: Station;
  readonly #teller = new StateTeller();
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #startedAtMs = 0;
  #failedStarts = 0;
  #wasReady = false;
  #closing = false;

  constructor(options: EmbeddedEngineOptions, folder: EngineFolder) {
    this.#dataDirectory = options.dataDirectory;
    this.#folder = folder;
    this.#limits = engineLimits(options.memoryBytes);
    this.#log = new EngineLog(folder.logPath);
    this.#station = new Station("engine", stationLimits(this.#limits));
    this.endpoint = { url: "http://localhost", socketPath: folder.socketPath, database: "default" };
  }

  get state(): EngineState {
    return this.#teller.state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  whenReady(timeoutMs = 30_000): Promise<void> {
    return this.#teller.whenReady(
      timeoutMs,
      () =>
        `Cannot use the embedded ClickHouse: it is not ready after ${timeoutMs} ms; see ${this.#folder.logPath}`,
    );
  }

  onStateChange(listener: (state: EngineState) => void): () => void {
    return this.#teller.onChange(listener);
  }

  status(): StationStatus {
    return this.#station.status();
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      const kill = setTimeout(() => child.kill("SIGKILL"), CLOSE_PATIENCE_MS);
      tell(child, { type: "close" });
      await ended;
      clearTimeout(kill);
    }
    this.#folder.close();
    this.#teller.set("down");
  }

  start(): void {
    this.#station.count("starts");
    this.#startedAtMs = Date.now();
    mkdirSync(this.#folder.incomingDirectory, { recursive: true, mode: 0o700 });
    writeFileSync(this.#folder.configPath, configXml(this.#limits));
    const child = spawnEngineProcess(threadPoolSize(this.#limits));
    this.#child = child;
    this.#log.line(`process ${child.pid} started`);
    child.stdout?.on("data", (bytes: Uint8Array) => this.#log.write(bytes));
    child.stderr?.on("data", (bytes: Uint8Array) => this.#log.write(bytes));
    child.on("message", (message: FromEngine) => this.#heard(child, message));
    child.once("error", (error) => this.#ended(child, error.message));
    child.once("exit", (code, signal) => this.#ended(child, signal ?? `exit code ${code}`));
    tell(child, {
      type: "open",
      databaseDirectory: this.#folder.databaseDirectory,
      incomingDirectory: this.#folder.incomingDirectory,
      configPath: this.#folder.configPath,
      socketPath: this.#folder.socketPath,
      limits: this.#limits,
    });
    this.#expectPulse(child);
  }

  #heard(child: ChildProcess, message: FromEngine): void {
    if (child !== this.#child) return;
    this.#expectPulse(child);
    if (message.type === "ready") {
      this.#wasReady = true;
      this.#log.line(`process ${child.pid} is ready, ClickHouse ${message.version}`);
      this.#station.set("start_ms", Date.now() - this.#startedAtMs);
      this.#station.setState("ok");
      this.#teller.set("ready");
    } else if (message.type === "pulse") {
      for (const [name, value] of Object.entries(message.counters)) this.#station.set(name, value);
      this.#station.set("resident_bytes", message.residentBytes);
    } else {
      this.#failed(message);
    }
  }

  /** The engine process said that it cannot open. Once it was open before, it is tried again. */
  #failed({ reason, message }: FailedMessage): void {
    this.#log.line(`cannot open: ${message}`);
    if (this.#wasReady) return;
    this.#giveUp(
      reason === "locked"
        ? new EngineLockedError(this.#dataDirectory, { cause: message })
        : reason === "unsupported"
          ? new EngineUnsupportedError(message)
          : new EngineStartError(`Cannot start the embedded ClickHouse: ${message}`),
    );
  }

  #giveUp(error: Error): void {
    this.#station.setState("down", error.message);
    this.#teller.fail(error);
  }

  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    clearTimeout(this.#pulse);
    this.#log.line(`process ${child.pid} ended: ${how}`);
    if (this.#closing || this.#teller.fatal !== undefined) return;
    this.#station.count("crashes");
    if (Date.now() - this.#startedAtMs > STEADY_AFTER_MS) this.#failedStarts = 0;
    if (!this.#wasReady && this.#failedStarts === RESTART_DELAYS_MS.length) {
      this.#giveUp(
        new EngineStartError(
          `Cannot start the embedded ClickHouse: it ended (${how}); see ${this.#folder.logPath}`,
        ),
      );
      return;
    }
    const delay = RESTART_DELAYS_MS[Math.min(this.#failedStarts++, RESTART_DELAYS_MS.length - 1)];
    this.#station.setState(
      "down",
      `The embedded ClickHouse ended (${how}) and is being started again`,
    );
    this.#teller.set("down");
    this.#restart = setTimeout(() => {
      this.#teller.set("starting");
      this.start();
    }, delay);
  }

  #expectPulse(child: ChildProcess): void {
    clearTimeout(this.#pulse);
    this.#pulse = setTimeout(() => {
      this.#log.line(`process ${child.pid} has no pulse and is killed`);
      this.#station.count("hangs");
      child.kill("SIGKILL");
    }, PULSE_PATIENCE_MS);
    this.#pulse.unref();
  }
}

function requireChdb(): void {
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
function spawnEngineProcess(uvThreads: number): ChildProcess {
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
  const env: NodeJS.ProcessEnv = { UV_THREADPOOL_SIZE: String(uvThreads) };
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  return spawn(
    process.execPath,
    [...(source ? ["--conditions=@telemetry/source"] : []), fileURLToPath(entry)],
    { env, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
}

/** A process that has ended cannot be told anything; its end is handled where it is seen. */
function tell(child: ChildProcess, message: ToEngine): void {
  if (child.connected) child.send(message, () => {});
}

function stationLimits(limits: EngineLimits): Record<string, number> {
  return {
    memory_bytes_max: limits.memoryBytes,
    query_memory_bytes_max: limits.queryMemoryBytes,
    query_sessions_max: limits.querySessions,
    insert_sessions_max: limits.insertSessions,
    reader_sessions_max: limits.readerSessions,
    waiting_max: limits.waitingMax,
    body_bytes_max: limits.bodyBytesMax,
  };
}
