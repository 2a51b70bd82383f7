// steps.ts — runs commands one after the other, says what each took, and stops at the first that fails.

import { spawn } from "node:child_process";

export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

export interface StepResult {
  readonly exitCode: number;
  /** What the step printed, at most the last 256 KiB. */
  readonly output: string;
}

const OUTPUT_BYTES_MAX = 256 * 1024;

/** Runs one step with its output shown as it comes. Never rejects for a failing command. */
export function runStep(step: Step): Promise<StepResult> {
  const startMs = performance.now();
  const child = spawn(step.command, step.args, {
    cwd: step.cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
  });
  let output = "";
  const collect = (stream: NodeJS.WriteStream) => (chunk: Buffer) => {
    stream.write(chunk);
    output = (output + chunk.toString()).slice(-OUTPUT_BYTES_MAX);
  };
  child.stdout.on("data", collect(process.stdout));
  child.stderr.on("data", collect(process.stderr));
  return new Promise((resolve) => {
    const done = (exitCode: number) => {
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      console.log(`${exitCode === 0 ? "ok" : "FAILED"}  ${step.name}  ${seconds} s`);
      resolve({ exitCode, output });
    };
    child.on("error", (error) => {
      console.error(`Cannot run "${step.command}": ${error.message}`);
      done(127);
    });
    child.on("close", (code) => done(code ?? 1));
  });
}

/** Runs the steps in order and ends the process with 1 at the first that fails. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const { exitCode } = await runStep(step);
    if (exitCode !== 0) process.exit(1);
  }
}
