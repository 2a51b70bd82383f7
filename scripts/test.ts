// test.ts — `npm test`: the checks, the unit tests with coverage, then the journeys through the real thing.
//
// It runs everything it can before it fails, so that one run says all that is wrong. The last line is
// `N passed, N failed` with the sum over all runners.
//
//   npm test · npm run test:unit · npm run test:e2e · npm run test:compat

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runStep } from "./steps.ts";

const only = process.argv[2];
const reports = mkdtempSync(join(tmpdir(), "telemetry-test-"));
let passedCount = 0;
let failedCount = 0;

if (only === undefined) {
  const check = await runStep({
    name: "check",
    command: "node",
    args: ["--conditions=@telemetry/source", "scripts/check.ts"],
  });
  if (check.exitCode !== 0) failedCount++;
}
if (only === undefined || only === "unit") await runVitest("unit", ["--coverage"]);
for (const suite of ["e2e", "compat"]) {
  if (only === undefined || only === suite) {
    await runVitest(suite, ["--config", `e2e/vitest.${suite}.config.ts`]);
  }
}

rmSync(reports, { recursive: true });
console.log(`${passedCount} passed, ${failedCount} failed`);
process.exit(failedCount === 0 ? 0 : 1);

async function runVitest(name: string, args: readonly string[]): Promise<void> {
  const reportPath = join(reports, `${name}.json`);
  const { exitCode } = await runStep({
    name,
    command: "vitest",
    args: [
      "run",
      ...args,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${reportPath}`,
    ],
  });
  const counts = readCounts(reportPath);
  passedCount += counts.passed;
  failedCount += counts.failed;
  // Coverage below the bar or a broken file fails the run without failing a test.
  if (exitCode !== 0 && counts.failed === 0) failedCount++;
}

function readCounts(path: string): { passed: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(path, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}
