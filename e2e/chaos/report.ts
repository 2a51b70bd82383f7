// report.ts — what a run of chaos has shown, as numbers to assert and as a table to read.

import type { ChaosReport, Outage } from "./chaos.ts";

export interface Findings {
  /** Milliseconds until queries were answered again, for each kill of the engine. */
  readonly engineBackMs: readonly number[];
  /** Milliseconds until the doors were open again, for each kill of the dashboard. */
  readonly dashboardBackMs: readonly number[];
  /** Requests of senders that arrived while only the engine was dead, and those not answered 200. */
  readonly sentWhileEngineDead: number;
  readonly refusedWhileEngineDead: number;
  /** Requests of senders that were not answered 200 although the dashboard lived. */
  readonly refused: number;
  /** Questions by their answer. */
  readonly asked: Readonly<Record<number, number>>;
  readonly askedUnavailable: number;
  /** Answers 503 without Retry-After. */
  readonly withoutRetryAfter: number;
  /** Questions that failed otherwise although the dashboard lived. */
  readonly failedQuestions: number;
  readonly slowestQuestionMs: number;
}

/** What began before a kill can be cut off by it; what began a moment after it can meet the old socket. */
const AROUND_MS = 50;

export function findingsOf(report: ChaosReport): Findings {
  const of = (what: Outage["what"]) => report.outages.filter((outage) => outage.what === what);
  const lengths = (outages: readonly Outage[]) =>
    outages.map(({ fromMs, toMs }) => Math.round(toMs - fromMs));
  const isIn = (
    outages: readonly Outage[],
    { startedAtMs, ms }: { startedAtMs: number; ms: number },
  ) =>
    outages.some(({ fromMs, toMs }) => startedAtMs + ms > fromMs && startedAtMs < toMs + AROUND_MS);
  const engineDead = report.answers.filter((answer) => isIn(of("engine"), answer));
  const living = report.answers.filter((answer) => !isIn(of("dashboard"), answer));
  const questions = report.asked.filter((asked) => !isIn(of("dashboard"), asked));
  const asked: Record<number, number> = {};
  for (const { status } of report.asked) asked[status] = (asked[status] ?? 0) + 1;
  return {
    engineBackMs: lengths(of("engine")),
    dashboardBackMs: lengths(of("dashboard")),
    sentWhileEngineDead: engineDead.length,
    refusedWhileEngineDead: engineDead.filter(({ status }) => status !== 200).length,
    refused: living.filter(({ status }) => status !== 200).length,
    asked,
    askedUnavailable: asked[503] ?? 0,
    withoutRetryAfter: report.asked.filter(
      ({ status, hasRetryAfter }) => status === 503 && !hasRetryAfter,
    ).length,
    failedQuestions: questions.filter(({ status }) => status !== 200 && status !== 503).length,
    slowestQuestionMs: Math.round(Math.max(...report.asked.map(({ ms }) => ms))),
  };
}

/** How soon the engine must be back, and the longest a question may take. */
export const ENGINE_BACK_MS_MAX = 2_000;

/** What must not be, as sentences; empty when all is well. */
export function failuresOf(report: ChaosReport, findings: Findings): string[] {
  const slowest = Math.max(0, ...findings.engineBackMs);
  const rules: [isBroken: boolean, sentence: string][] = [
    [report.acknowledged === 0, "nothing was acknowledged"],
    [report.missing > 0, `${report.missing} acknowledged spans are missing`],
    [report.doubled > 0, `${report.doubled} spans are stored more than once`],
    [report.lostAnswers === 0, "no answer was lost on the way"],
    [report.repeatedRequests === 0, "no request was repeated"],
    [findings.sentWhileEngineDead === 0, "nothing was sent while the engine was dead"],
    [findings.refused > 0, `${findings.refused} requests were refused by a living dashboard`],
    [slowest > ENGINE_BACK_MS_MAX, `the engine was back only after ${slowest} ms`],
    [findings.askedUnavailable === 0, "no question met a dead engine"],
    [
      findings.withoutRetryAfter > 0,
      `${findings.withoutRetryAfter} answers 503 had no Retry-After`,
    ],
    [findings.failedQuestions > 0, `${findings.failedQuestions} questions failed without a 503`],
    [
      findings.slowestQuestionMs > ENGINE_BACK_MS_MAX,
      `a question took ${findings.slowestQuestionMs} ms`,
    ],
  ];
  return rules
    .filter(([isBroken]) => isBroken)
    .map(([, sentence]) => `Cannot accept this run: ${sentence}`);
}

export function tableOf(report: ChaosReport, findings: Findings): string {
  const made = [...report.made].map(([name, count]) => `${count} ${name}`).join(", ");
  const asked = Object.entries(findings.asked)
    .map(([status, count]) => `${count} × ${status}`)
    .join(", ");
  const rows: [what: string, shown: string | number][] = [
    ["seed", report.seed],
    ["spans made", made],
    ["acknowledged", report.acknowledged],
    ["… and missing", report.missing],
    ["found more than once", report.doubled],
    ["answers lost on the way", report.lostAnswers],
    ["repeats recognised", report.repeatedRequests],
    ["engine killed, queries answered again after", `${findings.engineBackMs.join(", ")} ms`],
    ["dashboard killed, doors open again after", `${findings.dashboardBackMs.join(", ")} ms`],
    ["requests of senders while only the engine was dead", findings.sentWhileEngineDead],
    ["… and not answered 200", findings.refusedWhileEngineDead],
    ["questions by status (0: nobody there)", asked],
    ["… 503 without Retry-After", findings.withoutRetryAfter],
    ["slowest answer to a question", `${findings.slowestQuestionMs} ms`],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, shown]) => `${what.padEnd(width)}  ${shown}`).join("\n");
}
