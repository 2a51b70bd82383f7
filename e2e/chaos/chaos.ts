// chaos.ts — a dashboard under four senders and all three signals, while things happen to it that a plan has chosen by a
// seed. At the end every acknowledged record must be there exactly once, and every loss be counted where it was.
//
//   our SDK, OpenTelemetry JS, raw HTTP ─▶ http proxy ─┐ (write down what was                      ┌─ plan ─┐
//                              raw gRPC ─▶ grpc proxy ─┤  acknowledged, lose answers)              ▼        │
//                                                      └─▶ dashboard ─▶ ClickHouse  ◀── killed, stopped, full, bad
//                                          watcher (asks the API all the time) ─▶ ┘

import { availableParallelism, loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type {
  PipelineStatus,
  QuarantinedRow,
} from "../../packages/dashboard/src/contract/contract.ts";
import { get } from "../support/api.ts";
import { countRecords, type StoredCounts } from "./count-records.ts";
import { disturb } from "./disturb.ts";
import { GrpcProxy } from "./grpc-proxy.ts";
import { HttpProxy, type Answered } from "./http-proxy.ts";
import { Ledger } from "./ledger.ts";
import { EMBEDDED_KINDS, planOf, REMOTE_KINDS, type Disturbance, type Kind } from "./plan.ts";
import { seededRandom, type Range } from "./random.ts";
import { installOtelJs, startSenders, type SignalCounts } from "./senders.ts";
import { Stage, type Scene } from "./stage.ts";
import { ask, Watcher, type Asked } from "./watcher.ts";

export interface ChaosOptions {
  readonly scene: Scene;
  readonly seed: number;
  /** Of all senders and signals together. */
  readonly recordsPerSecond: number;
  readonly durationMs: number;
  readonly pauseMs: Range;
  readonly lengthMs: Range;
  /** The part of the answers that is lost. */
  readonly loss: number;
  readonly diskMib: number;
  /** Told of each disturbance when it is over. */
  readonly tell?: (line: string) => void;
}

/** One disturbance, from its beginning until questions and senders are answered as ever. */
export interface Outage {
  readonly kind: Kind;
  readonly fromMs: number;
  /** Our part was over. */
  readonly endedMs: number;
  readonly toMs: number;
}

export interface SenderReport {
  readonly name: string;
  readonly isPatient: boolean;
  readonly counts: SignalCounts;
}

export interface ChaosReport {
  readonly scene: Scene;
  readonly seed: number;
  /** How many times slower than alone the machine was when it began: others work on it, too. */
  readonly slowness: number;
  readonly clockWay: string;
  readonly diskWay: string;
  readonly stored: StoredCounts;
  readonly senders: readonly SenderReport[];
  readonly lostAnswers: number;
  readonly repeatedRequests: number;
  readonly outages: readonly Outage[];
  readonly answers: readonly Answered[];
  readonly asked: readonly Asked[];
  readonly quarantined: readonly QuarantinedRow[];
  /** Of the store and the spool, since the dashboard's last start. */
  readonly counters: Readonly<Record<string, number>>;
}

/** How long everything acknowledged may take to be found after the last disturbance. */
const STORED_WITHIN_MS = 60_000;
const BACK_WITHIN_MS = 30_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { scene, seed, loss } = options;
  const plan = planOf({ ...options, kinds: scene === "embedded" ? EMBEDDED_KINDS : REMOTE_KINDS });
  const slowness = Math.max(1, loadavg()[0]! / availableParallelism());
  const otelJs = installOtelJs();
  const ledger = new Ledger();
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const stage = await Stage.open(options);
    closers.push(() => stage.close());
    const { url, otlpUrl, otlpGrpcUrl } = stage.dashboard;
    await answersAgain(url, otlpUrl);
    const proxied = { ledger, loss, random: seededRandom(seed + 1) };
    const http = await HttpProxy.open({ ...proxied, target: otlpUrl });
    const grpc = await GrpcProxy.open({ ...proxied, target: otlpGrpcUrl });
    closers.push(
      () => http.close(),
      () => grpc.close(),
    );
    const watcher = new Watcher(url);
    closers.push(() => watcher.close());
    const { recordsPerSecond } = options;
    const senders = startSenders({
      httpUrl: http.url,
      grpcUrl: grpc.url,
      ourProtocol: scene === "embedded" ? "http/protobuf" : "grpc",
      otelJs,
      recordsPerSecond,
      clockEnv: stage.clock.env,
    });
    closers.push(() => senders.forEach((sender) => sender.kill()));

    const outages: Outage[] = [];
    for (const disturbance of plan) {
      await delay(disturbance.pauseMs);
      outages.push(await suffer(stage, disturbance));
      options.tell?.(lineOf(outages.at(-1) as Outage));
    }
    await delay(options.pauseMs[0]);
    stage.clock.step(0);

    const reports = await Promise.all(
      senders.map(async (sender) => ({ ...sender, counts: await sender.stop() })),
    );
    await watcher.close();
    const stored = await countRecords(stage.endpoint, ledger, STORED_WITHIN_MS);
    const { quarantine, stations } = await get<PipelineStatus>(url, "/api/v1/pipeline");
    const counters = stations.filter(({ station }) => station === "store" || station === "spool");
    return {
      scene,
      seed,
      slowness,
      clockWay: stage.clock.way,
      diskWay: stage.disk.way,
      stored,
      senders: reports,
      lostAnswers: http.lostCount + grpc.lostCount,
      repeatedRequests: ledger.repeatedCount,
      outages,
      answers: [...http.answers, ...grpc.answers],
      asked: watcher.asked,
      quarantined: quarantine,
      counters: Object.assign({}, ...counters.map((station) => station.counters)) as Record<
        string,
        number
      >,
    };
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

async function suffer(stage: Stage, disturbance: Disturbance): Promise<Outage> {
  const { url, otlpUrl } = stage.dashboard;
  const fromMs = performance.now();
  await disturb(stage, disturbance);
  const endedMs = performance.now();
  await answersAgain(url, otlpUrl);
  return { kind: disturbance.kind, fromMs, endedMs, toMs: performance.now() };
}

/** Resolves at the first yes to a question, and the first yes to a sender, that were asked from now on. */
async function answersAgain(url: string, otlpUrl: string): Promise<void> {
  const question = new URL("/api/v1/services", url);
  const request = new URL("/v1/logs", otlpUrl);
  const deadlineMs = performance.now() + BACK_WITHIN_MS;
  const untilYes = async (whom: string, askOnce: () => Promise<Asked>) => {
    for (;;) {
      const { status, text } = await askOnce();
      if (status === 200) return;
      if (performance.now() > deadlineMs) {
        throw new Error(
          `Cannot go on: ${whom} does not say yes within ${BACK_WITHIN_MS} ms; last answer ${status}: ${text}`,
        );
      }
      await delay(5);
    }
  };
  await Promise.all([
    untilYes("the API", () => ask(question)),
    untilYes("the receiver", () => ask(request, oneLog())),
  ]);
}

let probes = 0;

/** A request that the spool has to keep; its text is none of a sender's. */
function oneLog(): RequestInit {
  const body = { stringValue: `probe ${process.pid} ${probes++}` };
  const timeUnixNano = `${Date.now()}000000`;
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano, body }] }] }],
    }),
  };
}

function lineOf({ kind, fromMs, endedMs, toMs }: Outage): string {
  return `${kind.padEnd(20)} ${Math.round(endedMs - fromMs)} ms, back after ${Math.round(toMs - endedMs)} ms`;
}
