// disk.ts — a disk for the data folder that can be filled and freed while the dashboard works on it.
//
//   tmpfs   as root on Linux: a small disk in memory; full when a file of ballast has taken all that is left
//   limit   on Linux otherwise: no process of the dashboard may write beyond the first bytes of a file (RLIMIT_FSIZE),
//           which fails like a full disk, with EFBIG in place of ENOSPC

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface FillableDisk {
  readonly way: "tmpfs" | "limit" | "none";
  readonly directory: string;
  /** Nothing more can be written, by these processes. */
  exhaust(pids: readonly number[]): Promise<void>;
  relieve(pids: readonly number[]): void;
  close(): void;
}

const CHUNK_BYTES = 65_536;

export function openFillableDisk(sizeMib: number): FillableDisk {
  const directory = mkdtempSync(join(tmpdir(), "telemetry-chaos-"));
  const asked = process.env["CHAOS_DISK_WAY"];
  const canMount = process.platform === "linux" && process.getuid?.() === 0 && asked !== "limit";
  if (canMount && mount(directory, sizeMib)) return mountedDisk(directory);
  const canLimit = process.platform === "linux" && spawnSync("prlimit", ["--version"]).status === 0;
  return {
    way: canLimit ? "limit" : "none",
    directory,
    exhaust: async (pids) => limitFiles(canLimit ? pids : [], "4096"),
    relieve: (pids) => limitFiles(canLimit ? pids : [], "unlimited"),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function mount(directory: string, sizeMib: number): boolean {
  return (
    spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMib}m`, "tmpfs", directory]).status === 0
  );
}

function mountedDisk(directory: string): FillableDisk {
  const ballast = join(directory, "ballast");
  const unmount = () => void spawnSync("umount", ["--lazy", directory]);
  process.once("exit", unmount); // also when a test is broken off: a disk in memory is not left behind
  return {
    way: "tmpfs",
    directory,
    exhaust: () => fillWith(ballast),
    relieve: () => rmSync(ballast, { force: true }),
    close: () => {
      process.off("exit", unmount);
      unmount();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Most of it at once, in another process, since ours has other things to do; then down to the last byte. */
async function fillWith(path: string): Promise<void> {
  const { bavail, bsize } = statfsSync(dirname(path));
  const most = spawn("fallocate", ["--length", String(bavail * bsize), path], { stdio: "ignore" });
  await once(most, "exit");
  const descriptor = openSync(path, "a");
  for (let size = CHUNK_BYTES; size >= 1;) {
    try {
      writeSync(descriptor, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(descriptor);
}

/** Of the soft limit, which a process's owner may lower and raise again. */
function limitFiles(pids: readonly number[], bytes: string): void {
  for (const pid of pids) {
    execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]);
  }
}
