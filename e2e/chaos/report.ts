// report.ts — what a run of chaos has shown: a table to read, and what must not be, as sentences.

import type { Signal } from "@telemetry/otlp";
import type { ChaosReport, Outage } from "./chaos.ts";
import { SIGNALS } from "./ledger.ts";
import type { Kind } from "./plan.ts";
import { AROUND_MS, QUESTION_MS_MAX, RULES, UNDISTURBED, type Rule } from "./rules.ts";
import type { SenderReport } from "./chaos.ts";

/** What happened while one kind of disturbance went on; undefined for the quiet between them. */
export interface KindFindings {
  readonly kind: Kind | undefined;
  readonly times: number;
  readonly backMs: readonly number[];
  /** Answers to senders and to questions, by status. */
  readonly senders: Statuses;
  readonly questions: Statuses;
  readonly withoutRetryAfter: number;
  /** How much longer than the disturbance the slowest question took. */
  readonly slowestQuestionMs: number;
}

export type Statuses = Readonly<Record<number, number>>;

interface Moment {
  readonly startedAtMs: number;
  readonly ms: number;
  readonly status: number;
  readonly hasRetryAfter: boolean;
}

/** Counters that say that something was lost or could not be told on its way through the dashboard. */
const LOSS_COUNTERS = [
  "rows_quarantined",
  "rows_missed_by_views",
  "rows_expired",
  "rows_ahead",
  "requests_missing",
  "requests_unreadable",
  "records_damaged",
];

export function findingsOf(report: ChaosReport): KindFindings[] {
  const kinds = [undefined, ...new Set(report.outages.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const outages = report.outages.filter((outage) => outage.kind === kind);
    const answers = report.answers.filter(
      (each) => outageOf(report.outages, each, "senders")?.kind === kind,
    );
    const asked = report.asked.filter(
      (each) => outageOf(report.outages, each, "questions")?.kind === kind,
    );
    const overtimes = asked.map((each) =>
      overtimeOf(each, outageOf(report.outages, each, "questions")),
    );
    return {
      kind,
      times: outages.length,
      backMs: outages.map(({ endedMs, toMs }) => Math.round(toMs - endedMs)),
      senders: statusesOf(answers),
      questions: statusesOf(asked),
      withoutRetryAfter: [...answers, ...asked].filter(
        ({ status, hasRetryAfter }) => status === 503 && !hasRetryAfter,
      ).length,
      slowestQuestionMs: Math.round(Math.max(0, ...overtimes)),
    };
  });
}

/** The disturbance that an answer overlaps; of several, the one that explains it. */
function outageOf(
  outages: readonly Outage[],
  { startedAtMs, ms, status }: Moment,
  whose: "senders" | "questions",
): Outage | undefined {
  const overlapped = outages.filter(
    ({ fromMs, toMs }) => startedAtMs + ms > fromMs && startedAtMs < toMs + AROUND_MS,
  );
  return overlapped.find(({ kind }) => RULES[kind][whose].includes(status)) ?? overlapped[0];
}

function overtimeOf({ ms }: Moment, outage: Outage | undefined): number {
  return outage === undefined ? ms : ms - (outage.endedMs - outage.fromMs);
}

function statusesOf(moments: readonly Moment[]): Statuses {
  const statuses: Record<number, number> = {};
  for (const { status } of moments) statuses[status] = (statuses[status] ?? 0) + 1;
  return statuses;
}

/** What must not be, as sentences; empty when all is well. */
export function failuresOf(report: ChaosReport, findings: readonly KindFindings[]): string[] {
  return [
    ...SIGNALS.flatMap((signal) => signalFailures(report, signal)),
    ...report.stored.sideTables
      .filter(({ rows, summed }) => rows !== summed)
      .map(({ name, rows, summed }) => `${name} counts ${summed} of ${rows} rows`),
    ...report.senders.flatMap(senderFailures),
    ...findings.flatMap((found) => kindFailures(found, report.slowness)),
    ...(report.lostAnswers === 0 ? ["no answer was lost on the way"] : []),
    ...(report.repeatedRequests === 0 ? ["no request was repeated"] : []),
    ...report.quarantined.map(({ reason, count }) => `${count} rows are in quarantine: ${reason}`),
    ...LOSS_COUNTERS.flatMap((name) => {
      const value = report.counters[name] ?? 0;
      return value === 0 ? [] : [`the counter ${name} is ${value}`];
    }),
  ].map((sentence) => `Cannot accept this run (${report.scene}, seed ${report.seed}): ${sentence}`);
}

