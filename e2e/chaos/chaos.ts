// chaos.ts — a dashboard under two senders, while its engine and then all of it are killed with SIGKILL at moments of
// chance, and answers get lost on the way. At the end every acknowledged span must be there exactly once.
//
//   our SDK ─────────┐
//                    ├─▶ recording proxy ─▶ dashboard ─▶ engine      ◀─ kill -9
//   OpenTelemetry JS ┘   (loses answers)        ▲
//                                            watcher (asks the API all the time)

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ended, startDashboard } from "../support/running-dashboard.ts";
import type { RunningDashboard } from "../support/running-dashboard.ts";
import { countSpans } from "./count-spans.ts";
import type { SpanCounts } from "./count-spans.ts";
import { seededRandom } from "./random.ts";
import { RecordingProxy } from "./recording-proxy.ts";
import type { Answered } from "./recording-proxy.ts";
import { startSenders } from "./senders.ts";
import { ask, Watcher } from "./watcher.ts";
import type { Asked } from "./watcher.ts";

export interface ChaosOptions {
  readonly seed: number;
  /** Of each sender. */
  readonly spansPerSecond: number;
  /** What is killed, in this order, each after a pause of chance between these milliseconds. */
  readonly kills: readonly ("engine" | "dashboard")[];
  readonly pauseMs: readonly [min: number, max: number];
  /** The part of the answers that is lost. */
  readonly loss: number;
}

/** One kill, from the signal until queries (engine) or senders (dashboard) are answered again. */
export interface Outage {
  readonly what: "engine" | "dashboard";
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ChaosReport extends SpanCounts {
  readonly seed: number;
  /** Spans made, by sender. */
  readonly made: ReadonlyMap<string, number>;
  readonly lostAnswers: number;
  readonly repeatedRequests: number;
  readonly outages: readonly Outage[];
  readonly answers: readonly Answered[];
  readonly asked: readonly Asked[];
}

/** How long everything acknowledged may take to be found after the last kill. */
const STORED_WITHIN_MS = 30_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(options.seed);
  const dataDirectory = mkdtempSync(join(tmpdir(), "telemetry-chaos-"));
  const closers: (() => Promise<void> | void)[] = [
    () => rmSync(dataDirectory, { recursive: true, force: true }),
  ];
  try {
    let dashboard = await startDashboard({ dataDirectory });
    closers.push(() => dashboard.stop());
    const { url, otlpUrl } = dashboard;
    await answersAgain(url);
    const proxy = await RecordingProxy.open({
      target: otlpUrl,
      random: seededRandom(options.seed + 1),
      loss: options.loss,
    });
    closers.push(() => proxy.close());
    const watcher = new Watcher(url);
    closers.push(() => watcher.close());
    const senders = startSenders(proxy.url, options.spansPerSecond);
    closers.push(() => senders.forEach((sender) => sender.kill()));

    const outages: Outage[] = [];
    const pause = () => {
      const [min, max] = options.pauseMs;
      return delay(min + random() * (max - min));
    };
    for (const what of options.kills) {
      await pause();
      const fromMs = performance.now();
      if (what === "engine") {
        process.kill(enginePid(dataDirectory), "SIGKILL");
        await answersAgain(url);
      } else {
        await ended(dashboard.process, "SIGKILL");
        dashboard = await startAgain(dashboard);
      }
      outages.push({ what, fromMs, toMs: performance.now() });
    }
    await pause();
    const made = new Map<string, number>();
    await Promise.all(senders.map(async (sender) => made.set(sender.name, await sender.stop())));
    await watcher.close();
    const counts = await countSpans(dashboard, proxy.acknowledged, STORED_WITHIN_MS);
    return {
      ...counts,
      seed: options.seed,
      made,
      lostAnswers: proxy.lostCount,
      repeatedRequests: proxy.repeatedCount,
      outages,
      answers: proxy.answers,
      asked: watcher.asked,
    };
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

/** The process that its own log named last. */
function enginePid(dataDirectory: string): number {
  const log = readFileSync(join(dataDirectory, "engine/engine.log"), "utf8");
  const pid = [...log.matchAll(/process (\d+) started/g)].at(-1)?.[1];
  if (pid === undefined) throw new Error("Cannot go on: engine.log names no process");
  return Number(pid);
}

/** Resolves at the first answer to a question that was asked from now on. */
async function answersAgain(url: string): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (performance.now() < deadlineMs) {
    const { status } = await ask(new URL("/api/v1/services", url));
    if (status === 200) return;
    await delay(5);
  }
  throw new Error("Cannot go on: the API does not answer within 30 s");
}

/** On the same ports and folder, as whoever supervises it would. */
async function startAgain(dashboard: RunningDashboard): Promise<RunningDashboard> {
  const { url, otlpUrl, dataDirectory } = dashboard;
  const args = ["--port", new URL(url).port, "--otlp-http-port", new URL(otlpUrl).port];
  return await startDashboard({ dataDirectory, args });
}
