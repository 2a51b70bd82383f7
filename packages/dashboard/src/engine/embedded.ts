// embedded.ts — keeps the engine process alive: starts it, watches its pulse, starts it again when it ends.
//
//   starting ──ready──▶ ready ──exit, or no pulse for 30 s──▶ down ──▶ starting …
//
// A restart is immediate, unless the process was ready for less than 2 s: then the next ones wait longer and longer, up
// to 2 s. An engine that never came up is given up after some tries, or at once when trying again is of no use; `whenReady`
// says why.

import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { StationStatus } from "../contract/contract.ts";
import { Station } from "../self/self.ts";
import type { ClickHouseEndpoint } from "./client.ts";
import type { Engine, EngineState } from "./engine.ts";
import type { DoorCounters } from "./door/door.ts";
import { configXml, engineLimits, threadPoolSize } from "./engine-config.ts";
import type { EngineLimits } from "./engine-config.ts";
import { openEngineFolder } from "./engine-folder.ts";
import type { EngineFolder } from "./engine-folder.ts";
import { EngineLog } from "./engine-log.ts";
import { StateTeller } from "./engine-state.ts";
import { EngineLockedError, EngineStartError, EngineUnsupportedError } from "./errors.ts";
import type { FailedMessage, FromEngine } from "./messages.ts";
import { requireChdb, spawnEngineProcess, tell } from "./spawn-engine.ts";

export interface EmbeddedEngineOptions {
  /** The dashboard's data folder; the engine uses the folder `engine` in it. */
  readonly dataDirectory: string;
  /** ClickHouse's memory limit. Default: a quarter of the machine's or container's memory, at most 2 GiB. */
  readonly memoryBytes?: number;
  /** Inserts and merges wait for the disk. Default: false. */
  readonly fsync?: boolean;
}

const PULSE_PATIENCE_MS = 30_000;
/** Until the first pulse: opening reads the list of all parts. */
const START_PATIENCE_MS = 120_000;
const RESTART_DELAYS_MS = [0, 100, 250, 500, 1_000, 2_000];
/** A process that was ready for this long is started again with the first delay. */
const STEADY_AFTER_MS = 2_000;
/** Ends before the first "ready" after which an engine is given up. */
const START_TRIES = 5;
/** How long the folder may be locked at first: by the engine of a dashboard that was killed a moment ago. */
const LOCK_PATIENCE_MS = 3_000;
/** What is kept of stderr to find the reason of an end in. */
const STDERR_CHARACTERS_MAX = 8_192;
/** How long `close` waits before it kills. */
const CLOSE_PATIENCE_MS = 10_000;

/** The counters that only grow; `busy` and `waiting` are of now. */
const GROWING = [
  "queries",
  "inserts",
  "inserted_rows",
  "inserted_bytes",
  "failed",
  "refused",
  "killed",
] as const satisfies (keyof DoorCounters)[];

