// steady.ts — the specification's second benchmark: process CPU at a steady 10 000 spans a second, exported to a
// receiver in another process. What pacing and HTTP cost by themselves is measured and taken off.

import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { spreadOf } from "../support/statistics.ts";
import type { Spread } from "../support/statistics.ts";
import type { SideName } from "./side.ts";

const SIDES = ["bytes", "ours", "otel-2", "otel-3"] as const;
/** Spans that may still be on their way when a sender ends, as a share of all. */
const UNSENT_SHARE_MAX = 0.05;
const BATCH_SPANS = 512;

export interface SteadyResult {
  readonly title: string;
  /** Share of one core, by side. */
  readonly cpuShare: Record<(typeof SIDES)[number], Spread>;
  /** Ours against the faster of theirs, without and with the floor. */
  readonly netRatio: number;
  readonly grossRatio: number;
}

export async function measureSteady(rounds: number): Promise<SteadyResult> {
  const shares = new Map<string, number[]>(SIDES.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of SIDES) shares.get(side)?.push(await measureOnce(side));
  }
  const cpuShare = Object.fromEntries(
    SIDES.map((side) => [side, spreadOf(shares.get(side) ?? [])]),
  ) as SteadyResult["cpuShare"];
  const theirs = Math.min(cpuShare["otel-2"].median, cpuShare["otel-3"].median);
  const floor = cpuShare.bytes.median;
  return {
    title: "process CPU at 10 000 spans/s of 10 attributes, to a receiver in another process",
    cpuShare,
    netRatio: (cpuShare.ours.median - floor) / (theirs - floor),
    grossRatio: cpuShare.ours.median / theirs,
  };
}

async function measureOnce(side: SideName | "bytes"): Promise<number> {
  const receiver = startReceiver();
  try {
    const [line] = (await once(receiver.stdout!, "data")) as [Buffer];
    const url = `http://127.0.0.1:${line.toString().trim()}`;
    const script = join(import.meta.dirname, "steady-sender.ts");
    const printed = execFileSync(
      process.execPath,
      ["--conditions=@telemetry/source", script, side, url],
      { encoding: "utf8" },
    );
    const { cpuShare, madeCount } = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as {
      cpuShare: number;
      madeCount: number;
    };
    const counts = (await (await fetch(`${url}/counts`)).json()) as { requestCount: number };
    if (counts.requestCount * BATCH_SPANS < madeCount * (1 - UNSENT_SHARE_MAX)) {
      throw new Error(
        `Cannot compare steady CPU: ${side} made ${madeCount} spans and sent ${counts.requestCount} batches`,
      );
    }
    return cpuShare;
  } finally {
    receiver.stdin?.end();
    await once(receiver, "exit");
  }
}

function startReceiver(): ChildProcess {
  const script = join(import.meta.dirname, "steady-receiver.ts");
  return spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
}
