// The short form of `npm run soak`: memory is flat and nothing is missing after many spans of every shape.

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const script = resolve(import.meta.dirname, "../testdata/soak/spans.ts");

test("100 000 spans leave as they were made, and nothing behind", { timeout: 60_000 }, async () => {
  const { stdout } = await run(process.execPath, [
    "--expose-gc",
    "--conditions=@telemetry/source",
    script,
    "--spans",
    "100000",
    "--seed",
    "7",
  ]);
  const result = JSON.parse(stdout) as Record<string, number>;
  expect(result["madeCount"]).toBeGreaterThanOrEqual(100_000);
  expect(result).toMatchObject({
    deliveredCount: result["madeCount"],
    droppedCount: 0,
    openCount: 0,
  });
  expect(result["endBytes"]! - result["halfBytes"]!).toBeLessThan(8 * 1_048_576);
});
