// report.ts — the result of bench:ingest as a page: what was measured, where, when, and against which bar.

import type { Machine } from "../support/machine.ts";
import type { Read } from "./large-answer.ts";
import type { LoadResult } from "./load.ts";
import type { Signal } from "./request.ts";
import type { KeysResult } from "./unique-keys.ts";

export interface IngestReport {
  readonly machine: Machine;
  readonly command: string;
  readonly sustained: readonly LoadResult[];
  readonly answers: { alone: LoadResult; beside: LoadResult; read: Read } | undefined;
  readonly keys: readonly KeysResult[] | undefined;
  readonly decode: readonly string[] | undefined;
}

const NOUNS: Readonly<Record<Signal, string>> = {
  traces: "spans",
  logs: "log records",
  metrics: "metric points",
};

export function formatReport({
  machine,
  command,
  sustained,
  answers,
  keys,
  decode,
}: IngestReport): string {
  return [
    "# What the dashboard takes in",
    "",
    `\`${command}\` on ${machine.cpu}, Node ${machine.node}, ${machine.date}: sender, dashboard and engine together on two cores. Requests of 512 records over four connections; spans and log records of ten attributes in traces of 16, points of five attributes (counters, gauges, histograms). Every acknowledged record was found by a query, once.`,
    "",
    ...sustainedTable(sustained),
    ...(answers === undefined ? [] : answersLines(answers)),
    ...(keys === undefined ? [] : keysTable(keys)),
    ...(decode === undefined
      ? []
      : ["Decode against protobufjs:", "", ...decode.map((line) => `- ${line}`), ""]),
  ].join("\n");
}

function sustainedTable(results: readonly LoadResult[]): string[] {
  if (results.length === 0) return [];
  return [
    "| sustained | per second | seconds | last one stored after | acknowledged p50 / p99 | CPU per record: sender, dashboard, engine | peak memory: dashboard, engine |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...results.map(
      (result) =>
        `| ${NOUNS[result.signal]} | **${whole(result.acknowledgedRate)}** | ${whole(result.seconds)} | ${result.storedAfterMs.toFixed(0)} ms | ${waits(result)} | ${cpu(result)} | ${memory(result)} |`,
    ),
    "",
  ];
}

function answersLines({ alone, beside, read }: NonNullable<IngestReport["answers"]>): string[] {
  const megabytes = (read.bytes / Math.max(read.answers, 1) / 1e6).toFixed(1);
  return [
    `Acknowledgement at 10 000 spans a second, p50 / p99: ${waits(alone)} alone; ${waits(beside)} while ${read.answers} answers of ${megabytes} MB were read, one after the other.`,
    "",
  ];
}

const OTHERS: Readonly<Record<KeysResult["beside"], string>> = {
  nobody: "nobody",
  ordinary: "ten keys, always the same",
  many: "ten of 5 000 keys",
  unique: "ten keys that no other span has",
};

function keysTable(results: readonly KeysResult[]): string[] {
  return [
    "Spans of a sender as fast as they are acknowledged, beside another one with 1 000 spans a second:",
    "",
    "| the other's keys | stored per second | of those alone | files | parts | merges | peak memory: dashboard, engine |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...results.map(
      ({ beside, storedRate, share, files, parts, merges, residentPeakMib }) =>
        `| ${OTHERS[beside]} | **${whole(storedRate)}** | ${Math.round(share * 100)} % | ${files} | ${parts} | ${merges} | ${residentPeakMib.dashboard}, ${residentPeakMib.engine} MiB |`,
    ),
    "",
  ];
}

/** One line for the terminal. */
export function formatLoad(result: LoadResult): string {
  return `${NOUNS[result.signal]}: ${whole(result.acknowledgedRate)} acknowledged, ${whole(result.storedRate)} stored a second, last one after ${result.storedAfterMs.toFixed(0)} ms, ${result.refused} refused; ${waits(result)}; CPU ${cpu(result)}; ${memory(result)}`;
}

function waits({ p50Ms, p99Ms }: LoadResult): string {
  return `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} ms`;
}

function cpu({ cpuUs }: LoadResult): string {
  return `${cpuUs.sender.toFixed(1)}, ${cpuUs.dashboard.toFixed(1)}, ${cpuUs.engine.toFixed(1)} µs`;
}

function memory({ residentPeakMib }: LoadResult): string {
  return `${residentPeakMib.dashboard}, ${residentPeakMib.engine} MiB`;
}

function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}
