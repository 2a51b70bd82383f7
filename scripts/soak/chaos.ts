// chaos.ts — the long form of e2e/chaos: both scenes, more records, longer disturbances.

import { runChaos } from "../../e2e/chaos/chaos.ts";
import { failuresOf, findingsOf, tableOf } from "../../e2e/chaos/report.ts";
import type { SoakOptions } from "./soak-part.ts";

/** The embedded scene has more that can happen. */
const SHARES = { embedded: 0.65, remote: 0.35 };

export async function soakChaos({ minutes, seed }: SoakOptions): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const scene of ["embedded", "remote"] as const) {
    const report = await runChaos({
      scene,
      seed,
      recordsPerSecond: 6_000,
      durationMs: minutes * 60_000 * SHARES[scene],
      pauseMs: [500, 4_000],
      lengthMs: [500, 6_000],
      loss: 0.05,
      diskMib: 3_000,
      tell: (line) => console.log(`  ${line}`),
    });
    const findings = findingsOf(report);
    console.log(`\n${tableOf(report, findings)}\n`);
    failures.push(...failuresOf(report, findings));
  }
  return failures;
}
