// disturb.ts — what is done to the dashboard. Each returns when it is over for us; how long the dashboard takes to be itself
// again is for chaos.ts to see.

import { setTimeout as delay } from "node:timers/promises";
import { until } from "../support/api.ts";
import { REFUSALS, type Mood } from "./bad-clickhouse.ts";
import type { Disturbance, Kind } from "./plan.ts";
import { pick, seededRandom } from "./random.ts";
import type { Stage } from "./stage.ts";

/**
 * How far the clock goes, either way. A span may be made at one end and arrive at the other; a day ahead of its arrival it
 * would be refused, as documented.
 */
const CLOCK_SECONDS_MAX = 11 * 3_600;
/** A dashboard is ready after half a second, so some of these come before and some after. */
const START_KILLS = 3;
const START_MS_MAX = 700;

type Disturb = (stage: Stage, disturbance: Disturbance) => Promise<void>;

const DISTURB: Readonly<Record<Kind, Disturb>> = {
  "kill engine": async (stage) => void process.kill(stage.enginePid, "SIGKILL"),
  "kill server": async (stage) => void process.kill(stage.enginePid, "SIGKILL"),
  "kill dashboard": async (stage) => {
    await stage.killDashboard();
    await stage.startDashboard();
  },
  "kill both": async (stage) => {
    process.kill(stage.enginePid, "SIGKILL");
    await stage.killDashboard();
    await stage.startDashboard();
  },
  "kill while starting": async (stage, { chance }) => {
    await stage.killDashboard();
    for (let kill = 1; kill <= START_KILLS; kill++) {
      const { process: child, ready } = stage.launch();
      const exit = new Promise((resolve) => child.once("exit", resolve));
      ready.catch(() => {}); // it never is, or it is killed all the same
      await delay(((chance * kill) % 1) * START_MS_MAX);
      child.kill("SIGKILL");
      await exit;
    }
    await stage.startDashboard();
  },
  "stop engine": (stage, { lengthMs }) => stopped(stage.enginePid, lengthMs),
  "stop dashboard": (stage, { lengthMs }) => stopped(stage.dashboardPid, lengthMs),
  "fill disk": async ({ disk, dashboardPid, enginePid }, { lengthMs }) => {
    const pids = [dashboardPid, enginePid];
    await disk.exhaust(pids);
    await delay(lengthMs);
    disk.relieve(pids);
  },
  "step clock": async ({ clock, dashboard }, { chance }) => {
    const offsetSeconds = Math.round((2 * chance - 1) * CLOCK_SECONDS_MAX);
    clock.step(offsetSeconds);
    // Node dates its answers by a Date of its own, which a script that goes before does not reach.
    if (clock.way === "faketime") await showsTime(dashboard.url, offsetSeconds);
  },
  "refuse inserts": (stage, disturbance) => {
    const { code, name } = pick(seededRandom(disturbance.chance * 2 ** 32), REFUSALS);
    return inMood(stage, disturbance, { kind: "refuse inserts", code, name });
  },
  "break connections": (stage, disturbance) =>
    inMood(stage, disturbance, { kind: "break connections" }),
  "lose answers": (stage, disturbance) => inMood(stage, disturbance, { kind: "lose answers" }),
  "cut answers": (stage, disturbance) => inMood(stage, disturbance, { kind: "cut answers" }),
  hang: (stage, disturbance) => inMood(stage, disturbance, { kind: "hang" }),
};

export async function disturb(stage: Stage, disturbance: Disturbance): Promise<void> {
  await DISTURB[disturbance.kind](stage, disturbance);
}

async function stopped(pid: number, lengthMs: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await delay(lengthMs);
  process.kill(pid, "SIGCONT");
}

/** Resolves when the dashboard dates its answers so far off; a clock that does not step would show nothing. */
async function showsTime(url: string, offsetSeconds: number): Promise<void> {
  await until(`an answer dated ${offsetSeconds} s off`, async () => {
    const { headers } = await fetch(new URL("/health", url));
    const offMs = Date.parse(headers.get("date") ?? "") - Date.now() - offsetSeconds * 1_000;
    return Math.abs(offMs) < 10_000;
  });
}

async function inMood({ clickhouse }: Stage, { lengthMs }: Disturbance, mood: Mood): Promise<void> {
  if (clickhouse === undefined) throw new Error(`Cannot play "${mood.kind}": ClickHouse is inside`);
  clickhouse.mood = mood;
  await delay(lengthMs);
  clickhouse.cheerUp();
}
