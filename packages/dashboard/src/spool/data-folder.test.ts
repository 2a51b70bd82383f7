import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataFolderInUseError, lockDataFolder, spoolIdOf } from "./data-folder.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "telemetry-data-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("lockDataFolder", () => {
  test("creates the folder for its owner alone", async () => {
    const directory = join(root, "a", "b");
    const lock = await lockDataFolder(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    lock.release();
  });

  test("a second one is told who holds it and where its page is", async () => {
    const lock = await lockDataFolder(root);
    const before = await lockDataFolder(root).catch((error: unknown) => error);
    expect(before).toBeInstanceOf(DataFolderInUseError);
    expect((before as DataFolderInUseError).holder).toEqual({ pid: process.pid });

    lock.announce("http://127.0.0.1:4320");
    await expect(lockDataFolder(root)).rejects.toThrow(
      `Cannot open data folder "${root}": it is in use by process ${process.pid}, which serves http://127.0.0.1:4320; open that page, stop that process, or choose another folder with --data`,
    );
    lock.release();
    (await lockDataFolder(root)).release();
  });

  test("a killed holder leaves no lock behind", async () => {
    const script = join(import.meta.dirname, "testdata", "hold-lock.ts");
    const child = spawn(process.execPath, ["--conditions=@telemetry/source", script, root], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const refusal = await lockDataFolder(root).catch((error: unknown) => error);
    expect((refusal as DataFolderInUseError).holder.pid).toBe(child.pid);

    child.kill("SIGKILL");
    await once(child, "exit");
    (await lockDataFolder(root)).release();
  });

  test("a folder that cannot be one is refused with the way out", async () => {
    const path = join(root, "file");
    writeFileSync(path, "");
    await expect(lockDataFolder(join(path, "data"))).rejects.toThrow(
      `Cannot open data folder "${join(path, "data")}": it is not a writable folder (ENOTDIR); choose another with --data`,
    );

    mkdirSync(join(root, "dashboard.lock"));
    await expect(lockDataFolder(root)).rejects.toThrow(/it is not a writable folder/);
  });
});

test("a damaged spool id is never replaced by another name", () => {
  const id = spoolIdOf(root);
  expect(spoolIdOf(root)).toBe(id);
  writeFileSync(join(root, "id"), "half an i");
  expect(() => spoolIdOf(root)).toThrow(/the file "id" is damaged/);
});
