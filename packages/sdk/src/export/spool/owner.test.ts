import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createFreeName, createOwnerName, ownerStateOf } from "./owner.ts";

describe.runIf(process.platform === "linux")("the owner of a folder", () => {
  test("is running while its process is there, also when that is stopped, and gone after kill -9", async () => {
    const script = `
      import { createOwnerName } from ${JSON.stringify(join(import.meta.dirname, "owner.ts"))};
      console.log(await createOwnerName());
      setInterval(() => {}, 1_000);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    const [printed] = (await once(child.stdout, "data")) as [Buffer];
    const name = printed.toString().trim();
    expect(await ownerStateOf(name)).toBe("running");
    child.kill("SIGSTOP");
    expect(await ownerStateOf(name)).toBe("running");
    await killed(child);
    expect(await ownerStateOf(name)).toBe("gone");
  });

  test("is gone when another process has its pid now", async () => {
    const [machine, , , random] = (await createOwnerName()).split("-");
    expect(await ownerStateOf(`${machine}-${process.ppid}-12345-${random}`)).toBe("gone");
  });

  test("is unknown on another machine, and in another thread of this process", async () => {
    const name = await createOwnerName();
    expect(await ownerStateOf(name.replace(/^\w+/, "ffffffff"))).toBe("unknown");
    expect(await ownerStateOf(name)).toBe("unknown");
  });

  test("has given up what is free", async () => {
    expect(await ownerStateOf(createFreeName())).toBe("gone");
  });
});

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
