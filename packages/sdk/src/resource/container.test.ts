import { describe, expect, test } from "vitest";
import { findContainerId } from "./container.ts";

const ID = "a".repeat(60) + "0123";
const MOUNT = `712 690 254:1 /docker/containers/${ID}/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw`;

const find = (files: Record<string, string>): string | undefined =>
  findContainerId((path) => {
    const text = files[path];
    if (text === undefined) throw new Error("ENOENT");
    return text;
  });

describe("the container's id", () => {
  test.each([
    ["docker, cgroup v1", `13:pids:/docker/${ID}\n12:cpu:/docker/${ID}`],
    ["Kubernetes, cgroup v1", `1:name=systemd:/kubepods/besteffort/pod1f/${ID}`],
    ["containerd under systemd", `1:name=systemd:/kubepods.slice/cri-containerd-${ID}.scope`],
    ["podman", `0::/machine.slice/libpod-${ID}.scope`],
  ])("%s", (_, cgroup) => {
    expect(find({ "/proc/self/cgroup": cgroup })).toBe(ID);
  });

  test("cgroup v2 shows it in the mounts of the container's own files", () => {
    expect(find({ "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": `x\n${MOUNT}\n` })).toBe(
      ID,
    );
    expect(find({ "/proc/self/mountinfo": MOUNT })).toBe(ID);
  });

  test.each([
    ["a machine of its own", { "/proc/self/cgroup": "0::/user.slice/session-1.scope" }],
    ["an id that is too short", { "/proc/self/cgroup": `0::/docker/${ID.slice(1)}` }],
    [
      "a mount of another container",
      { "/proc/self/mountinfo": MOUNT.replace("/etc/hostname", "/mnt") },
    ],
    ["no /proc", {}],
  ])("there is none on %s", (_, files: Record<string, string>) => {
    expect(find(files)).toBeUndefined();
  });

  test("asking here does not throw", () => {
    expect(findContainerId() ?? ID).toMatch(/^[0-9a-f]{64}$/);
  });
});
