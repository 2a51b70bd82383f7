// owner.ts — which process a folder of the spool belongs to, and whether that process is still there.
//
//   <machine>-<pid>-<start time>-<random>      machine: boot and pid namespace, so that equal pids of two
//                                              containers, or after a reboot, are not taken for one
//
// A pid alone is wrong after the first crash, because pids are used again. With the start time that the kernel
// keeps, Linux gives a certain answer in both directions, also for a process that is stopped. Elsewhere, and for a
// process of another machine or container, the answer is "unknown" and the caller has to watch for signs of life.

import { createHash, randomBytes } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";

export type OwnerState = "running" | "gone" | "unknown";

/** A folder that its process has given up, for anybody to take. */
const FREE = "free";

/** A name for one run of the SDK in this process. */
export async function createOwnerName(): Promise<string> {
  const [machine, started] = await Promise.all([machineName(), startTimeOf(process.pid)]);
  return `${machine ?? "unknown"}-${process.pid}-${started ?? 0}-${randomName()}`;
}

export function createFreeName(): string {
  return `${FREE}-${randomName()}`;
}

/** Whether it is a name of one of the two. */
export function isOwnerName(name: string): boolean {
  return /^(?:free|[a-z0-9]+-\d+-\d+)-[0-9a-f]{8}$/.test(name);
}

/** Whether the process is there that made this name. */
export async function ownerStateOf(name: string): Promise<OwnerState> {
  const [machine, pid, started] = name.split("-");
  if (machine === FREE) return "gone";
  const here = await machineName();
  if (here === undefined || machine !== here) return "unknown";
  const foundStarted = await startTimeOf(Number(pid));
  if (foundStarted !== started) return "gone";
  // Another thread of this process: it may have ended, and this process would still be there.
  return Number(pid) === process.pid ? "unknown" : "running";
}

function randomName(): string {
  return randomBytes(4).toString("hex");
}

let machine: Promise<string | undefined> | undefined;

/** The same for all processes that see the same pids; undefined where that cannot be known. */
function machineName(): Promise<string | undefined> {
  return (machine ??= Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    readlink("/proc/self/ns/pid"),
  ]).then(
    (parts) => createHash("sha256").update(parts.join()).digest("hex").slice(0, 8),
    () => undefined, // not Linux, or not allowed to know
  ));
}

/** Of a running process, in the kernel's ticks since the boot; undefined where there is none, or it only waits to be buried. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets, which may hold anything.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
