// run-sender.ts — runs a sender's program in a process of its own until it ends by itself.

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** Long enough for a machine that is busy; every sender here needs about a second. */
const TIMEOUT_MS = 60_000;

export interface Program {
  readonly command: string;
  readonly args?: readonly string[];
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Resolves with what the program printed on stdout. Throws with all that it said when it fails: exporters complain
 * on stderr and end with 0, so the test must also find the data.
 */
export async function runSender(program: Program): Promise<string> {
  const { code, stdout, stderr } = await endedSender(program);
  if (code !== 0) {
    const said = `${stdout}${stderr}`;
    throw new Error(`Cannot run "${program.command}": it ended with ${code} and said: ${said}`);
  }
  return stdout;
}

/** The same for a program that may fail. */
export async function endedSender({ command, args = [], folder, env = {} }: Program) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...ownEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** Without what would steer a sender from outside: settings of OpenTelemetry, of dd-trace, of Node. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(OTEL_|DD_|NODE_|VITEST|TRACE)/.test(key)),
  );
}
