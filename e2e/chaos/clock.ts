// clock.ts — a time of day for one process that can be stepped while it runs.
//
//   faketime   libfaketime, where it is installed (Debian: `apt install faketime`): the process's calls to the system's
//              clock are answered from a file
//   preload    elsewhere: a script that goes before the program makes Date answer from the same file
//
// Only the time of day moves. The monotonic clock goes on, as it does when a real clock is stepped.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface SteppedClock {
  readonly way: "faketime" | "preload";
  /** Of the process whose clock is stepped. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets the clock so many seconds off the real time. */
  step(offsetSeconds: number): void;
}

/** The file that says the offset is kept in the folder. */
export function openSteppedClock(directory: string): SteppedClock {
  const path = join(directory, "clock");
  const step = (offsetSeconds: number) =>
    writeFileSync(path, `${offsetSeconds < 0 ? "" : "+"}${Math.round(offsetSeconds)}\n`);
  step(0);
  const library = findFaketime();
  if (library === undefined) {
    const script = join(import.meta.dirname, "stepped-date.cjs");
    return {
      way: "preload",
      env: { NODE_OPTIONS: `--require=${script}`, CHAOS_CLOCK: path },
      step,
    };
  }
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  return { way: "faketime", env, step };
}

function findFaketime(): string | undefined {
  if (process.platform !== "linux" || process.env["CHAOS_CLOCK_WAY"] === "preload")
    return undefined;
  for (const folder of ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]) {
    const found = namesIn(join(folder, "faketime")).find((name) => name === "libfaketime.so.1");
    if (found !== undefined) return join(folder, "faketime", found);
  }
  return undefined;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // it is not installed there
  }
}
