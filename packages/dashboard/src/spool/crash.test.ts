// crash.test.ts — a real process appends as fast as it can and is killed with SIGKILL, again and again.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { openSpool, scanEntries } from "./spool.ts";

const ROUNDS = 4;

test("after kill -9 every acknowledged request is there exactly once, also when its sender never saw the answer", async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "telemetry-crash-"));
  const acknowledged = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    await appendUntilKilled(dataDirectory, round, acknowledged);
  }

  const spool = await openSpool({ dataDirectory });
  const found = [...scanEntries(spool.directory, "traces", 0, spool.end("traces"))];
  const names = found.map((entry) => new TextDecoder().decode(entry.body).split(" ", 1)[0]!);
  await spool.close();
  rmSync(dataDirectory, { recursive: true, force: true });

  expect(acknowledged.size).toBeGreaterThan(100);
  expect(new Set(names).size).toBe(names.length);
  expect([...acknowledged].filter((name) => !names.includes(name))).toEqual([]);
  expect(found.map((entry) => entry.position)).toEqual(names.map((_, index) => index));
});

/**
 * The child first retries the last names of the round before it: some were durable, and never answered.
 * It is killed at a random moment after its first answers.
 */
async function appendUntilKilled(
  dataDirectory: string,
  round: number,
  acknowledged: Set<string>,
): Promise<void> {
  const script = join(import.meta.dirname, "testdata", "append-for-ever.ts");
  const child = spawn(
    process.execPath,
    ["--conditions=@telemetry/source", script, dataDirectory, String(round)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const exit = once(child, "exit");
  let answers = 0;
  const answersMax = 200 + Math.floor(Math.random() * 800);
  for await (const name of createInterface({ input: child.stdout })) {
    acknowledged.add(name);
    if (++answers === answersMax) child.kill("SIGKILL");
  }
  expect(await exit).toEqual([null, "SIGKILL"]);
}