function signalFailures(report: ChaosReport, signal: Signal): string[] {
  const { acknowledged, missing, doubled } = report.stored.signals[signal];
  return [
    ...(acknowledged === 0 ? [`nothing of ${signal} was acknowledged`] : []),
    ...(missing > 0 ? [`${missing} acknowledged records of ${signal} are missing`] : []),
    ...(doubled > 0 ? [`${doubled} records of ${signal} are stored more than once`] : []),
  ];
}

/** Every record is delivered, or counted as lost or waiting; one that is repeated until it is taken is never lost. */
function senderFailures({ name, isPatient, counts }: SenderReport): string[] {
  return Object.entries(counts).flatMap(([signal, { made, delivered, lost, waiting }]) => {
    if (delivered === undefined || lost === undefined || waiting === undefined) return [];
    const sum = delivered + lost + waiting;
    return [
      ...(sum === made ? [] : [`${name} made ${made} ${signal} and accounts for ${sum} of them`]),
      ...(isPatient && lost > 0 ? [`${name} gave up ${lost} ${signal}`] : []),
    ];
  });
}

/** Times are given for a machine that has nothing else to do. */
function kindFailures(found: KindFindings, slowness: number): string[] {
  const rule: Rule = found.kind === undefined ? UNDISTURBED : RULES[found.kind];
  const during = found.kind === undefined ? "between disturbances" : `during "${found.kind}"`;
  const others = (statuses: Statuses, allowed: readonly number[]) =>
    Object.entries(statuses).filter(([status]) => !allowed.includes(Number(status)));
  const slowestBackMs = Math.max(0, ...found.backMs);
  return [
    ...others(found.senders, rule.senders).map(
      ([status, count]) => `${count} requests of senders were answered ${status} ${during}`,
    ),
    ...others(found.questions, rule.questions).map(
      ([status, count]) => `${count} questions were answered ${status} ${during}`,
    ),
    ...(found.withoutRetryAfter > 0
      ? [`${found.withoutRetryAfter} answers 503 did not say when to come again ${during}`]
      : []),
    ...(slowestBackMs > rule.backMsMax * slowness && found.kind !== undefined
      ? [`it took ${slowestBackMs} ms until all was well after "${found.kind}"`]
      : []),
    ...(found.slowestQuestionMs > QUESTION_MS_MAX * slowness
      ? [`a question took ${found.slowestQuestionMs} ms ${during}`]
      : []),
  ];
}

export function tableOf(report: ChaosReport, findings: readonly KindFindings[]): string {
  const lines = [
    `chaos, ${report.scene} ClickHouse, seed ${report.seed} (disk: ${report.diskWay}, clock: ${report.clockWay}, machine ${report.slowness.toFixed(1)} × slower than alone)`,
    ...SIGNALS.map((signal) => {
      const { acknowledged, found, missing, doubled } = report.stored.signals[signal];
      return `  ${signal.padEnd(8)} ${acknowledged} acknowledged, ${missing} missing, ${doubled} doubled, ${found} stored`;
    }),
    ...report.senders.map(({ name, counts }) => `  ${name.padEnd(8)} ${accountOf(counts)}`),
    `  ${report.lostAnswers} answers lost on the way, ${report.repeatedRequests} requests repeated, ${report.quarantined.length} kinds of rows in quarantine`,
    "",
    `  ${"".padEnd(21)}times  back after (ms, at most)  senders heard         questions heard       slowest (ms)`,
    ...findings.map(
      ({ kind, times, backMs, senders, questions, slowestQuestionMs }) =>
        `  ${(kind ?? "(quiet)").padEnd(21)}${String(times || "").padStart(5)}  ${String(kind === undefined ? "" : Math.max(0, ...backMs)).padStart(25)}  ${textOf(senders).padEnd(20)}  ${textOf(questions).padEnd(20)}  ${slowestQuestionMs}`,
    ),
  ];
  return lines.join("\n");
}

function accountOf(counts: SenderReport["counts"]): string {
  return Object.entries(counts)
    .map(([signal, { made, delivered, lost, waiting }]) =>
      delivered === undefined
        ? `${made} ${signal} made`
        : `${made} ${signal} made = ${delivered} delivered + ${lost} lost + ${waiting} waiting`,
    )
    .join("; ");
}

function textOf(statuses: Statuses): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${count} × ${status}`)
    .join(", ");
}
