import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EngineLog } from "./engine-log.ts";

test("the log keeps the newest lines in two files of at most 1 MiB", () => {
  const directory = mkdtempSync(join(tmpdir(), "engine-log-"));
  const path = join(directory, "engine.log");
  const log = new EngineLog(path);
  for (let line = 0; line < 3_000; line++) log.line(`${line} ${"x".repeat(1_000)}`);
  new EngineLog(path).write("y".repeat(3 * 1024 * 1024));
  const sizes = [path, `${path}.1`].map((file) => statSync(file).size);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024);
  expect(readFileSync(`${path}.1`, "utf8")).toContain(" 2999 ");
  rmSync(directory, { recursive: true });
});

test("a log that cannot be written harms nobody", () => {
  new EngineLog("/nowhere/at/all/engine.log").line("lost");
});
