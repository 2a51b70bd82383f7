// install.ts — puts a sender's packages beside its program, from its own lock file, once per lock file.
//
//   senders/<name>/package-lock.json ──npm ci──▶ senders/<name>/node_modules/.installed   hash of the lock file
//
// Install scripts stay off: no sender here needs one, and what comes from the registry runs only when a test runs it.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const SENDERS = resolve(import.meta.dirname, "..");
/** What npm, pip and go say when nobody answers, as against packages that are wrong. */
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONN\w+|E\w*TIMEDOUT|E\w+UNREACH|ERR_SOCKET_TIMEOUT|code E5\d\d|NewConnectionError|MaxRetryError|Could not find a version|dial tcp|i\/o timeout|no such host/;

/** What a test is named after, so that a run without a registry says which senders were not run. */
export interface Sender {
  readonly folder: string;
  /** Why it cannot run here; undefined when it can. */
  readonly missing: string | undefined;
}

/** Installs `senders/<name>` from npm unless that has been done. Throws when the packages themselves are wrong. */
export function installSender(name: string): Sender {
  const folder = join(SENDERS, name);
  const args = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"];
  const retry = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000"];
  const isReached = once({
    marker: join(folder, "node_modules/.installed"),
    lock: join(folder, "package-lock.json"),
    steps: [["npm", "ci", "--loglevel=error", ...args, ...retry]],
    folder,
  });
  return {
    folder,
    missing: isReached ? undefined : skipped(name, "the npm registry does not answer"),
  };
}

/** Says once why a sender is left out, and gives the sentence back. */
export function skipped(name: string, why: string): string {
  const sentence = `${name} was not run: ${why}`;
  console.log(sentence);
  return sentence;
}

interface Installation {
  /** Written last: says from which lock file the folder was filled. */
  readonly marker: string;
  readonly lock: string;
  readonly steps: readonly (readonly [string, ...string[]])[];
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs the steps unless they ran for this lock file. False when a registry does not answer. */
export function once({ marker, lock, steps, folder, env }: Installation): boolean {
  const hash = createHash("sha256").update(readFileSync(lock)).digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === hash) return true;
  for (const [command, ...args] of steps) {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, ...env },
      timeout: 170_000,
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
