// senders.ts — the two senders as processes of their own: our SDK, and OpenTelemetry JS unchanged from npm.

import { execFileSync, fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const OTEL_JS = resolve(import.meta.dirname, "../compat/otel-js-3");

export interface RunningSender {
  readonly name: string;
  /** Stops making spans, flushes, and resolves with how many there were. */
  stop(): Promise<number>;
  kill(): void;
}

/** Installs OpenTelemetry JS from its own lock, once. Throws where the registry cannot be reached. */
export function installOtelJs(): void {
  if (existsSync(join(OTEL_JS, "node_modules"))) return;
  execFileSync("npm", ["ci", "--silent", "--no-audit", "--no-fund"], { cwd: OTEL_JS });
}

export function startSenders(otlpUrl: string, spansPerSecond: number): RunningSender[] {
  return [
    startSender("our SDK", join(import.meta.dirname, "our-sender.ts"), otlpUrl, spansPerSecond),
    startSender("OpenTelemetry JS 3.1.1", join(OTEL_JS, "sender.mjs"), otlpUrl, spansPerSecond),
  ];
}

function startSender(
  name: string,
  entry: string,
  otlpUrl: string,
  spansPerSecond: number,
): RunningSender {
  const child = fork(entry, {
    execArgv: ["--conditions=@telemetry/source"],
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
      OTEL_BSP_MAX_QUEUE_SIZE: "20000",
      SPANS_PER_SECOND: String(spansPerSecond),
    },
    stdio: ["ignore", "ignore", "ignore", "ipc"], // both complain about the outages that we make
  });
  return { name, stop: () => stop(child, name), kill: () => void child.kill("SIGKILL") };
}

async function stop(child: ChildProcess, name: string): Promise<number> {
  if (child.exitCode !== null) throw new Error(`Cannot go on: the sender with ${name} has ended`);
  const told = once(child, "message") as Promise<[{ count: number }]>;
  child.send("stop");
  const [{ count }] = await told;
  return count;
}