/** @throws {EngineUnsupportedError} when chdb is not installed here; {Error} when the folder cannot be made. */
export async function openEmbeddedEngine(options: EmbeddedEngineOptions): Promise<Engine> {
  requireChdb();
  const folder = openEngineFolder(options.dataDirectory);
  const limits = engineLimits(options.memoryBytes);
  writeFileSync(folder.configPath, configXml(limits, options.fsync), { mode: 0o600 });
  const engine = new EmbeddedEngine(options.dataDirectory, folder, limits);
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
  /** Counters of the processes that have ended; a process counts from zero. */
  #countedBefore: Partial<DoorCounters> = {};
  #counted: DoorCounters | undefined;
  #restart: NodeJS.Timeout | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #startedAtMs = 0;
  #readyAtMs = Infinity;
  #quickEnds = 0;
  readonly #openedAtMs = performance.now();
  /** Why this process cannot open, as it said itself. */
  #failure: string | undefined;
  #stderr = "";
  #wasReady = false;
  #hadLostWrite = false;
  #closing = false;

  constructor(dataDirectory: string, folder: EngineFolder, limits: EngineLimits) {
    this.#dataDirectory = dataDirectory;
    this.#folder = folder;
    this.#limits = limits;
    this.#log = new EngineLog(folder.logPath);
    this.#station = new Station("engine", stationLimits(limits));
    this.#station.setState("degraded", "The embedded ClickHouse is starting");
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
    this.#failure = undefined;
    this.#stderr = "";
    this.#startedAtMs = performance.now();
    this.#readyAtMs = Infinity;
    const child = spawnEngineProcess({
      uvThreads: threadPoolSize(this.#limits),
      compiledDirectory: this.#folder.compiledDirectory,
    });
    this.#child = child;
    this.#log.line(`process ${child.pid} started`);
    child.stdout?.on("data", (bytes: Uint8Array) => this.#log.write(bytes));
    child.stderr?.on("data", (bytes: Uint8Array) => {
      this.#log.write(bytes);
      this.#stderr = (this.#stderr + String(bytes)).slice(-STDERR_CHARACTERS_MAX);
    });
    child.on("message", (message: FromEngine) => this.#heard(child, message));
    child.once("error", (error) => this.#ended(child, error.message));
    child.once("close", (code, signal) => this.#ended(child, signal ?? `exit code ${code}`));
    tell(child, {
      type: "open",
      databaseDirectory: this.#folder.databaseDirectory,
      definitionsDirectory: this.#folder.definitionsDirectory,
      incomingDirectory: this.#folder.incomingDirectory,
      hadLostWrite: this.#hadLostWrite,
      configPath: this.#folder.configPath,
      socketPath: this.#folder.socketPath,
      limits: this.#limits,
    });
    this.#expectPulse(child, START_PATIENCE_MS);
  }

  #heard(child: ChildProcess, message: FromEngine): void {
    if (child !== this.#child) return;
    this.#expectPulse(child, PULSE_PATIENCE_MS);
    if (message.type === "ready") {
      this.#wasReady = true;
      this.#hadLostWrite = false;
      this.#readyAtMs = performance.now();
      this.#log.line(`process ${child.pid} is ready, ClickHouse ${message.version}`);
      this.#station.set("start_ms", Math.round(performance.now() - this.#startedAtMs));
      this.#station.setState("ok");
      this.#teller.set("ready");
    } else if (message.type === "pulse") {
      this.#counted = message.counters;
      this.#station.set("resident_bytes", message.residentBytes);
      for (const [name, value] of Object.entries(this.#totals())) this.#station.set(name, value);
    } else {
      this.#failed(message);
    }
  }

  /** The engine process said that it cannot open or go on, and ends. */
  #failed({ reason, message }: FailedMessage): void {
    this.#failure = message;
    if (reason === "lost write") {
      this.#hadLostWrite = true;
      this.#station.count("lost_writes");
    }
    if (this.#wasReady || reason === "other") return; // it is tried again
    this.#giveUp(
      reason === "unsupported"
        ? new EngineUnsupportedError(message)
        : new EngineStartError(`Cannot start the embedded ClickHouse: ${message}`),
    );
  }

  #giveUp(error: Error): void {
    this.#station.setState("down", error.message);
    this.#teller.fail(error);
  }

  #ended(child: ChildProcess, exit: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    clearTimeout(this.#pulse);
    this.#countedBefore = this.#totals();
    this.#counted = undefined;
    const how = this.#failure === undefined ? exit : (exceptionIn(this.#stderr) ?? this.#failure);
    this.#log.line(`process ${child.pid} ended: ${how}`);
    if (this.#closing || this.#teller.fatal !== undefined) return;
    this.#station.count("crashes");
    if (performance.now() - this.#readyAtMs > STEADY_AFTER_MS) this.#quickEnds = 0;
    const hopeless = this.#wasReady ? undefined : this.#hopelessBecause(how);
    if (hopeless !== undefined) return this.#giveUp(hopeless);
    const message = `The embedded ClickHouse ended (${how}) and is being started again`;
    this.#station.setState("down", message);
    this.#teller.set("down");
    const delayMs = RESTART_DELAYS_MS[Math.min(this.#quickEnds++, RESTART_DELAYS_MS.length - 1)];
    this.#restart = setTimeout(() => {
      this.#teller.set("starting");
      this.start();
    }, delayMs);
  }

  /** The error to give up with, of an engine that was never ready; undefined while it is worth another try. */
  #hopelessBecause(how: string): Error | undefined {
    if (/Cannot lock file/.test(how)) {
      const waitedMs = performance.now() - this.#openedAtMs;
      if (waitedMs < LOCK_PATIENCE_MS) return undefined;
      return new EngineLockedError(this.#dataDirectory, { cause: how });
    }
    if (this.#quickEnds < START_TRIES) return undefined;
    return new EngineStartError(
      `Cannot start the embedded ClickHouse: ${how}; see ${this.#folder.logPath}`,
    );
  }

  #totals(): Partial<DoorCounters> {
    const totals: Partial<DoorCounters> = { ...this.#counted };
    for (const name of GROWING)
      totals[name] = (totals[name] ?? 0) + (this.#countedBefore[name] ?? 0);
    return totals;
  }

  #expectPulse(child: ChildProcess, patienceMs: number): void {
    clearTimeout(this.#pulse);
    this.#pulse = setTimeout(() => {
      this.#log.line(`process ${child.pid} has no pulse and is killed`);
      this.#station.count("hangs");
      child.kill("SIGKILL");
    }, patienceMs);
    this.#pulse.unref();
  }
}

/** ClickHouse's own words, without their code and type. */
function exceptionIn(stderr: string): string | undefined {
  return /DB::Exception: ([^\n]*?)(?: \([A-Z_]+\))?(?:\n|$)/.exec(stderr)?.[1];
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
