// dashboard-child.ts — a dashboard in a child process, that ends when this process does.
//
//   fork ──IPC──▶ { "type": "ready", "url", … }      or  { "type": "failed", "message", "code"?, "holder"? }
//
// The child has a process group of its own, so that Ctrl-C in a terminal ends the app first and the app's last
// records still arrive; it ends when the IPC channel closes, whatever the app died of. Its environment is
// clean: nothing of the app's instrumentation gets into it, or it would trace itself into itself.

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

import type { DashboardCommand } from "./find-command.ts";

/** How the attempt to start ended. The shapes are those of the command's messages to its parent. */
export type ChildStart =
  | { readonly type: "ready"; readonly url: string; readonly child: DashboardChild }
  | {
      readonly type: "failed";
      readonly message: string;
      /** A code of the system, such as EADDRINUSE. */
      readonly code?: string | undefined;
      /** The dashboard that works in the data folder already; without `url` while it is starting. */
      readonly holder?: { readonly pid?: number; readonly url?: string } | undefined;
    };

export interface DashboardChild {
  /** Ends the dashboard cleanly; by force when it takes too long. */
  stop(): Promise<void>;
  /** Called when the child ends, also by itself. */
  onEnd(listener: () => void): void;
}

const STOP_TIMEOUT_MS = 15_000;
/** Kept of what the child prints while it starts. */
const OUTPUT_LENGTH_MAX = 4_000;

/** Starts the command. Resolves when it is ready or has failed; never rejects. */
export async function openChild(
  command: DashboardCommand,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<ChildStart> {
  const child = fork(command.path, [...args], {
    execArgv: [...command.execArgv],
    env: environment,
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const output = watchOutput(child);
  const start = await firstAnswer(child, timeoutMs);
  if (start.type === "failed") {
    child.kill("SIGKILL");
    return start.message === "" ? { ...start, message: output.text() } : start;
  }
  output.passOn();
  // From here on the child must not keep the app alive.
  child.unref();
  child.channel?.unref();
  (child.stderr as { unref?: () => void } | null)?.unref?.();
  return { type: "ready", url: start.url, child: handleOf(child) };
}

/** The environment of the app without what would instrument or misdirect the dashboard. */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = new Set(["NODE_OPTIONS", "TRACEPARENT", "TRACESTATE", "BAGGAGE"]);
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !foreign.has(name) && !name.startsWith("OTEL_") && !name.startsWith("NODE_V8_"),
    ),
  );
}

type Answer = { type: "ready"; url: string } | Extract<ChildStart, { type: "failed" }>;

async function firstAnswer(child: ChildProcess, timeoutMs: number): Promise<Answer> {
  const ending = new AbortController();
  const { signal } = ending;
  const timer = setTimeout(() => ending.abort(), timeoutMs);
  try {
    const [message] = await Promise.race([
      once(child, "message", { signal }),
      once(child, "close", { signal }).then(() => [{ type: "failed", message: "" }]),
    ]);
    return message as Answer;
  } catch (error) {
    const reason = signal.aborted ? `it was not ready within ${timeoutMs} ms` : String(error);
    return { type: "failed", message: `Cannot start the dashboard: ${reason}` };
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

function handleOf(child: ChildProcess): DashboardChild {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    stop: async () => {
      if (hasEnded()) return;
      child.ref();
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
    onEnd: (listener) => {
      if (hasEnded()) listener();
      else child.once("exit", listener);
    },
  };
}

/** Keeps what the child says until it is ready, then lets it through: it is meant for a person. */
function watchOutput(child: ChildProcess): { text(): string; passOn(): void } {
  let text = "";
  let isReady = false;
  child.stderr?.on("data", (chunk: Buffer) => {
    if (isReady) process.stderr.write(chunk);
    else if (text.length < OUTPUT_LENGTH_MAX) text += chunk.toString("utf8");
  });
  return {
    text: () => text.trim() || "Cannot start the dashboard: it ended without a word",
    passOn: () => {
      isReady = true;
      if (text !== "") process.stderr.write(text);
    },
  };
}
