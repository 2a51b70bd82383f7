// report.ts — what a run of abuse has shown: as a table to read, and what of it must not be.

import type { AbusePart, AbuseReport } from "./abuse.ts";
import { HANGS } from "./outcomes.ts";

/** Bodies are decoded in one go; one of 64 MiB takes up to 1.6 s when it is JSON and the machine is not busy. */
const DELAY_MS_MAX = 2_000;
/** What may be held at once is 256 MiB, on the wire and decompressed; the rest is for what the collector has not found yet. */
const RSS_MIB_MAX = 1_200;
/** Memory of the last quarter of the spoilt requests beside that of the first. */
const GROWTH_MAX = 1.3;
const GROWTH_MIB_FREE = 60;
/** How long the honest sender may wait for an answer, the busiest moment of the machine included. */
const WITNESS_MS_MAX = 5_000;

/** What must not be, as sentences; empty when all is well. */
export function failuresOf(report: AbuseReport): string[] {
  const { isAlive, acknowledged, stored, counters, parts } = report;
  const failures = parts.flatMap((part) => failuresOfPart(part));
  const note = (isBroken: boolean, sentence: string) => {
    if (isBroken) failures.push(sentence);
  };
  note(!isAlive, "the dashboard has ended");
  note(acknowledged === 0, "the honest sender sent nothing");
  note(stored !== acknowledged, `${stored} of ${acknowledged} honest spans are stored`);
  note(counters["requests_failed"] !== 0, `${counters["requests_failed"]} unexpected errors`);
  note(counters["held_bytes"] !== 0, `${counters["held_bytes"]} bytes are held for nobody`);
  const { rssFirstMib, rssLastMib } = parts[0]!.vitals;
  note(
    rssLastMib > rssFirstMib * GROWTH_MAX + GROWTH_MIB_FREE,
    `memory grew from ${rssFirstMib.toFixed(0)} to ${rssLastMib.toFixed(0)} MiB`,
  );
  return failures.map((failure) => `Cannot accept this run: ${failure}`);
}

function failuresOfPart({ name, outcomes, vitals, witness }: AbusePart): string[] {
  const rules: [isBroken: boolean, sentence: string][] = [
    [outcomes.count === 0, "nothing was sent"],
    [outcomes.of(HANGS) > 0, `${outcomes.of(HANGS)} did not come to an end`],
    [
      outcomes.unnamed.some((outcome) => outcome !== HANGS),
      `there were ${outcomes.unnamed.join(", ")}`,
    ],
    [
      vitals.maxDelayMs > DELAY_MS_MAX,
      `the event loop was held up for ${vitals.maxDelayMs.toFixed(0)} ms`,
    ],
    [vitals.rssMaxMib > RSS_MIB_MAX, `memory reached ${vitals.rssMaxMib.toFixed(0)} MiB`],
    [
      witness.repeated > 0,
      `the honest sender was refused ${witness.repeated} times: ${witness.reasons.join("; ")}`,
    ],
    [witness.maxMs > WITNESS_MS_MAX, `the honest sender waited ${witness.maxMs.toFixed(0)} ms`],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, sentence]) => `${name}: ${sentence}`);
}

export function tableOf(report: AbuseReport): string {
  const header = ["part", "seconds", "ended", "event loop ms", "memory MiB", "honest sender ms"];
  const rows = report.parts.map(({ name, seconds, outcomes, vitals, witness }) => [
    name,
    seconds.toFixed(1),
    String(outcomes.count),
    vitals.maxDelayMs.toFixed(0),
    `${vitals.rssFirstMib.toFixed(0)} ▸ ${vitals.rssLastMib.toFixed(0)}, at most ${vitals.rssMaxMib.toFixed(0)}`,
    `p99 ${witness.p99Ms.toFixed(0)}, at most ${witness.maxMs.toFixed(0)}, of ${witness.sent}`,
  ]);
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row.map((text, column) => text.padEnd(widths[column]!)).join("  "),
  );
  const outcomes = report.parts.map(({ name, outcomes: each }) => `${name}: ${String(each)}`);
  const cut = Object.entries(report.counters)
    .filter(
      ([counter, count]) =>
        /^(connections_|requests_(slow|cut|refused|failed))/.test(counter) && count > 0,
    )
    .map(([counter, count]) => `${counter} ${count}`);
  return [
    ...lines,
    "",
    ...outcomes,
    `counted: ${cut.join(", ")}`,
    `honest spans: ${report.acknowledged} acknowledged, ${report.stored} stored; seed ${report.seed}`,
  ].join("\n");
}
