// running-dashboard.ts — the real `telemetry` command as a child process, on free ports and a folder of its own.

import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const COMMAND = resolve(import.meta.dirname, "../../packages/dashboard/src/command/command.ts");
const READY_TIMEOUT_MS = 20_000;

export interface RunningDashboard {
  /** Address of the page and the API. */
  readonly url: string;
  /** Where senders post OTLP over HTTP. */
  readonly otlpUrl: string;
  /** And over gRPC. */
  readonly otlpGrpcUrl: string;
  readonly dataDirectory: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

export interface LaunchOptions {
  /** Default: a folder of its own, removed at the end. */
  readonly dataDirectory?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node. */
  readonly execArgv?: readonly string[];
}

/** The command's process, which may be killed before it is ready. */
export interface LaunchedDashboard {
  readonly process: ChildProcess;
  readonly ready: Promise<RunningDashboard>;
}

/** Starts the command and resolves when it says that it is ready. The caller stops it. */
export async function startDashboard(options: LaunchOptions = {}): Promise<RunningDashboard> {
  return await launchDashboard(options).ready;
}

/** Starts the command. */
export function launchDashboard(options: LaunchOptions = {}): LaunchedDashboard {
  const isOwnFolder = options.dataDirectory === undefined;
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), "telemetry-e2e-"));
  const ports = ["--port", "0", "--otlp-http-port", "0", "--otlp-grpc-port", "0"];
  const child = fork(COMMAND, ["--data", dataDirectory, ...ports, ...(options.args ?? [])], {
    execArgv: ["--conditions=@telemetry/source", ...(options.execArgv ?? [])],
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const stop = async () => {
    await ended(child, "SIGTERM");
    if (isOwnFolder) rmSync(dataDirectory, { recursive: true, force: true });
  };
  const ready = readyMessage(child).then(({ url, otlpHttpUrl, otlpGrpcUrl }) => {
    return { url, otlpUrl: otlpHttpUrl, otlpGrpcUrl, dataDirectory, process: child, stop };
  });
  return { process: child, ready };
}

/** Sends the signal and waits until the process is gone. */
export function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once("exit", () => done());
    child.kill(signal);
  });
}

interface ReadyMessage {
  readonly type: "ready";
  readonly url: string;
  readonly otlpHttpUrl: string;
  readonly otlpGrpcUrl: string;
}

function readyMessage(child: ChildProcess): Promise<ReadyMessage> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolveReady, reject) => {
    const fail = (why: string) =>
      reject(new Error(`Cannot start the dashboard: ${why}; it printed: ${output}`));
    const timer = setTimeout(() => fail("not ready in time"), READY_TIMEOUT_MS);
    child.on("message", (message: ReadyMessage) => {
      if (message.type !== "ready") return;
      clearTimeout(timer);
      resolveReady(message);
    });
    child.once("exit", (code) => fail(`it ended with ${code}`));
  });
}
