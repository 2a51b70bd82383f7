// install.ts — puts what a sender needs beside its program, once per lock file.
//
//   package-lock.json ──npm ci──────▶ node_modules/
//   requirements.txt ──pip install──▶ .installed/venv/
//   go.sum ──go build───────────────▶ .installed/story
//
// A file `lock-hash` in what was filled says from which lock file. Install scripts of npm stay off: no sender here needs
// one, and what comes from a registry runs only when a test runs it.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** A fresh machine with two cores compiles the Go SDK in about a minute. */
const STEP_TIMEOUT_MS = 240_000;
const SENDERS = resolve(import.meta.dirname, "..");
/** What npm, pip and go say when nobody answers, as against packages that are wrong. */
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONN\w+|E\w*TIMEDOUT|E\w+UNREACH|ERR_SOCKET_TIMEOUT|code E5\d\d|No matching distribution|dial tcp|i\/o timeout/;

export interface Sender {
  readonly folder: string;
  /** Why it cannot run here; undefined when it can. */
  readonly missing: string | undefined;
}

/** Installs `senders/<name>` from npm. Throws when the packages themselves are wrong. */
export function installSender(name: string): Sender {
  const folder = join(SENDERS, name);
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund", "--prefer-offline"];
  const patience = [
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=2000",
  ];
  const isInstalled = install({
    folder,
    lock: "package-lock.json",
    into: "node_modules",
    steps: [["npm", "ci", "--ignore-scripts", ...quiet, ...patience]],
  });
  return { folder, missing: isInstalled ? undefined : notRun(name, "npm does not answer") };
}

/** Puts the requirements of `senders/python` into a virtual environment, whose Python is `program`. */
export function installPython(): Sender & { readonly program: string } {
  const folder = join(SENDERS, "python");
  const program = join(folder, ".installed/venv/bin/python");
  const result = (missing?: string) => ({
    folder,
    program,
    missing: missing === undefined ? undefined : notRun("python", missing),
  });
  if (!canRun("python3", "-c", "import venv, ensurepip")) return result("python3 is not here");
  const pip = ["-m", "pip", "install", "--quiet", "--retries=1", "--only-binary=:all:"];
  const isInstalled = install({
    folder,
    lock: "requirements.txt",
    into: ".installed",
    steps: [
      ["python3", "-m", "venv", "--clear", ".installed/venv"],
      [program, ...pip, "-r", "requirements.txt"],
    ],
  });
  return result(isInstalled ? undefined : "PyPI does not answer, or has no wheel for this Python");
}

/** Builds `senders/go` with the versions of its go.sum into `program`. */
export function installGo(): Sender & { readonly program: string } {
  const folder = join(SENDERS, "go");
  const program = join(folder, ".installed/story");
  const result = (missing?: string) => ({
    folder,
    program,
    missing: missing === undefined ? undefined : notRun("go", missing),
  });
  if (!canRun("go", "version")) return result("go is not here");
  const env = { GOTOOLCHAIN: "local" }; // never downloads another compiler
  if (!canRun("go", "-C", folder, "list", "-m"))
    return result("go here is older than its go.mod asks for");
  const isInstalled = install({
    folder,
    lock: "go.sum",
    into: ".installed",
    steps: [["go", "build", "-mod=readonly", "-buildvcs=false", "-o", program, "."]],
    env,
  });
  return result(isInstalled ? undefined : "the module proxy does not answer");
}

function canRun(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function notRun(name: string, why: string): string {
  const sentence = `${name} was not run: ${why}`;
  console.log(sentence);
  return sentence;
}

interface Installation {
  readonly folder: string;
  readonly lock: string;
  /** The folder that is filled from the lock file. */
  readonly into: string;
  readonly steps: readonly (readonly [command: string, ...args: string[]])[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs the steps unless they ran for this lock file. False when a registry does not answer. */
function install({ folder, lock, into, steps, env }: Installation): boolean {
  const marker = join(folder, into, "lock-hash");
  const hash = createHash("sha256")
    .update(readFileSync(join(folder, lock)))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === hash) return true;
  for (const [command, ...args] of steps) {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, ...env },
      timeout: STEP_TIMEOUT_MS,
    });
    if (status === 0) continue;
    const said = `${stderr}${stdout}`;
    if (UNREACHABLE.test(said)) return false;
    const why = error?.message ?? `${command} ended with ${status} and said: ${said}`;
    throw new Error(`Cannot install "${folder}": ${why}`);
  }
  writeFileSync(marker, hash);
  return true;
}
