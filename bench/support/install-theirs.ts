// install-theirs.ts — installs the other side, once, from its own lock file.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const theirs = resolve(import.meta.dirname, "../theirs");

/** Needs the npm registry the first time. */
export function installTheirs(folders: readonly string[]): void {
  for (const folder of folders) {
    const cwd = join(theirs, folder);
    if (existsSync(join(cwd, "node_modules"))) continue;
    console.log(`installing bench/theirs/${folder}`);
    execFileSync("npm", ["ci", "--silent", "--no-audit", "--no-fund"], { cwd, stdio: "inherit" });
  }
}
