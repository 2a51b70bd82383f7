// chaos.test.ts — the short form; `npm run soak -- --only chaos` is the long one. TELEMETRY_CHAOS_SEED plays another run.

import { beforeAll, describe, expect, test } from "vitest";
import { runChaos } from "./chaos.ts";
import type { ChaosReport } from "./chaos.ts";
import { SIGNALS } from "./ledger.ts";
import { EMBEDDED_KINDS, REMOTE_KINDS } from "./plan.ts";
import { failuresOf, findingsOf, tableOf } from "./report.ts";
import type { KindFindings } from "./report.ts";
import type { Scene } from "./stage.ts";

const SEED = Number(process.env["TELEMETRY_CHAOS_SEED"] ?? 7);
/** Both scenes together disturb for less than 20 seconds. */
const DURATION_MS: Readonly<Record<Scene, number>> = { embedded: 7_500, remote: 6_500 };

describe.each(["embedded", "remote"] as const)("chaos around a ClickHouse that is %s", (scene) => {
  let report: ChaosReport;
  let findings: readonly KindFindings[];

  beforeAll(async () => {
    report = await runChaos({
      scene,
      seed: SEED,
      recordsPerSecond: 2_500,
      durationMs: DURATION_MS[scene],
      pauseMs: [200, 600],
      lengthMs: [400, 900],
      loss: 0.1,
      diskMib: 600,
    });
    findings = findingsOf(report);
    console.log(tableOf(report, findings));
  }, 150_000);

  const during = (kind: string) => findings.find((found) => found.kind === kind);

  test.each(SIGNALS)("every acknowledged record of %s is found exactly once", (signal) => {
    const { acknowledged, missing, doubled } = report.stored.signals[signal];
    expect(acknowledged).toBeGreaterThan(1_000);
    expect({ missing, doubled }).toEqual({ missing: 0, doubled: 0 });
  });

  test("everything that can happen has happened", () => {
    const kinds = scene === "embedded" ? EMBEDDED_KINDS : REMOTE_KINDS;
    expect(new Set(report.outages.map(({ kind }) => kind))).toEqual(new Set(kinds));
    expect(report.lostAnswers).toBeGreaterThan(0);
    expect(report.repeatedRequests).toBeGreaterThan(0);
  });

  test("each sender accounts for every record that it made", () => {
    const ours = report.senders.find(({ name }) => name === "ours");
    for (const { made, delivered = 0, lost = 0, waiting = 0 } of Object.values(ours!.counts)) {
      expect(made).toBeGreaterThan(1_000);
      expect(delivered + lost + waiting).toBe(made);
    }
    for (const { name, counts } of report.senders.filter(({ isPatient }) => isPatient)) {
      for (const signal of SIGNALS) expect([name, counts[signal]?.lost]).toEqual([name, 0]);
    }
  });

  test.runIf(scene === "embedded")(
    "a dead engine is back within 2 s and keeps no sender waiting; a full disk is refused with a time to come again",
    () => {
      expect(Object.keys(during("kill engine")!.senders)).toEqual(["200"]);
      expect(Math.max(...during("kill engine")!.backMs)).toBeLessThan(2_000 * report.slowness);
      if (report.diskWay === "tmpfs") expect(during("fill disk")!.senders[503]).toBeGreaterThan(0);
      expect(findings.every(({ withoutRetryAfter }) => withoutRetryAfter === 0)).toBe(true);
    },
  );

  test("nothing else is wrong that the long form would complain about", () => {
    expect(failuresOf(report, findings)).toEqual([]);
  });
});
