// chaos.test.ts — the short form; `npm run soak` runs the long one. TELEMETRY_CHAOS_SEED repeats a run.

import { beforeAll, describe, expect, test } from "vitest";
import { runChaos } from "./chaos.ts";
import type { ChaosReport } from "./chaos.ts";
import { ENGINE_BACK_MS_MAX, failuresOf, findingsOf, tableOf } from "./report.ts";
import type { Findings } from "./report.ts";
import { installOtelJs } from "./senders.ts";

let report: ChaosReport;
let findings: Findings;

beforeAll(async () => {
  installOtelJs();
  const seed = Number(process.env["TELEMETRY_CHAOS_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  report = await runChaos({
    seed,
    spansPerSecond: 2_000,
    kills: ["engine", "dashboard", "engine"],
    pauseMs: [600, 1_800],
    loss: 0.1,
  });
  findings = findingsOf(report);
  console.log(tableOf(report, findings));
});

describe("under kill -9 and lost answers, with two senders at 2 000 spans/s", () => {
  test("every acknowledged span is found exactly once", () => {
    expect(report.acknowledged).toBeGreaterThan(5_000);
    expect(report).toMatchObject({ missing: 0, doubled: 0 });
  });

  test("a sender that heard no answer sent the same bytes again, and they were not stored again", () => {
    expect(report.lostAnswers).toBeGreaterThan(0);
    expect(report.repeatedRequests).toBeGreaterThan(0);
    expect(report.doubled).toBe(0);
  });

  test("the receiver answers 200 while only the engine is dead", () => {
    expect(findings.sentWhileEngineDead).toBeGreaterThan(0);
    expect(findings).toMatchObject({ refusedWhileEngineDead: 0, refused: 0 });
  });

  test("the engine is back within 2 s; until then queries are told to come back, and none hangs", () => {
    expect(Math.max(...findings.engineBackMs)).toBeLessThanOrEqual(ENGINE_BACK_MS_MAX);
    expect(findings.askedUnavailable).toBeGreaterThan(0);
    expect(findings).toMatchObject({ withoutRetryAfter: 0, failedQuestions: 0 });
    expect(findings.slowestQuestionMs).toBeLessThanOrEqual(ENGINE_BACK_MS_MAX);
  });

  test("nothing else is wrong that the long form would complain about", () => {
    expect(failuresOf(report, findings)).toEqual([]);
  });
});
