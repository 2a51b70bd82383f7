// container.ts — the id of the container that this process runs in, from what the kernel shows of itself.
//
//   cgroup v1   /proc/self/cgroup      12:cpu:/docker/<64 hex>        …/cri-containerd-<64 hex>.scope
//   cgroup v2   /proc/self/mountinfo   … /var/lib/docker/containers/<64 hex>/hostname /etc/hostname …
//
// Read once, when telemetry starts; outside of a container and outside of Linux there is no id.

import { readFileSync } from "node:fs";

const ID = /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?$/;
/** Mounts of a container's own files: other mounts may name other containers. */
const MOUNT =
  /\/(?:containers|overlay-containers|sandboxes)\/([0-9a-f]{64})\/[^ ]* \/etc\/(?:hostname|hosts|resolv\.conf) /;

/** `container.id`; undefined where there is none or it cannot be read. */
export function findContainerId(
  read: (path: string) => string = (path) => readFileSync(path, "utf8"),
): string | undefined {
  return find(read, "/proc/self/cgroup", ID) ?? find(read, "/proc/self/mountinfo", MOUNT);
}

function find(read: (path: string) => string, path: string, form: RegExp): string | undefined {
  try {
    for (const line of read(path).split("\n")) {
      const id = form.exec(line.trimEnd())?.[1];
      if (id !== undefined) return id;
    }
  } catch {
    return undefined; // not Linux, or /proc is hidden
  }
  return undefined;
}
